#!/usr/bin/env bash
# The program as it is shipped: an archive for this machine's kind, with TLS, the licences of everything
# inside, and the list of it (SBOM). The same commit gives the same bytes, wherever it is built, with the
# same compilers: no path, time or name of the machine gets in.
#
#     bash dist/build.sh                                for this machine; needs its glibc, or a newer one
#     bash dist/build.sh x86_64-unknown-linux-musl      needs nothing of the system but the kernel
#     bash dist/build.sh aarch64-unknown-linux-gnu      for another kind of machine
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
target=${1:-$host}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=sluicebox-$version-$target
out=${DIST_DIR:-$PWD/target/dist}
# The build's own directory has the same path on every machine: the C libraries write theirs into what
# they compile (OpenSSL its default directories, assert() its file).
work=${DIST_WORK:-/tmp/sluicebox-dist}

# need PROGRAM PACKAGE: says what Debian calls what is missing.
need() {
    command -v "$1" >/dev/null || {
        echo "$target is built with $1, which is not installed (Debian: apt-get install $2)" >&2
        exit 1
    }
}

# librdkafka's configure knows CC alone, so that one is the target's, and the machine's own has a longer name.
# musl-gcc has no headers of the kernel: it finds them, last of all, among the machine's.
headers=''
case $target in
"$host") need cc gcc ;;
x86_64-unknown-linux-musl)
    need musl-gcc musl-tools
    export CC=musl-gcc
    headers="-idirafter /usr/include/$(uname -m)-linux-gnu -idirafter /usr/include"
    ;;
aarch64-unknown-linux-gnu)
    need aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
    export CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++ AR=aarch64-linux-gnu-ar
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    ;;
*)
    echo "no archive is made for $target: x86_64-unknown-linux-musl, aarch64-unknown-linux-gnu, or this machine's $host" >&2
    exit 2
    ;;
esac
if [ "$target" != "$host" ]; then
    export "CC_${host//-/_}=cc" "CXX_${host//-/_}=c++" "AR_${host//-/_}=ar"
    rustup target list --installed | grep -qx "$target" || rustup target add "$target"
fi

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
if [ -n "$headers" ]; then
    export CFLAGS=$headers
fi

# The C compilers leave out this machine's paths as well, but are not told so by flags: OpenSSL writes the
# flags that it is compiled with into the program. Each stands behind its own name, with the map.
mkdir -p "$work/compilers"
for compiler in cc c++ "${CC:-}" "${CXX:-}"; do
    [ -n "$compiler" ] || continue
    printf '#!/bin/sh\nexec %q -ffile-prefix-map=%q "$@"\n' "$(command -v "$compiler")" "$cargo_home=/cargo" \
        > "$work/compilers/$compiler"
    chmod +x "$work/compilers/$compiler"
done
export PATH=$work/compilers:$PATH

cargo build --locked --profile dist -p sluicebox --features tls --target "$target"
program=$work/$target/dist/sluicebox

rm -rf "${out:?}/$name"
mkdir -p "$out/$name/licences"
install -m 0755 "$program" "$out/$name/sluicebox"
install -m 0644 README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$out/$name/"
env -u RUSTFLAGS -u CFLAGS -u CC -u CXX -u AR CARGO_TARGET_DIR="$PWD/target" \
    cargo run --quiet --locked -p sluicebox-conformance --bin sbom -- \
    --features tls --target "$target" --licences "$out/$name/licences" > "$out/$name/sluicebox.cdx.json"

# Names and times in the archive are given, not found.
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --mode=u+rwX,go+rX,go-w -C "$out" -c "$name" | gzip -n -9 > "$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")

echo "$out/$name.tar.gz: $(du -k "$out/$name.tar.gz" | cut -f 1) KiB, the program $(du -k "$out/$name/sluicebox" | cut -f 1) KiB"
echo "loads of the system:"
objdump -p "$out/$name/sluicebox" | awk '/NEEDED/ {print "  " $2}'
case $target in "$(uname -m)"-*) "$out/$name/sluicebox" --version ;; esac
