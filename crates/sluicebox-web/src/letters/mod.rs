//! Dead letters: what there is of them, and one of them.

mod index;
mod letter;
mod reader;

use std::sync::Mutex;
use std::time::Instant;

pub(crate) use index::{Counted, LettersView, Line};
pub(crate) use letter::{LetterView, SourceView, one};
pub(crate) use reader::view;

use index::Index;

/// What was read of the dead letters so far. They are read only while somebody looks.
#[derive(Default)]
pub(crate) struct Letters {
    index: Mutex<Index>,
    /// When somebody last looked, and whether a thread reads.
    reading: Mutex<Reading>,
}

#[derive(Default)]
struct Reading {
    looked: Option<Instant>,
    runs: bool,
}
