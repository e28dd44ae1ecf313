//! One record through a plan: values resolved, enriched and written; and the sink's half.

mod enrich;
mod event;
pub(crate) mod explain;
pub(crate) mod resolve;
mod row;
mod scratch;

pub use scratch::Scratch;
