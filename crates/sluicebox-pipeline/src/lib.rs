//! Joins records, Kafka and files: generators, processor, sink task, and the account of a run.

pub mod accounting;
pub mod datagen;
pub mod histogram;
pub mod limits;
pub mod slots;
pub mod state;
pub mod stop;
