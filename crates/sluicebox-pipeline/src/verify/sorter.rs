//! Sorting more than fits in memory: sorted runs in a temporary file, merged.
//!
//! The file has no name (it is removed as soon as it is open), so nothing is left behind however the
//! process ends.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::limits::VERIFY_MERGE_READ_BYTES;

/// What can be spilled: a fixed number of bytes.
pub(super) trait Spilled: Copy + Ord {
    /// How many bytes one takes.
    const BYTES: usize;
    /// Appends it.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads it back from exactly `BYTES` bytes.
    fn get(bytes: &[u8]) -> Self;
}

/// Takes items in any order.
pub(super) struct Sorter<T> {
    directory: PathBuf,
    items_max: usize,
    items: Vec<T>,
    spill: Option<File>,
    /// Number of items of each run in the file.
    runs: Vec<usize>,
}

impl<T: Spilled> Sorter<T> {
    /// Holds at most `items_max` in memory; the temporary file is made in `directory`, if one is
    /// needed.
    pub(super) fn new(directory: &Path, items_max: usize) -> Self {
        Self {
            directory: directory.to_owned(),
            items_max,
            items: Vec::new(),
            spill: None,
            runs: Vec::new(),
        }
    }

    /// Adds an item.
    pub(super) fn push(&mut self, item: T) -> io::Result<()> {
        if self.items.len() == self.items_max {
            self.spill()?;
        }
        self.items.push(item);
        Ok(())
    }

    /// All items, in order.
    pub(super) fn finish(mut self) -> io::Result<Sorted<T>> {
        if self.spill.is_some() && !self.items.is_empty() {
            self.spill()?;
        }
        self.items.sort_unstable();
        let mut sorted = Sorted {
            items: self.items.into_iter(),
            spill: self.spill,
            runs: Vec::with_capacity(self.runs.len()),
            heap: BinaryHeap::new(),
            next: None,
        };
        let mut start = 0;
        for (index, count) in self.runs.iter().enumerate() {
            let mut run = Run {
                at: start,
                left: *count,
                items: Vec::new().into_iter(),
            };
            start += (count * T::BYTES) as u64;
            if let Some(first) = run.next(sorted.spill.as_mut())? {
                sorted.heap.push(Reverse((first, index)));
            }
            sorted.runs.push(run);
        }
        sorted.next = sorted.take()?;
        Ok(sorted)
    }

    fn spill(&mut self) -> io::Result<()> {
        self.items.sort_unstable();
        let file = match &mut self.spill {
            Some(file) => file,
            None => self.spill.insert(tempfile::tempfile_in(&self.directory)?),
        };
        let mut bytes = Vec::with_capacity(VERIFY_MERGE_READ_BYTES + T::BYTES);
        for item in &self.items {
            item.put(&mut bytes);
            if bytes.len() >= VERIFY_MERGE_READ_BYTES {
                file.write_all(&bytes)?;
                bytes.clear();
            }
        }
        file.write_all(&bytes)?;
        self.runs.push(self.items.len());
        self.items.clear();
        Ok(())
    }
}

/// Sorted items, read one after the other.
pub(super) struct Sorted<T> {
    /// All of them, where none were spilled.
    items: std::vec::IntoIter<T>,
    spill: Option<File>,
    runs: Vec<Run<T>>,
    heap: BinaryHeap<Reverse<(T, usize)>>,
    next: Option<T>,
}

impl<T: Spilled> Sorted<T> {
    /// The next item, which stays.
    pub(super) fn peek(&self) -> Option<&T> {
        self.next.as_ref()
    }

    /// The next item.
    pub(super) fn next(&mut self) -> io::Result<Option<T>> {
        let after = self.take()?;
        Ok(std::mem::replace(&mut self.next, after))
    }

    fn take(&mut self) -> io::Result<Option<T>> {
        let Some(Reverse((item, index))) = self.heap.pop() else {
            return Ok(self.items.next());
        };
        if let Some(after) = self.runs[index].next(self.spill.as_mut())? {
            self.heap.push(Reverse((after, index)));
        }
        Ok(Some(item))
    }
}

/// One sorted run of the temporary file.
struct Run<T> {
    /// Where its unread part begins.
    at: u64,
    /// Items in that part.
    left: usize,
    items: std::vec::IntoIter<T>,
}

impl<T: Spilled> Run<T> {
    fn next(&mut self, file: Option<&mut File>) -> io::Result<Option<T>> {
        if let Some(item) = self.items.next() {
            return Ok(Some(item));
        }
        let count = self.left.min((VERIFY_MERGE_READ_BYTES / T::BYTES).max(1));
        let Some(file) = file.filter(|_| count > 0) else {
            return Ok(None);
        };
        let mut bytes = vec![0; count * T::BYTES];
        file.seek(SeekFrom::Start(self.at))?;
        file.read_exact(&mut bytes)?;
        self.at += bytes.len() as u64;
        self.left -= count;
        let items: Vec<T> = bytes.chunks_exact(T::BYTES).map(T::get).collect();
        self.items = items.into_iter();
        Ok(self.items.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::entry::Entry;

    fn entry(number: u64) -> Entry {
        Entry {
            topic: (number % 3) as u16,
            partition: (number % 7) as i32,
            offset: (number * 31 % 1_000) as i64,
            file: 1,
            position: number << 33,
            at_ms: -5,
            hash: u64::MAX - number,
        }
    }

    #[test]
    fn spilled_items_come_back_in_order_and_whole() {
        for count in [0, 1, 99, 100, 101, 5_000] {
            let dir = tempfile::tempdir().unwrap();
            let mut sorter = Sorter::new(dir.path(), 100);
            let mut expected: Vec<_> = (0..count).map(entry).collect();
            for item in &expected {
                sorter.push(*item).unwrap();
            }
            expected.sort_unstable();
            let mut merged = sorter.finish().unwrap();
            let mut found = Vec::new();
            while let Some(item) = merged.next().unwrap() {
                found.push(item);
            }
            assert_eq!(found, expected, "{count}");
            assert!(merged.peek().is_none());
            let left = std::fs::read_dir(dir.path()).unwrap().count();
            assert_eq!(left, 0, "the temporary file has no name");
        }
    }
}
