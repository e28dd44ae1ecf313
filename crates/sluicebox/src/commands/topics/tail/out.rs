//! Lines on stdout, and how far the search is on a terminal beside it.

use std::io::{self, Write};
use std::ops::ControlFlow;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search::{Ended, Progress, Watch};

use super::line::Style;
use super::note::Note;
use crate::limits::TAIL_WRITE_BYTES;
use crate::output::grouped;
use crate::{logging, terminal};

/// Takes records and prints them; whoever reads them is waited for.
pub(super) struct Out<'a> {
    topic: &'a str,
    style: Style,
    lines: Vec<u8>,
    /// Lines in place of which the next ones come.
    block: Block,
    pub(super) note: Note,
    failed: Option<io::Error>,
}

impl<'a> Out<'a> {
    pub(super) fn new(topic: &'a str, style: Style, follow: bool) -> Self {
        Self {
            topic,
            style,
            lines: Vec::new(),
            block: Block::new(),
            note: Note::new(follow),
            failed: None,
        }
    }

    /// The end is reached: says so where nothing was found.
    pub(super) fn at_end(&mut self) {
        self.block.clear();
        self.note.none(0);
    }

    /// Prints lines that were made already.
    pub(super) fn print(&mut self, lines: &[u8]) -> ControlFlow<()> {
        self.note.is_over = true;
        self.lines.extend_from_slice(lines);
        self.flush()
    }

    /// What was there to be printed is printed, or cannot be.
    ///
    /// # Errors
    /// Stdout took no more.
    pub(super) fn end(mut self) -> io::Result<()> {
        let _ = self.flush();
        self.block.clear();
        self.failed.take().map_or(Ok(()), Err)
    }

    fn flush(&mut self) -> ControlFlow<()> {
        if self.failed.is_some() {
            return ControlFlow::Break(());
        }
        if self.lines.is_empty() {
            return ControlFlow::Continue(());
        }
        self.block.clear();
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&self.lines).and_then(|()| stdout.flush());
        self.lines.clear();
        self.stop_at(written)
    }

    fn stop_at(&mut self, done: io::Result<()>) -> ControlFlow<()> {
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Watch for Out<'_> {
    fn record(&mut self, record: RecordRef<'_>) -> ControlFlow<()> {
        self.note.is_over = true;
        self.style.write(self.topic, record, &mut self.lines);
        if self.lines.len() >= TAIL_WRITE_BYTES {
            self.flush()
        } else {
            ControlFlow::Continue(())
        }
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.flush()?;
        self.block.show(progress);
        if progress.remaining == 0 && matches!(progress.ended, None | Some(Ended::End)) {
            self.note.none(progress.scanned);
        }
        let is_taken = is_taken();
        self.stop_at(is_taken)
    }

    fn pause(&mut self) -> ControlFlow<()> {
        self.flush()
    }

    fn moved(&mut self, partition: i32, from: i64, to: i64) {
        said_moved(self.topic, partition, from, to);
    }
}

/// Says that reading goes on elsewhere.
pub(super) fn said_moved(topic: &str, partition: i32, from: i64, to: i64) {
    if from < to {
        tracing::warn!(
            topic,
            partition,
            "records from offset {from} on were removed before they were read (retention); going on at {to}"
        );
    } else {
        tracing::warn!(
            topic,
            partition,
            "the log has become shorter: there is no offset {from} any more; going on at {to}"
        );
    }
}

/// Whether somebody still reads stdout. Without records there is nothing to write, and a write is what
/// tells otherwise: `tail | head -3` would not end before the next record.
fn is_taken() -> io::Result<()> {
    let stdout = io::stdout();
    let mut stdout = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec::default();
    match poll(&mut stdout, Some(&now)) {
        Ok(_)
            if stdout[0]
                .revents()
                .intersects(PollFlags::ERR | PollFlags::HUP) =>
        {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        // A write will tell what is wrong.
        _ => Ok(()),
    }
}

/// How far the search is, on a terminal.
pub(super) struct Block {
    is_wanted: bool,
    is_shown: bool,
}

impl Block {
    pub(super) fn new() -> Self {
        let manner = logging::manner();
        Self {
            is_wanted: terminal::can_show() && !manner.quiet && !manner.json,
            is_shown: false,
        }
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        if progress.remaining == 0 || progress.ended.is_some() || progress.scanned == 0 {
            self.clear();
        } else if self.is_wanted {
            terminal::show(vec![looked(progress)]);
            self.is_shown = true;
        }
    }

    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            terminal::show(Vec::new());
        }
    }
}

/// Offsets are taken for records: there are fewer, by the markers of transactions.
fn looked(progress: &Progress) -> String {
    format!(
        "looked through {} of {} records, found {}",
        grouped(progress.scanned),
        grouped(progress.scanned + progress.remaining),
        grouped(progress.matched),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_stands_in_a_sentence() {
        let progress = Progress {
            scanned: 1_500,
            matched: 3,
            remaining: 8_500,
            ended: None,
        };
        assert_eq!(
            looked(&progress),
            "looked through 1,500 of 10,000 records, found 3"
        );
    }
}
