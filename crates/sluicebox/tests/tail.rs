//! `topics tail` as a person or a script uses it, over `sluicebox broker`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

#[path = "tail/changes.rs"]
mod changes;
#[path = "tail/ending.rs"]
mod ending;
#[path = "tail/lines.rs"]
mod lines;
#[path = "tail/searching.rs"]
mod searching;
#[path = "tail/stage.rs"]
mod stage;
mod support;
