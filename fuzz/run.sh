#!/usr/bin/env bash
# fuzz/run.sh TARGET SECONDS: fuzzes one target and says how far it came. Works with the stable
# toolchain: without a sanitizer cargo-fuzz needs nothing that is unstable. New inputs go to
# fuzz/target/corpus, what fails to fuzz/artifacts; the kept corpus is only read.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?which target: a name of fuzz/fuzz_targets}
seconds=${2:-60}
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo 'cargo-fuzz is missing: cargo install cargo-fuzz' >&2
    exit 1
fi
mkdir -p "fuzz/target/corpus/$target"
exec cargo fuzz run -s none "$target" "fuzz/target/corpus/$target" "fuzz/corpus/$target" -- \
    -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=1024 -malloc_limit_mb=512 -timeout=10 \
    -print_final_stats=1
