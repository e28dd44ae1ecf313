//! The cluster that the tests of this binary share.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use sluicebox_conformance::gate::{asked_for, skipped};
use sluicebox_conformance::real_kafka::{
    Certificates, KafkaCluster, KafkaOptions, SecuredServers, Security, certificates_can_be_made,
};

const WHAT: &str = "the program over a real Kafka cluster with TLS, logins and ACLs";

/// The users there are, of each tenant; see [`super::tenant`].
pub(crate) const ROLES: [&str; 5] = ["datagen", "processor", "sink", "viewer", "auditor"];
pub(crate) const TENANTS: [&str; 6] = ["works", "rights", "acls", "password", "tokens", "datagen"];

pub(crate) struct Stage {
    /// `openssl` and Kafka's tools run one test at a time; the brokers serve all.
    cluster: Mutex<KafkaCluster>,
    pub(crate) servers: SecuredServers,
    /// For the super user, in the clear.
    pub(crate) direct: String,
    pub(crate) certificates: Certificates,
}

impl Stage {
    pub(crate) fn cluster(&self) -> MutexGuard<'_, KafkaCluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn password(user: &str) -> String {
    format!("canary-{user}-7c1f")
}

/// The cluster, started for the first test that asks; `None`: the tests are to be skipped.
pub(crate) fn stage() -> Option<&'static Stage> {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    if !asked_for("SLUICEBOX_REAL_KAFKA", WHAT) {
        return None;
    }
    if !cfg!(feature = "tls") {
        skipped(WHAT, "this build has no TLS: run it with --features tls");
        return None;
    }
    if let Err(error) = certificates_can_be_made() {
        panic!("{WHAT}: the openssl program cannot be run: {error}");
    }
    Some(STAGE.get_or_init(start))
}

fn start() -> Stage {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("secured-kafka");
    std::fs::create_dir_all(&directory).unwrap();
    let users: Vec<(String, String)> = TENANTS
        .iter()
        .flat_map(|tenant| ROLES.iter().map(move |role| format!("{tenant}-{role}")))
        .map(|user| (user.clone(), password(&user)))
        .collect();
    let users: Vec<(&str, &str)> = (users.iter())
        .map(|(user, password)| (user.as_str(), password.as_str()))
        .collect();
    let security = Security::new(&directory, &users).unwrap();
    let certificates = security.certificates.clone();
    let cluster = KafkaCluster::start(&KafkaOptions::nodes(3).secured(security)).unwrap();
    Stage {
        servers: cluster.secured().clone(),
        direct: cluster.direct_servers().to_owned(),
        certificates,
        cluster: Mutex::new(cluster),
    }
}
