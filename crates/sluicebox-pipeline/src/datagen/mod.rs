//! datagen: believable events, made from a seed, at a rate.
//!
//! Events are pure: a [`Generator`] is a function of seed and options, event `i` happens at
//! `start + i / rate`, counted over all streams together. [`TokenBucket`] says when records may
//! go out, without a clock. [`DatagenTask`] is the rim: it takes events to Kafka.

mod brake;
mod bucket;
mod error;
mod generator;
mod invalid;
pub mod limits;
mod model;
mod models;
mod outbox;
mod progress;
mod rate;
mod report;
mod seed;
mod shape;
mod stream;
mod task;
mod text;

pub use brake::Brake;
pub use bucket::TokenBucket;
pub use error::DatagenError;
pub use generator::{Event, Generator, GeneratorOptions};
pub use invalid::{InvalidClass, InvalidRatio};
pub use progress::Progress;
pub use rate::Rate;
pub use report::{AcknowledgedOffsets, DatagenReport, StreamReport};
pub use stream::DatagenStream;
pub use task::{Amount, DatagenTask};
