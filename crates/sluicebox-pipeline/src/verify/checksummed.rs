//! A file while it is read: its checksum, and how far it is.

use std::io::{self, Read};

use super::config::Progress;

/// Counts and sums up what is read through it.
pub(super) struct Checksummed<'a, R> {
    input: R,
    crc: u32,
    progress: &'a Progress,
}

impl<'a, R> Checksummed<'a, R> {
    pub(super) fn new(input: R, progress: &'a Progress) -> Self {
        Self {
            input,
            crc: 0,
            progress,
        }
    }

    /// CRC-32C of what was read so far.
    pub(super) fn crc(&self) -> u32 {
        self.crc
    }
}

impl<R: Read> Read for Checksummed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.crc = crc32c::crc32c_append(self.crc, &buffer[..read]);
        self.progress.add(read as u64);
        Ok(read)
    }
}
