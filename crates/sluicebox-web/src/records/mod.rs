//! Records of topics: searched, followed, exported, and looked at one by one.

mod export;
mod json;
mod newest;
mod one;
mod query;
mod scan;
mod shown;

pub(crate) use export::{Format, export};
pub(crate) use json::{hex, mark, pretty};
pub(crate) use newest::Taker;
pub(crate) use one::{at, find, one};
pub(crate) use query::{Asked, Query};
pub(crate) use scan::{Progress, check, scan, search_events};
#[cfg(test)]
pub(crate) use shown::HeaderView;
pub(crate) use shown::{RecordView, Shown, head};
