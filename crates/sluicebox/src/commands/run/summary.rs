//! The live summary: a block that is redrawn on a terminal, a plain line every few seconds elsewhere.

use std::time::{Duration, Instant};

use super::snapshot::Snapshot;
use crate::logging::{Manner, manner, say};
use crate::terminal;

/// Time between two drawings on a terminal.
const REDRAW_MS: u64 = 250;
/// Time between two plain lines.
const LINE_EVERY_MS: u64 = 5_000;

/// How much the last second counts in the rate that is shown: records come in transactions, and
/// a second may see none or two of them.
const RATE_WEIGHT: f64 = 0.4;

/// Shows snapshots until it is finished.
pub(crate) struct Summary {
    on_terminal: bool,
    last_line: Instant,
    last: Option<(Instant, u64, f64)>,
}

impl Summary {
    /// Starts on stderr: a block on a terminal, plain lines elsewhere.
    pub(crate) fn start() -> Self {
        let Manner { json, quiet } = manner();
        Self {
            on_terminal: terminal::can_show() && !json && !quiet,
            last_line: Instant::now(),
            last: None,
        }
    }

    /// How long to wait between two calls of [`Self::show`].
    pub(crate) fn pause() -> Duration {
        Duration::from_millis(REDRAW_MS)
    }

    /// Shows the snapshot where it is time.
    pub(crate) fn show(&mut self, snapshot: &Snapshot) {
        let now = Instant::now();
        let rate = self.rate(now, snapshot.processor.map_or(0, |[received, ..]| received));
        if self.on_terminal {
            terminal::show(snapshot.block(rate));
        } else if now.duration_since(self.last_line) >= Duration::from_millis(LINE_EVERY_MS) {
            self.last_line = now;
            say(&snapshot.line());
        }
    }

    /// A rate over some seconds, so that the number does not dance.
    fn rate(&mut self, now: Instant, received: u64) -> f64 {
        match self.last {
            Some((then, before, rate)) => {
                let seconds = now.duration_since(then).as_secs_f64();
                if seconds < 1.0 {
                    return rate;
                }
                let latest = received.saturating_sub(before) as f64 / seconds;
                let rate = rate + (latest - rate) * RATE_WEIGHT;
                self.last = Some((now, received, rate));
                rate
            }
            None => {
                self.last = Some((now, received, 0.0));
                0.0
            }
        }
    }

    /// Takes the block away; a last plain line elsewhere.
    pub(crate) fn finish(self, snapshot: &Snapshot) {
        if self.on_terminal {
            terminal::show(Vec::new());
        } else {
            say(&snapshot.line());
        }
    }
}
