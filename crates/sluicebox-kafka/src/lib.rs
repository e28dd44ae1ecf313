//! The Kafka client of Sluicebox: batches in, transactions out, administration, error classes.
//!
//! The only crate that names the client library (librdkafka). Its interface is narrow and
//! batch-shaped, so that the client under it can be replaced:
//!
//! - [`Consumer`] hands out [`RecordBatch`]es, and rebalances as values that the caller answers;
//! - [`TransactionalProducer`] sends [`OutBatch`]es and commits them with the input's offsets;
//! - [`Producer`] sends without transactions and counts what was acknowledged;
//! - [`Admin`] asks and alters the cluster;
//! - [`error`] decides what every failure means.
#![allow(
    unsafe_code,
    reason = "the one crate that talks to a C library; every block says why"
)]

pub mod admin;
pub mod consumer;
mod credentials;
pub mod error;
mod error_code;
#[cfg(test)]
mod error_table;
mod ffi;
mod heap;
pub mod limits;
#[cfg(test)]
mod mock_cluster;
mod offset_ranges;
mod options;
mod out_batch;
pub mod producer;
mod properties;
mod record_batch;
mod security;
mod token;
mod topic_partition;
mod transactional;
mod way_out;

pub use admin::Admin;
pub use consumer::{
    Committed, Consumer, ConsumerOptions, GroupMetadata, LogRange, OutOfRange, Polled,
};
pub use credentials::read_secret;
pub use error::{ErrorClass, KafkaError};
pub use error_code::ErrorCode;
pub use ffi::partition_of;
pub use heap::bound_heap_arenas;
pub use offset_ranges::{OffsetRange, OffsetRanges};
pub use options::ClientOptions;
pub use out_batch::OutBatch;
pub use producer::{Delivery, PartitionOffsets, Producer, ProducerOptions};
pub use properties::{PropertyOrigin, check_property, is_secret, property_of_variable};
pub use record_batch::{Headers, RecordBatch, RecordRef};
pub use security::{NO_TLS_WAY_OUT, TOKEN_PROPERTY, check_security, has_tls};
pub use topic_partition::{TopicId, TopicIndex, TopicPartition, TopicPartitionOffset};
pub use transactional::{TransactionOptions, TransactionalProducer};
