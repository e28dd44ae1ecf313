//! Dead letters: what there is of them, and one of them.

mod brief;
mod index;
mod kinds;
mod letter;
mod markers;
mod pace;
mod reader;

use std::sync::Mutex;
use std::time::Instant;

pub(crate) use index::{LettersView, Line};
pub(crate) use kinds::Counted;
#[cfg(test)]
pub(crate) use kinds::Kind;
pub(crate) use letter::{LetterView, SourceView, one, stored};
#[cfg(test)]
pub(crate) use markers::ReplayedView;
pub(crate) use markers::markers;
pub(crate) use reader::view;

use index::Index;
use sluicebox_pipeline::dlq::KnownMarkers;

/// What was read of the dead letters so far. They are read only while somebody looks.
#[derive(Default)]
pub(crate) struct Letters {
    index: Mutex<Index>,
    /// When somebody last looked, and whether a thread reads.
    reading: Mutex<Reading>,
    /// Which of them were replayed.
    markers: Mutex<KnownMarkers>,
}

#[derive(Default)]
struct Reading {
    looked: Option<Instant>,
    runs: bool,
}
