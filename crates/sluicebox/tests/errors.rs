//! What the program says when something is wrong, and the exit code: started as its users start it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod support;

#[path = "errors/cluster.rs"]
mod cluster;
#[path = "errors/ending.rs"]
mod ending;
#[path = "errors/files.rs"]
mod files;
#[path = "errors/secrets.rs"]
mod secrets;
#[path = "errors/settings.rs"]
mod settings;
