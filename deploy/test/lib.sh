# What the steps of run.sh are made of. Sourced by it.

PROJECT=sluicebox-test
export JUPYTER_TOKEN=for-this-test-only DASHBOARD_TOKEN=for-this-dashboard-only SLUICEBOX_UID=1000 SLUICEBOX_GID=1000
export SENSOR_RATE=${SENSOR_RATE:-200} ACTIVITY_RATE=${ACTIVITY_RATE:-200}
# Other ports than the defaults: the test may run beside somebody's project. Below 32768, where a system
# takes the ports of outgoing connections from.
export KAFKA1_PORT=31092 KAFKA2_PORT=31093 KAFKA3_PORT=31094 JUPYTER_PORT=31888 KAFDROP_PORT=31900 DASHBOARD_PORT=31880
COMPOSE=()
TIMINGS=()
BEGAN=$SECONDS

# phase NAME COMMAND...: says what is done and how long it took; the first failure ends the test.
phase() {
    local name=$1 from=$SECONDS
    shift
    printf '\n==> %s\n' "$name"
    "$@"
    TIMINGS+=("$(printf '%4d s  %s' $((SECONDS - from)) "$name")")
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

find_compose() {
    if docker compose version >/dev/null 2>&1; then
        COMPOSE=(docker compose)
    else
        COMPOSE=(docker-compose)
    fi
    "${COMPOSE[@]}" version | sed -n 1p
    SERVICES=(kafka1 kafka2 kafka3 producer-sensor producer-activity processor sink dashboard jupyter1)
    [ -z "$KAFDROP" ] || SERVICES+=(kafdrop)
    # Who asks for all there is to know: in a secured cluster the sink may not.
    ASKS=sink
    [ -z "$SECURED" ] || ASKS=jupyter1
}

compose() {
    local files=(-f "$CLONE/deploy/compose.yaml")
    [ -z "$SECURED" ] || files+=(-f "$CLONE/deploy/compose.secured.yaml")
    "${COMPOSE[@]}" -p "$PROJECT" "${files[@]}" "$@"
}

image_of() {
    case $1 in sluicebox) echo sluicebox:0.1.0 ;; jupyter) echo sluicebox-jupyter:0.1.0 ;; esac
}

# By label: the answer comes at once, and stopped ones are in it.
container() {
    docker ps -a -q --filter "label=com.docker.compose.project=$PROJECT" --filter "label=com.docker.compose.service=$1"
}

healthy() {
    local id
    for id in $(container "$1"); do
        [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" = healthy ] || return 1
    done
    [ -n "${id:-}" ]
}

all_healthy() {
    local service
    for service in "${SERVICES[@]}"; do healthy "$service" || return 1; done
}

start() {
    local wait=()
    [ "${COMPOSE[0]}" != docker ] || wait=(--wait)
    compose up -d "${wait[@]}" --no-build "${SERVICES[@]}" >>"$WORK/compose.log" 2>&1 || {
        tail -20 "$WORK/compose.log" >&2
        fail "compose up"
    }
    wait_until "all healthy" 180 all_healthy
    compose exec -T jupyter1 bash -c 'cat > ledger.py' <"$HERE/ledger.py"
}

# wait_until WHAT SECONDS COMMAND...: says how long it took; fails when it does not come true. PATIENCE=3
# waits three times as long, for machines that have other things to do.
wait_until() {
    local what=$1 limit=$(($2 * ${PATIENCE:-1})) from=$SECONDS
    shift 2
    until "$@" 2>/dev/null; do
        [ $((SECONDS - from)) -lt "$limit" ] || fail "not within $limit s: $what"
        sleep 0.5
    done
    echo "$what: $((SECONDS - from)) s"
}

lines_of() { [ -f "$1" ] && wc -l <"$1" || echo 0; }
rows() { echo $(($(lines_of "$CLONE/data/processed_data_sensor.csv") + $(lines_of "$CLONE/data/processed_data_activity.csv"))); }
rows_exceed() { [ "$(rows)" -gt "$1" ]; }
both_files_have_rows() {
    [ "$(lines_of "$CLONE/data/processed_data_sensor.csv")" -gt 1 ] && [ "$(lines_of "$CLONE/data/processed_data_activity.csv")" -gt 1 ]
}

status_says() {
    compose exec -T "$ASKS" sluicebox status --json | python3 -c "import json,sys; s=json.load(sys.stdin); sys.exit(not ($1))"
}
no_lag() { status_says "sum(g['lag'] for g in s['groups']) == 0"; }
members_are() { status_says "len(s['groups'][0]['members']) == $1 and all(m['partitions'] for m in s['groups'][0]['members'])"; }

# in_sync N: every partition of our topics has so many replicas in sync.
in_sync() {
    local topic
    for topic in sensor_data user_activity processed_data dead_letters; do
        compose exec -T sink sluicebox topics describe "$topic" --json |
            python3 -c "import json,sys; sys.exit(min(len(p['isr']) for p in json.load(sys.stdin)['partitions']) < $1)" || return 1
    done
}

active_controller() {
    compose exec -T kafka1 /opt/kafka/bin/kafka-metadata-quorum.sh --bootstrap-server kafka1:9092 describe --status |
        sed -n 's/^LeaderId: *//p'
}

# Their logs are kept: a container's end with it, and the last line says what was acknowledged.
stop_producers() {
    compose stop producer-sensor producer-activity >>"$WORK/compose.log" 2>&1
    compose logs --no-color producer-sensor producer-activity 2>/dev/null | grep 'all acknowledged' >>"$WORK/acknowledged.log"
}

# What each producer was told, by hand and in containers, must be as many as there are records.
acknowledged_in_all() {
    local all
    sed 's/^/  /' "$WORK/acknowledged.log"
    all=$(sed -nE 's/.*generated ([0-9,]+) records.*/\1/p; s/.*, acknowledged ([0-9]+),.*/\1/p' "$WORK/acknowledged.log" \
        "$WORK/ledger.log" | tr -d , | awk '{ total += $1 } END { print total }')
    echo "$all acknowledged in all"
    [ "$all" -eq "$(sed -nE 's/^([0-9,]+) records in the source topics.*/\1/p' "$WORK/check.log" | tr -d ,)" ] ||
        fail "producers were told of another number of records"
}

hardened() { docker inspect $(docker ps -q --filter "label=com.docker.compose.project=$PROJECT") | python3 "$HERE/hardened.py"; }

memory() {
    docker stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.CPUPerc}}' | sort
    local sum='{ total += $1 } END { print total }'
    echo "rows: $(rows), bytes of all logs of kafka1:" \
        "$(docker exec "$(container kafka1)" bash -c 'stat -c %s /var/lib/kafka/data/*/*.log' | awk "$sum")"
}

# At the end, whatever the end is.
finish() {
    local status=$?
    set +e
    [ "$status" -eq 0 ] || { [ "${#COMPOSE[@]}" -eq 0 ] || compose logs --tail 25 --no-color 2>/dev/null | tail -250 >&2; }
    if [ -n "$KEEP" ] && [ "$status" -eq 0 ]; then
        echo "kept: DOCKER_HOST=${DOCKER_HOST:-} WORK=$WORK; end it with: ${COMPOSE[*]} -p $PROJECT down -v"
    else
        [ "${#COMPOSE[@]}" -eq 0 ] || compose down -v --remove-orphans >>"$WORK/compose.log" 2>&1
        [ -z "$STAND_INS" ] || engine_stop
        rm -rf "$WORK"
    fi
    printf '\n'
    printf '%s\n' "${TIMINGS[@]+"${TIMINGS[@]}"}" "$(printf '%4d s  altogether' $((SECONDS - BEGAN)))"
}
