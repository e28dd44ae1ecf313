#!/usr/bin/env bash
# Executes the notebooks over data that `run` has just made, and while it makes more.
#
#     bash notebooks/test.sh [SLUICEBOX]      the program; else the one that cargo has built
#
# PYTHON is a Python with the packages of notebooks/requirements.txt; without it, one is made. Everything
# is written to a temporary directory, and the program is ended in any case.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
sluicebox=${1:-$target/debug/sluicebox}
[ -x "$sluicebox" ] || { echo "there is no $sluicebox: build it, or name another one" >&2; exit 2; }

work=$(mktemp -d)
pid=
finish() {
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

if [ -z "${PYTHON:-}" ]; then
    PYTHON=$target/notebooks/bin/python
    if ! "$PYTHON" -c 'import nbclient, duckdb, kafka, matplotlib' 2>/dev/null; then
        mkdir -p "$target"
        python3 -m venv "$target/notebooks"
        "$PYTHON" -m pip install -q --disable-pip-version-check -r notebooks/requirements.txt
    fi
fi
# The kernel is started by name: this Python's, not another one on the machine.
PATH=$(cd "$(dirname "$PYTHON")" && pwd):$PATH
export PATH SLUICEBOX_OUTPUT_DIR=$work/data NOTEBOOK_LIVE_SECONDS=${NOTEBOOK_LIVE_SECONDS:-6}
export NOTEBOOK_PICTURES=${NOTEBOOK_PICTURES:-$work}
unset SLUICEBOX_BOOTSTRAP_SERVERS

echo "made by run:"
"$sluicebox" run --records 20000 --rate 4000 --seed 7 --keys 12 --invalid-ratio 0.02 --listen 127.0.0.1:0 -q | tail -1
python -B notebooks/execute.py notebooks/01-first-look.ipynb

"$sluicebox" run --rate 200 --seed 8 --keys 12 --invalid-ratio 0.02 --listen 127.0.0.1:0 -q >"$work/run.log" 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ -f "$work/data/broker/broker.json" ] && break
    sleep 0.2
done
python -B notebooks/execute.py notebooks/02-live.ipynb notebooks/03-lineage.ipynb
kill -INT "$pid"
wait "$pid" || { cat "$work/run.log" >&2; echo "run did not account for its events" >&2; exit 1; }
pid=
tail -1 "$work/run.log"
echo "3 passed, 0 failed"
