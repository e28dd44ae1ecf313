//! Searching a topic: what is asked for, which records fit, and the reading. The dashboard and
//! `topics tail` share it.
//!
//! - [`Search`]: a topic, a start, a [`Filter`], and when to end; [`moment`] and [`partitions`] read
//!   what people type.
//! - [`Scan`]: a search under way; whoever takes the records is a [`Watch`].
//! - [`RecordLine`]: a record as a line of JSON, whole.

mod absence;
mod asked;
mod error;
mod filter;
mod line;
mod newest;
mod scan;
mod typed;
mod watch;

pub use asked::{Search, Start};
pub use error::SearchError;
pub use filter::Filter;
pub use line::{HeaderLine, RecordLine, Text, rfc_3339};
pub use newest::{Newest, Place};
pub use scan::{Bounds, Scan};
pub use typed::{moment, partitions};
pub use watch::{Ended, Progress, Watch};
