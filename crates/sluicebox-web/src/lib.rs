//! The dashboard and its HTTP API: reads the pipeline's state, its files and the cluster, and writes to the
//! cluster where it is told that it may.
//!
//! - [`start`] serves a listener on threads of its own; the record path knows nothing of it.
//! - `collect`: once a second at most, one thread asks the cluster and reads the counters, and publishes
//!   a [`flow::Flow`]; every browser sees the same one.
//! - `records`: searches in topics, one thread each, as fast as their reader takes them in.
//! - `letters`, `lineage`, `data`: dead letters, the way of a record, the files.
//! - `replay`, `writes`: what changes the cluster, where the dashboard may: dead letters replayed, topics
//!   created, records produced.
//! - `pages` draws HTML, `api` answers JSON that `OpenAPI` describes, `live` keeps pages moving.
//! - `security`: who may ask, and under which names.
//!
//! Deliberately absent: anything that changes the files, and rules about records.

mod access;
mod api;
mod app;
mod assets;
mod attention;
mod collect;
mod config;
mod data;
mod error;
pub mod flow;
mod format;
mod groups;
mod groups_past;
mod health;
mod letters;
pub mod limits;
mod lineage;
mod live;
pub mod metrics;
mod pages;
mod records;
mod replay;
mod security;
mod server;
mod stream;
mod topics;
mod visible;
mod workers;
mod writes;

pub use access::{Access, Token, TokenError};
pub use api::openapi;
pub use config::{Groups, Pipeline, RunningPart, WebConfig, Writes};
pub use server::{Web, start};
