//! Stream definitions and the plans they compile to: parse, validate, enrich, encode.
//!
//! Pure: no I/O, no clock. A record's bytes and the time come in, bytes come out.

mod csv;
pub mod dead_letter;
pub mod definition;
mod json;
pub mod limits;
mod plan;
mod process;
mod record;
mod reject;
mod timestamp;

pub use definition::{DefinitionError, StreamDefinition, builtin_definitions};
pub use plan::{PlanHash, PlanOptions, Plans, StreamPlan};
pub use process::Scratch;
pub use record::{Processed, Row, SourceRecord, StreamId};
pub use reject::{Reason, Reject};
pub use timestamp::{instant_ms, instant_text};
