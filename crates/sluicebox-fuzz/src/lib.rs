//! What fuzzing checks, apart from how inputs are found: one function per target, from bytes to a
//! panic when something does not hold.
//!
//! `fuzz/` calls these under libFuzzer (`just fuzz TARGET SECONDS`); `tests/corpus.rs` calls them
//! with every input that is kept, in plain `cargo test`. `docs/fuzzing.md` says what is covered.

pub mod broker;
pub mod definition;
pub mod manifest;
pub mod plan;
mod targets;

pub use targets::{TARGETS, Target};
