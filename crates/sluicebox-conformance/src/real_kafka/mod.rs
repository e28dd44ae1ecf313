//! A real Apache Kafka cluster (`KRaft`), assembled from its published jars. No container is needed,
//! only Java 17 and Maven.

mod assembly;
mod cluster;
mod secured;
mod settings;
mod tested;

pub use assembly::{Assembly, AssemblyError};
pub use cluster::{KafkaCluster, KafkaError};
pub use secured::{
    Acl, CertificateError, Certificates, Change, SecuredServers, Security, certificates_can_be_made,
};
pub use settings::KafkaOptions;
pub use tested::RealCluster;
