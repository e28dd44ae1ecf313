//! What datagen's events look like from outside, and what the plan says to them.

mod believable;
mod deterministic;
mod generic;
mod plan;
mod support;
mod task;
