//! Walking through the frames of a segment, each checked as a whole.

use std::io;
use std::ops::ControlFlow;

use super::batch::BatchHeader;
use super::format::{FRAME_HEADER_BYTES, FrameHeader};
use crate::limits::SCAN_CHUNK_BYTES;
use crate::storage::StorageFile;

/// A whole frame.
pub(super) struct Frame<'a> {
    pub(super) position: u64,
    pub(super) size: usize,
    pub(super) synced: i64,
    pub(super) header: BatchHeader,
    pub(super) batch: &'a [u8],
}

/// Where a scan stopped.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At the end of the range, or where the visitor had enough.
    Clean(u64),
    /// At bytes that are no whole frame.
    Damaged { position: u64, what: String },
}

/// Reads a file in large pieces.
pub(super) struct Window<'a> {
    file: &'a dyn StorageFile,
    buffer: Vec<u8>,
    start: u64,
    filled: usize,
}

impl<'a> Window<'a> {
    pub(super) fn new(file: &'a dyn StorageFile) -> Self {
        Self {
            file,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
        }
    }

    /// The bytes at `position` of a file that is `file_end` bytes long; `None` when they are not
    /// all there.
    fn get(&mut self, position: u64, length: usize, file_end: u64) -> io::Result<Option<&[u8]>> {
        let end = position + length as u64;
        if position < self.start || end > self.start + self.filled as u64 {
            let rest = usize::try_from(file_end.saturating_sub(position)).unwrap_or(usize::MAX);
            let wanted = length.max(rest.min(SCAN_CHUNK_BYTES));
            if self.buffer.len() < wanted {
                self.buffer = vec![0; wanted];
            }
            self.start = position;
            self.filled = self.file.read_at(position, &mut self.buffer)?;
        }
        let from = (position - self.start) as usize;
        Ok((from + length <= self.filled).then(|| &self.buffer[from..from + length]))
    }

    /// The frame at `position` of a file that is `end` bytes long; the inner error says what is
    /// wrong with it.
    pub(super) fn frame(
        &mut self,
        position: u64,
        end: u64,
    ) -> io::Result<Result<Frame<'_>, &'static str>> {
        const SHORT: &str = "the frame goes on past the end of the file";
        let mut head = [0; FRAME_HEADER_BYTES];
        match self.get(position, FRAME_HEADER_BYTES, end)? {
            Some(bytes) => head.copy_from_slice(bytes),
            None => return Ok(Err(SHORT)),
        }
        let frame = match FrameHeader::read(&head) {
            Ok(frame) => frame,
            Err(what) => return Ok(Err(what)),
        };
        let size = frame.frame_size();
        if position + size as u64 > end {
            return Ok(Err(SHORT));
        }
        let Some(bytes) = self.get(position, size, end)? else {
            return Ok(Err(SHORT));
        };
        let batch = &bytes[FRAME_HEADER_BYTES..];
        if !frame.covers(&head, batch) {
            return Ok(Err("the checksum does not match"));
        }
        match BatchHeader::read(batch) {
            Some(header) if header.size == batch.len() => Ok(Ok(Frame {
                position,
                size,
                synced: frame.synced,
                header,
                batch,
            })),
            _ => Ok(Err("the frame holds no record batch")),
        }
    }
}

/// Visits every frame in `from..end`; the visitor may stop, or find fault.
pub(super) fn scan(
    file: &dyn StorageFile,
    from: u64,
    end: u64,
    mut visit: impl FnMut(&Frame<'_>) -> Result<ControlFlow<()>, String>,
) -> io::Result<End> {
    let mut window = Window::new(file);
    let mut position = from;
    while position < end {
        let frame = match window.frame(position, end)? {
            Ok(frame) => frame,
            Err(what) => {
                return Ok(End::Damaged {
                    position,
                    what: what.to_owned(),
                });
            }
        };
        match visit(&frame) {
            Ok(ControlFlow::Continue(())) => position += frame.size as u64,
            Ok(ControlFlow::Break(())) => break,
            Err(what) => return Ok(End::Damaged { position, what }),
        }
    }
    Ok(End::Clean(position))
}

/// The highest `synced` of any whole frame that begins after `position`: how far records had been
/// acknowledged. Looks at every byte, since damage hides where frames begin.
pub(super) fn highest_synced_after(
    file: &dyn StorageFile,
    position: u64,
    end: u64,
) -> io::Result<Option<i64>> {
    let mut window = Window::new(file);
    let mut at = position + 1;
    let mut highest = None;
    while at + (FRAME_HEADER_BYTES as u64) < end {
        if let Ok(frame) = window.frame(at, end)? {
            highest = highest.max(Some(frame.synced));
            at += frame.size as u64;
        } else {
            at += 1;
        }
    }
    Ok(highest)
}
