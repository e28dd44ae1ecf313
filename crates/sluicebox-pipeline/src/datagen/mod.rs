//! datagen: believable events, made from a seed, at a rate.
//!
//! Events are pure: a [`Generator`] is a function of seed and options, event `i` happens at
//! `start + i / rate`, counted over all streams together. [`TokenBucket`] says when records may
//! go out, without a clock.

mod bucket;
mod generator;
mod invalid;
pub mod limits;
mod model;
mod models;
mod rate;
mod seed;
mod shape;
mod text;

pub use bucket::TokenBucket;
pub use generator::{Event, Generator, GeneratorOptions};
pub use invalid::{InvalidClass, InvalidRatio};
pub use rate::Rate;
