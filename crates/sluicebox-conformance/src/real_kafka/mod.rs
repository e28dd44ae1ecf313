//! A real Apache Kafka cluster (`KRaft`), assembled from its published jars. No container is needed,
//! only Java 17 and Maven.

mod assembly;
mod cluster;
mod settings;
mod tested;

pub use assembly::{Assembly, AssemblyError};
pub use cluster::{KafkaCluster, KafkaError};
pub use settings::KafkaOptions;
pub use tested::RealCluster;
