//! What datagen's events look like from outside, and what the plan says to them.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on shall say where"
)]

mod believable;
mod deterministic;
mod generic;
mod plan;
mod support;
mod task;
