//! The newest of what comes from all partitions, within a number and a number of bytes: pure.

use std::collections::BTreeMap;

/// Where a record stands among all: its time, epoch milliseconds, its partition and its offset.
pub type Place = (i64, i32, i64);

/// Keeps the newest, and what was made of them.
#[derive(Debug)]
pub struct Newest<T> {
    keep: usize,
    bytes_max: usize,
    kept: BTreeMap<Place, (T, usize)>,
    bytes: usize,
    is_cut: bool,
}

impl<T> Newest<T> {
    /// So many at most, of so many bytes together; one is kept whatever its size.
    pub fn new(keep: usize, bytes_max: usize) -> Self {
        Self {
            keep,
            bytes_max,
            kept: BTreeMap::new(),
            bytes: 0,
            is_cut: false,
        }
    }

    /// Whether a record is older than all that are kept, and there is no room.
    pub fn is_too_old(&self, at: Place) -> bool {
        let oldest = self.kept.first_key_value().map(|(oldest, _)| *oldest);
        self.kept.len() >= self.keep && oldest.is_none_or(|oldest| at < oldest)
    }

    /// Takes what was made of a record, and lets go of the oldest where there is no room.
    pub fn push(&mut self, at: Place, made: T, bytes: usize) {
        self.bytes += bytes;
        if let Some((_, replaced)) = self.kept.insert(at, (made, bytes)) {
            self.bytes -= replaced;
        }
        while self.kept.len() > self.keep || (self.bytes > self.bytes_max && self.kept.len() > 1) {
            self.is_cut |= self.kept.len() <= self.keep;
            if let Some((_, (_, bytes))) = self.kept.pop_first() {
                self.bytes -= bytes;
            }
        }
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether there were more, which together were too large.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Takes out what is kept, oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        self.bytes = 0;
        std::mem::take(&mut self.kept)
            .into_values()
            .map(|(made, _)| made)
    }
}
