# A Docker engine of the test's own, with folders of its own, that leaves nothing behind. Sourced by run.sh.
#
# For machines that run no engine (Debian, root). $WORK is the test's folder; everything is below it.

engine_install() {
    local missing=()
    command -v dockerd >/dev/null || missing+=(docker.io)
    command -v iptables >/dev/null || missing+=(iptables)
    command -v debootstrap >/dev/null || missing+=(debootstrap)
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || missing+=(docker-compose)
    if [ "${#missing[@]}" -gt 0 ]; then
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
    fi
}

engine_start() {
    local at=$WORK/engine
    mkdir -p "$at/config"
    iptables-save >"$at/rules.before"
    cat /proc/sys/net/ipv4/ip_forward >"$at/forward.before"
    export DOCKER_HOST=unix://$at/docker.sock
    # Compose may be a plugin of the person's own configuration.
    if [ -d "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins" ]; then
        cp -r "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins" "$at/config/"
    fi
    export DOCKER_CONFIG=$at/config
    # Images are kept, for the next time, where SLUICEBOX_DEPLOY_TEST_IMAGES names a folder.
    dockerd --data-root "${SLUICEBOX_DEPLOY_TEST_IMAGES:-$at/data}" --exec-root "$at/exec" --pidfile "$at/dockerd.pid" \
        -H "$DOCKER_HOST" >"$at/dockerd.log" 2>&1 &
    ENGINE_PID=$!
    for _ in $(seq 100); do
        docker version >/dev/null 2>&1 && return
        sleep 0.2
    done
    tail -20 "$at/dockerd.log" >&2
    return 1
}

# Ends the engine, and takes back what it changed in the kernel: rules, bridges, forwarding.
engine_stop() {
    local at=$WORK/engine
    [ -n "${ENGINE_PID:-}" ] || return 0
    kill -TERM "$ENGINE_PID" 2>/dev/null || true
    wait "$ENGINE_PID" 2>/dev/null || true
    ENGINE_PID=
    # One that was killed leaves a mount behind, and its folder could not be removed.
    umount "$at"/exec/netns/* 2>/dev/null || true
    if grep -q '^-A' "$at/rules.before"; then
        iptables-restore <"$at/rules.before"
    else
        for table in nat filter; do
            iptables -t "$table" -F
            iptables -t "$table" -X
        done
        iptables -P FORWARD ACCEPT
    fi
    cat "$at/forward.before" >/proc/sys/net/ipv4/ip_forward 2>/dev/null || true
    ip link delete docker0 2>/dev/null || true
}
