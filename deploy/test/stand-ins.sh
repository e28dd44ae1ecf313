# Stand-ins for the public images, under the public names, where no image registry can be reached. The
# Dockerfile and the compose file stay as users run them. Sourced by run.sh.
#
# Made from Debian packages, Maven Central, PyPI and this machine's Rust. There is none for Kafdrop.

DEBIAN=debian:bookworm-slim

stand_in_debian() {
    docker image inspect "$DEBIAN" >/dev/null 2>&1 && return
    local root=$WORK/bookworm mirror
    mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
        head -1) || true
    mirror=${mirror:-http://deb.debian.org/debian}
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "${mirror% }" >"$WORK/debootstrap.log"
    # Whom this machine trusts, the image trusts: registries may be reached through a proxy of its own.
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$root/etc/pip.conf"
    : >"$root/etc/resolv.conf"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    tar -C "$root" -c . | docker import - "$DEBIAN" >/dev/null
    rm -rf "$root"
}

# With the host's network: the name server of this machine may be reachable from it alone.
stand_in_build() {
    local name=$1 folder=$2
    DOCKER_BUILDKIT=0 docker build -q --network host -t "$name" "$folder" >/dev/null
}

stand_in_rust() {
    local version=$1 name=rust:$1-slim-bookworm folder=$WORK/rust sysroot
    docker image inspect "$name" >/dev/null 2>&1 && return
    sysroot=$(RUSTUP_TOOLCHAIN=$version rustc --print sysroot)
    mkdir -p "$folder/toolchain/bin" "$folder/toolchain/lib"
    cp "$sysroot"/bin/{cargo,rustc} "$folder/toolchain/bin/"
    cp -r "$sysroot"/lib/. "$folder/toolchain/lib/"
    cp "$HERE/stand-ins/rust/Dockerfile" "$folder/"
    stand_in_build "$name" "$folder"
    rm -rf "$folder"
}

stand_in_kafka() {
    local name=$1 folder=$WORK/kafka
    mkdir -p "$folder"
    cp "$HERE"/stand-ins/kafka/* "$TOP/crates/sluicebox-conformance/kafka/log4j2.xml" "$folder/"
    mvn -q -B -f "$TOP/crates/sluicebox-conformance/kafka/pom.xml" dependency:copy-dependencies \
        "-DoutputDirectory=$folder/libs"
    stand_in_build "$name" "$folder"
}

stand_in_jupyter() {
    local name=$1
    stand_in_build "$name" "$HERE/stand-ins/jupyter"
}
