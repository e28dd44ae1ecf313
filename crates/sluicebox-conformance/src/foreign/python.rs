//! kafka-python: a client that shares no code with librdkafka nor with Java's.

use std::env;
use std::path::Path;
use std::process::Command;

use super::run;
use crate::cluster::Cluster;
use crate::names::unique;

fn script(cluster: &dyn Cluster, name: &str) {
    // A Python that has the packages of `foreign/requirements.txt`.
    let python = env::var("SLUICEBOX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("foreign")
        .join(name);
    let factor = cluster.replication_factor().to_string();
    let mut command = Command::new(python);
    command
        .arg(script)
        .args([cluster.bootstrap_servers(), &unique("python"), &factor]);
    let output = run(&mut command, "");
    assert!(output.ends_with("ok\n"), "{output}");
}

/// `foreign/groups.py`: admin, idempotence, two members of a group, headers, offsets by time.
pub fn produces_and_consumes_in_a_group(cluster: &dyn Cluster) {
    script(cluster, "groups.py");
}

/// `foreign/transactions.py`: commit, abort, offsets in the transaction, fencing.
pub fn runs_transactions(cluster: &dyn Cluster) {
    script(cluster, "transactions.py");
}
