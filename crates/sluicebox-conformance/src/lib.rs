//! One suite of client behaviour, run over the embedded broker and over a real Apache Kafka
//! cluster, and what it stands on: fixtures that start, kill and restart both. Tests of other crates
//! stand on these as well.
//!
//! For development only: nothing of the product depends on this crate.

pub mod cluster;
pub mod embedded;
pub mod foreign;
pub mod gate;
pub mod guard;
pub mod in_process;
pub mod names;
pub mod ports;
pub mod real_kafka;
pub mod sbom;
pub mod sending;
pub mod stage;
pub mod suite;
pub mod wait;
