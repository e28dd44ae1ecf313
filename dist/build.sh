#!/usr/bin/env bash
# The program as it is shipped: an archive for this machine's kind, with TLS, the licences of everything
# inside, and the list of it (SBOM). The same commit gives the same bytes, wherever it is built, with the
# same compilers: no path, time or name of the machine gets in.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(rustc -vV | sed -n 's/^host: //p')
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=sluicebox-$version-$target
out=${DIST_DIR:-$PWD/target/dist}
# The build's own directory has the same path on every machine: the C libraries write theirs into what
# they compile (OpenSSL its default directories, assert() its file).
work=${DIST_WORK:-/tmp/sluicebox-dist}

commit() {
    local told
    told=$(sed -n '/^\$/!p' crates/sluicebox/commit.txt)
    if [ -n "$told" ]; then
        echo "$told"
    elif [ -n "$(git status --porcelain --untracked-files=no)" ]; then
        echo "$(git rev-parse --short=12 HEAD)+changes"
    else
        git rev-parse --short=12 HEAD
    fi
}

SLUICEBOX_COMMIT=${SLUICEBOX_COMMIT:-$(commit)}
# OpenSSL writes a time into the program, this one if it is told so.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1700000000)}
export SLUICEBOX_COMMIT SOURCE_DATE_EPOCH
export CARGO_TARGET_DIR=$work CARGO_INCREMENTAL=0
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="--remap-path-prefix=$PWD=/sluicebox --remap-path-prefix=$cargo_home=/cargo"
export CFLAGS="-ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$PWD=/sluicebox"
export CXXFLAGS=$CFLAGS

cargo build --locked --profile dist -p sluicebox --features tls

rm -rf "${out:?}/$name"
mkdir -p "$out/$name/licences"
install -m 0755 "$work/dist/sluicebox" "$out/$name/sluicebox"
install -m 0644 README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$out/$name/"
env -u RUSTFLAGS -u CFLAGS -u CXXFLAGS CARGO_TARGET_DIR="$PWD/target" \
    cargo run --quiet --locked -p sluicebox-conformance --bin sbom -- \
    --features tls --licences "$out/$name/licences" > "$out/$name/sluicebox.cdx.json"

# Names and times in the archive are given, not found.
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --mode=u+rwX,go+rX,go-w -C "$out" -c "$name" | gzip -n -9 > "$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")

echo "$out/$name.tar.gz: $(du -k "$out/$name.tar.gz" | cut -f 1) KiB, the program $(du -k "$out/$name/sluicebox" | cut -f 1) KiB"
echo "loads of the system:"
ldd "$out/$name/sluicebox" | awk '{print "  " $1}'
"$out/$name/sluicebox" --version
