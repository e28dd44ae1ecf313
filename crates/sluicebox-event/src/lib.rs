//! Stream definitions and the plans they compile to: parse, validate, enrich, encode.
//!
//! Pure: no I/O, no clock. A record's bytes and the time come in, bytes come out.

mod csv;
pub mod dead_letter;
mod json;
pub mod limits;
mod record;
mod reject;
mod timestamp;

pub use record::{Processed, Row, SourceRecord, StreamId};
pub use reject::{Reason, Reject};
