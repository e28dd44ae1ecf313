#!/usr/bin/env bash
# The Compose project as users start it, under attack: brokers, processor and sink are killed under load,
# everything is taken down and up again, and in the end every acknowledged event must be in the files once.
#
#     just deploy-test                  with the Docker engine of this machine and the public images
#     just deploy-test --stand-ins      with an engine of its own and stand-ins (Debian, root, no image registry)
#     just deploy-test --built          takes the images as they are, --without-kafdrop leaves that one out
#     just deploy-test --secured        the same project with TLS, logins and rights instead, without the kills
#     just deploy-test --keep           leaves everything running at the end, to look around
#
# It works on a copy of the checkout, in a project of its own, and takes all of it down, also when it fails.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
. "$HERE/lib.sh"
. "$HERE/engine.sh"
. "$HERE/stand-ins.sh"

STAND_INS='' KEEP='' BUILT='' SECURED='' KAFDROP=1
for argument; do
    case $argument in
    # Nothing stands in for Kafdrop.
    --stand-ins) STAND_INS=1 KAFDROP='' ;;
    --without-kafdrop) KAFDROP='' ;;
    --built) BUILT=1 ;;
    # Kafdrop takes its password from the environment only, and so is not in it.
    --secured) SECURED=1 KAFDROP='' ;;
    --keep) KEEP=1 ;;
    *) sed -n '2,11p' "$0" >&2 && exit 2 ;;
    esac
done
WORK=$(mktemp -d "${SLUICEBOX_DEPLOY_TEST_DIR:-${TMPDIR:-/tmp}}/sluicebox-deploy-XXXXXX")
CLONE=$WORK/clone
# Once: another one would make the program anew for the second image.
REVISION=${REVISION:-$(git -C "$TOP" rev-parse --short=12 HEAD 2>/dev/null || true)}
trap finish EXIT
trap 'exit 130' INT TERM

copy_the_checkout() {
    mkdir -p "$CLONE"
    (cd "$TOP" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -c --ignore-failed-read) |
        tar -x -C "$CLONE"
    # The containers' user; whoever clones is it, usually. Root is not.
    [ "$(id -u)" -ne 0 ] || chown -R 1000:1000 "$CLONE/data" "$CLONE/notebooks"
}

stand_ins() {
    stand_in_debian
    stand_in_rust "$(sed -n 's/^ARG RUST_VERSION=//p' "$TOP/deploy/Dockerfile")"
    stand_in_kafka "$(grep -o 'apache/kafka:[^ ]*' "$TOP/deploy/compose.yaml")"
    stand_in_jupyter "quay.io/jupyter/scipy-notebook:$(sed -n 's/^ARG JUPYTER_VERSION=//p' "$TOP/deploy/Dockerfile")"
}

build_images() {
    local network=()
    [ -z "$STAND_INS" ] || network=(--network host)
    for target in sluicebox jupyter; do
        docker build "${network[@]}" -f "$CLONE/deploy/Dockerfile" --target "$target" \
            --build-arg "REVISION=$REVISION" \
            -t "$(image_of "$target")" "$CLONE" >"$WORK/build-$target.log" 2>&1 || {
            tail -30 "$WORK/build-$target.log" >&2
            return 1
        }
    done
}

images() {
    docker run --rm "$(image_of sluicebox)" --version
    docker images --filter dangling=false --format '{{.Repository}}:{{.Tag}} {{.Size}}' | sort
}

without_a_token_it_refuses() {
    local said
    if said=$(JUPYTER_TOKEN='' compose config 2>&1); then
        fail "the project started without a token for JupyterLab"
    fi
    grep -q 'JUPYTER_TOKEN.*password of JupyterLab' <<<"$said" || fail "it does not say why: $said"
}

rows_in_both_files() {
    wait_until "rows in both files" 120 both_files_have_rows
    echo "$(rows) rows"
}

# With its token, the dashboard has the account of the files; without, nothing but whether it is well.
the_dashboard_shows_it() {
    local at=http://127.0.0.1:$DASHBOARD_PORT
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$at/api/v1/flow")" = 401 ] || fail "the dashboard shows it to everybody"
    curl -sf "$at/readyz" >/dev/null || fail "the dashboard is not ready"
    wait_until "the dashboard counts rows" 30 dashboard_says "d['accounting']['rows'] > 0 and not d['cluster']['error']"
}
dashboard_says() {
    curl -sf -H "Authorization: Bearer $DASHBOARD_TOKEN" "http://127.0.0.1:$DASHBOARD_PORT/api/v1/flow" |
        python3 -c "import json,sys; d=json.load(sys.stdin); sys.exit(not ($1))"
}

a_broker_dies_under_load() {
    compose exec -T jupyter1 python3 ledger.py produce 60 200 ledger.jsonl >"$WORK/ledger.log" 2>&1 &
    LEDGER_PID=$!
    sleep 3
    docker kill "$(container kafka2)" >/dev/null
    local before
    before=$(rows)
    wait_until "rows go on with two of three brokers" 60 rows_exceed $((before + 500))
    docker start "$(container kafka2)" >/dev/null
    wait_until "kafka2 is healthy again" 90 healthy kafka2
}

# A container that was killed by hand stays down, as Docker has it; one whose program crashes comes back.
a_part_dies_under_load() {
    local part=$1 before
    docker kill "$(container "$part")" >/dev/null
    sleep 5
    docker start "$(container "$part")" >/dev/null
    before=$(rows)
    wait_until "rows go on after docker kill of the $part" 60 rows_exceed $((before + 500))
    kill -KILL "$(docker inspect -f '{{.State.Pid}}' "$(container "$part")")"
    before=$(rows)
    wait_until "rows go on after a crash of the $part" 60 rows_exceed $((before + 500))
    wait_until "the $part is healthy" 60 healthy "$part"
}

three_processors() {
    compose up -d --no-build --no-recreate --scale processor=3 "${SERVICES[@]}" >>"$WORK/compose.log" 2>&1
    wait_until "three members share the partitions" 60 members_are 3
    docker kill "$(container processor | sed -n 1p)" >/dev/null
    wait_until "two of them do" 60 members_are 2
}

everything_goes_down_and_up_again() {
    stop_producers
    compose down >>"$WORK/compose.log" 2>&1
    local before
    before=$(rows)
    start
    wait_until "rows go on where they ended" 90 rows_exceed $((before + 200))
}

# As docs/operations.md tells people to do it: one after the other, the active controller last. It had the
# vote of the one that is left, which hands it that leadership back; an empty one cannot take it, and ends.
two_brokers_lose_their_disks() {
    local first=kafka2 second=kafka3 before
    [ "$(active_controller)" != 2 ] || { first=kafka3 second=kafka2; }
    echo "the active controller was $(active_controller): $first comes back first"
    docker kill "$(container kafka2)" "$(container kafka3)" >/dev/null
    compose rm -f -s kafka2 kafka3 >>"$WORK/compose.log" 2>&1
    docker volume rm "${PROJECT}_kafka2" "${PROJECT}_kafka3" >/dev/null
    compose up -d --no-build --no-deps "$first" >>"$WORK/compose.log" 2>&1
    wait_until "$first, empty, has copied everything" 180 in_sync 2
    before=$(rows)
    wait_until "rows go on with it" 90 rows_exceed $((before + 200))
    compose up -d --no-build --no-deps "$second" >>"$WORK/compose.log" 2>&1
    wait_until "$second, empty, has copied everything" 180 in_sync 3
}

notebooks_in_jupyter1() {
    compose exec -T jupyter1 bash -c 'cd work/notebooks && mkdir -p /tmp/pictures &&
        NOTEBOOK_LIVE_SECONDS=8 NOTEBOOK_PICTURES=/tmp/pictures python3 execute.py ./*.ipynb' 2>&1 | grep cells
}

by_hand_in_jupyter1() {
    compose exec -T jupyter1 sluicebox datagen all --records 2000 --rate max --invalid-ratio 0.05 2>/dev/null |
        tee -a "$WORK/acknowledged.log" | sed -n 1,3p
    compose exec -T jupyter1 sluicebox status
}

the_ledger_ends() {
    wait "$LEDGER_PID" || { cat "$WORK/ledger.log" && fail "the ledger's producer failed"; }
    cat "$WORK/ledger.log"
}

every_event_is_there() {
    stop_producers
    wait_until "no lag" 120 no_lag
    compose exec -T sink sluicebox verify --strict
    compose exec -T jupyter1 python3 ledger.py check work/data ledger.jsonl | tee "$WORK/check.log"
    acknowledged_in_all
}

without_a_right_it_refuses() {
    local said
    if said=$(compose exec -T jupyter1 timeout 60 sluicebox datagen sensor --records 1 2>&1); then
        fail "the user auditor may write"
    fi
    grep -i 'auditor\|right\|authoriz' <<<"$said" | sed -n 1,6p || fail "it does not say why: $said"
    if said=$(compose exec -T -e SLUICEBOX_KAFKA_SASL_USERNAME=nobody jupyter1 timeout 60 sluicebox status 2>&1); then
        fail "a user that does not exist came in"
    fi
    grep -i 'invalid credentials' <<<"$said" | sed -n 1,2p || fail "it does not say why: $said"
    if compose exec -T kafka1 timeout 20 bash -c '/opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka1:9092 --list' >/dev/null 2>&1; then
        fail "somebody without TLS and login was let in"
    fi
}

secrets_stay_in_files() {
    local password found
    for password in "$CLONE"/deploy/secured/secrets/*.password; do
        found=$(docker inspect $(docker ps -q --filter "label=com.docker.compose.project=$PROJECT") | grep -cF "$(cat "$password")") || true
        [ "$found" = 0 ] || fail "$(basename "$password") is in the configuration of a container"
        if compose logs --no-color 2>/dev/null | grep -qF "$(cat "$password")"; then
            fail "$(basename "$password") is in a log"
        fi
    done
}

the_auditor_proves_it() {
    stop_producers
    wait_until "no lag" 120 no_lag
    compose exec -T jupyter1 sluicebox verify --strict
}

[ -z "$STAND_INS" ] || phase "engine installed" engine_install
[ -z "$STAND_INS" ] || phase "engine started" engine_start
phase "a copy of the checkout" copy_the_checkout
[ -z "$STAND_INS" ] || phase "stand-ins for the public images" stand_ins
[ -n "$BUILT" ] || phase "images built" build_images
phase "images" images
find_compose
phase "refuses without a token" without_a_token_it_refuses
[ -z "$SECURED" ] || phase "certificates and passwords" bash "$CLONE/deploy/secured/make-certificates.sh"
phase "up, all healthy" start
phase "hardened as it says" hardened
phase "rows in both files" rows_in_both_files
phase "the dashboard" the_dashboard_shows_it
if [ -n "$SECURED" ]; then
    phase "who has no right, or no login, is told so" without_a_right_it_refuses
    phase "a password is in no environment and no command line" secrets_stay_in_files
    phase "down and up again, volumes kept" everything_goes_down_and_up_again
    phase "verify, as the user who may read everything" the_auditor_proves_it
else
    phase "docker kill of a broker under load, and back" a_broker_dies_under_load
    phase "docker kill and crash of the processor" a_part_dies_under_load processor
    phase "docker kill and crash of the sink" a_part_dies_under_load sink
    phase "what the ledger sent meanwhile" the_ledger_ends
    phase "memory and disk" memory
    phase "three processors, one killed" three_processors
    phase "notebooks in jupyter1" notebooks_in_jupyter1
    phase "down and up again, volumes kept" everything_goes_down_and_up_again
    phase "two brokers lose their disks" two_brokers_lose_their_disks
    phase "by hand in jupyter1" by_hand_in_jupyter1
    phase "verify, and an independent count" every_event_is_there
fi
echo
echo "1 passed, 0 failed"
