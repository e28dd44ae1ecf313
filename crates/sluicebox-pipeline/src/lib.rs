//! Joins records, Kafka and files: generators, processor, sink task, and the account of a run.
//!
//! - [`datagen`]: believable events into the source topics.
//! - [`processor`]: source topics -> plan -> processed data or dead letters, in transactions.
//! - [`sink`]: processed data and dead letters -> rows; the disk is the truth.
//! - [`dlq`]: dead letters found again, and replayed into their source topics.
//! - [`search`]: records of a topic, found and followed.
//! - [`topics`]: created on first use, never altered.
//! - [`accounting`]: every source offset of a run is one row or one letter.
//! - [`verify`]: the files against the topics, record by record.
//! - [`belongs`]: whether files are of the cluster that is looked at.
//! - [`no_answer`]: that the cluster does not answer, in one sentence.
//! - [`metrics`]: what all of them count; [`numbers`]: how counts are shown.
//!
//! Tasks are plain threads. Each takes its configuration, a [`stop::StopSignal`] and the shared
//! [`metrics::Metrics`], and returns when it is done.

pub mod accounting;
mod backoff;
pub mod belongs;
mod clock;
pub mod config;
mod csv_rows;
pub mod datagen;
pub mod dlq;
mod end;
pub mod error;
pub mod histogram;
pub mod limits;
mod lineage;
mod looking;
pub mod metrics;
pub mod no_answer;
pub mod numbers;
mod offset_notes;
mod output_scan;
pub mod positions;
pub mod processor;
mod pushed_aside;
mod retry;
mod same_source;
pub mod search;
pub mod sink;
mod skipped;
pub mod slots;
mod source_record;
pub mod state;
pub mod stop;
pub mod topics;
pub mod unseen;
pub mod verify;
mod written;

pub use config::{OutputTopics, ProcessorConfig, SinkConfig, TransactionLimits};
pub use error::PipelineError;
pub use metrics::Metrics;
pub use retry::Patience;
pub use stop::{StopLevel, StopSignal};
