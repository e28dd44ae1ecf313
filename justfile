# The few commands a contributor types. `just` alone lists them; `just --show NAME` prints one.

set shell := ["bash", "-euo", "pipefail", "-c"]

_list:
    @just --list --unsorted

# Build everything (debug)
build:
    cargo build --workspace

# Run the whole of it: broker, generators, processor, sink (`just run --records 20000 --seed 7`)
run *ARGS:
    cargo run --release -- run {{ARGS}}

# All tests that need nothing but Rust
test *ARGS:
    cargo test {{ARGS}}

# What CI refuses: formatting, lints, broken doc links
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

# Conformance suite, client and program over a real three-broker Apache Kafka (needs Java 17 and Maven)
real-kafka *ARGS:
    SLUICEBOX_REAL_KAFKA=1 cargo test --workspace --test real_kafka -- --test-threads=4 {{ARGS}}

# kcat, kafka-python and Kafka's own Java tools against the embedded broker and a real one
foreign-clients *ARGS:
    SLUICEBOX_FOREIGN_CLIENTS=1 cargo test -p sluicebox-conformance --test foreign_clients -- {{ARGS}}

# Attacks on the running program, judged by a ledger and by verify (`just chaos kills --seed 7`, `just chaos list`)
chaos *ARGS:
    cargo build -q --workspace --features sluicebox/faults --bins
    "${CARGO_TARGET_DIR:-target}/debug/chaos" {{ARGS}}

# The suite against programs that are known to be wrong: every planted bug must be caught (`just planted sink-does-not-lock`)
planted *ARGS="--table docs/planted-bugs.md":
    cargo build -q --workspace --features sluicebox/faults --bins
    "${CARGO_TARGET_DIR:-target}/debug/planted" {{ARGS}}

# A real Kafka cluster to try things on, until Ctrl-C (`just kafka --nodes 1`)
kafka *ARGS:
    cargo run -q -p sluicebox-conformance --bin kafka-cluster -- {{ARGS}}

# What processor and sink cost against a real one-node Kafka, beside the client's own floor
bench RECORDS="4000000":
    #!/usr/bin/env bash
    set -euo pipefail
    target=${CARGO_TARGET_DIR:-target}
    cargo build -q -p sluicebox-conformance --bin kafka-cluster
    cargo build -q --release -p sluicebox-kafka --example client_floor
    cargo build -q --release -p sluicebox-pipeline --example pipeline_bench
    # The cluster ends when this shell, which holds its standard input, ends.
    coproc cluster { "$target/debug/kafka-cluster" --nodes 1 --optimised --heap-mb 1024; }
    read -r servers <&"${cluster[0]}"
    "$target/release/examples/client_floor" --bootstrap-servers "$servers" --records {{RECORDS}}
    "$target/release/examples/pipeline_bench" "$servers" {{RECORDS}}

# What ten open dashboards cost, in interleaved pairs, and how long a page takes
bench-dashboard PAIRS="20" RECORDS="1000000":
    cargo build -q --release -p sluicebox
    python3 crates/sluicebox-web/bench/dashboard_cost.py "${CARGO_TARGET_DIR:-target}/release/sluicebox" --pairs {{PAIRS}} --records {{RECORDS}}

# Look for inputs that break a promise (`just fuzz record_plan 600`; needs cargo-fuzz)
fuzz TARGET SECONDS="60":
    bash fuzz/run.sh {{TARGET}} {{SECONDS}}

# The Compose project under attack, with Docker (`just deploy-test --stand-ins` on Debian without engine and registry)
deploy-test *ARGS:
    bash deploy/test/run.sh {{ARGS}}

# Compose file, image, manifests, units and notebooks, without starting anything
deploy-check:
    bash deploy/check.sh

# The notebooks over data that `run` has just made
notebooks-test:
    cargo build -q -p sluicebox
    bash notebooks/test.sh

# Licences, bans, sources and known vulnerabilities of the dependencies (needs cargo-deny and the network)
deny:
    cargo deny check

# What is inside the program, C libraries too: CycloneDX, JSON
sbom FEATURES="tls":
    cargo run -q -p sluicebox-conformance --bin sbom -- --features {{FEATURES}}

# The program as it is shipped: an archive with TLS, licences and SBOM in target/dist (`just dist x86_64-unknown-linux-musl`)
dist TARGET="":
    bash dist/build.sh {{TARGET}}

# The program over a real Kafka with TLS, logins and ACLs (needs Java 17, Maven and openssl)
secured *ARGS:
    SLUICEBOX_REAL_KAFKA=1 cargo test --workspace --features sluicebox/tls --test secured -- {{ARGS}}

# The dashboard in a real browser (needs Chromium, Node.js and npm)
browser *ARGS:
    SLUICEBOX_BROWSER=1 cargo test --workspace --test browser -- --nocapture {{ARGS}}

# Everything that a change must pass before it lands
ci:
    bash .ci/run
