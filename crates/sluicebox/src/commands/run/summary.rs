//! The live summary: a block that is redrawn on a terminal, a plain line every few seconds elsewhere.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::logging::{Manner, manner, say};
use crate::output::grouped;

/// Time between two drawings on a terminal.
const REDRAW_MS: u64 = 250;
/// Time between two plain lines.
const LINE_EVERY_MS: u64 = 5_000;

/// What is shown: taken from the counters at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    /// Records acknowledged to datagen, of this run; `None` without datagen.
    pub(crate) generated: Option<u64>,
    /// Records into the processor, processed, and dead letters; `None` without a processor.
    pub(crate) processor: Option<[u64; 3]>,
    /// Name and rows of each file, as committed.
    pub(crate) files: Vec<(String, u64)>,
    /// Records between the end of the topics and what is in the files.
    pub(crate) lag: Option<u64>,
    /// From the source record's timestamp to its durable row, milliseconds: median and 99th percentile.
    pub(crate) latency_ms: Option<(u64, u64)>,
    /// Nothing new begins any more: what is under way is finished.
    pub(crate) draining: bool,
    /// What needs attention, if anything: disk full, waiting for the cluster.
    pub(crate) attention: Option<String>,
}

impl Snapshot {
    /// One line for pipes and logs.
    fn line(&self) -> String {
        let mut text = String::new();
        if let Some(generated) = self.generated {
            let _ = write!(text, "generated={generated} ");
        }
        if let Some([received, processed, dead]) = self.processor {
            let _ = write!(text, "in={received} processed={processed} dead={dead} ");
        }
        for (name, rows) in &self.files {
            let _ = write!(text, "{name}={rows} ");
        }
        if let Some(lag) = self.lag {
            let _ = write!(text, "lag={lag} ");
        }
        if let Some((median, p99)) = self.latency_ms {
            let _ = write!(text, "latency_p50={median}ms latency_p99={p99}ms ");
        }
        if self.draining {
            text.push_str("draining ");
        }
        if let Some(attention) = &self.attention {
            let _ = write!(text, "attention=\"{attention}\"");
        }
        text.trim_end().to_owned()
    }

    /// That it drains, and how much is left.
    fn ending(&self) -> Option<String> {
        let left = match self.lag {
            Some(0) | None => String::new(),
            Some(lag) => format!(", {} records to go", grouped(lag)),
        };
        self.draining
            .then(|| format!("  draining{left} (Ctrl-C again ends at once)"))
    }

    /// The block for a terminal; `rate` is records per second into the processor.
    fn block(&self, rate: f64) -> Vec<String> {
        let mut flow = String::from("  ");
        if let Some(generated) = self.generated {
            let _ = write!(flow, "generated {}", grouped(generated));
        }
        if let Some([received, processed, dead]) = self.processor {
            let arrow = if self.generated.is_some() { " -> " } else { "" };
            let _ = write!(
                flow,
                "{arrow}in {} ({}/s) -> processed {}, dead {}",
                grouped(received),
                grouped(rate as u64),
                grouped(processed),
                grouped(dead)
            );
        }
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(name, rows)| format!("{name} {}", grouped(*rows)))
            .collect();
        let mut state = format!("  lag {}", self.lag.map_or_else(|| "-".to_owned(), grouped));
        if let Some((median, p99)) = self.latency_ms {
            let _ = write!(state, ", end to end p50 {median} ms, p99 {p99} ms");
        }
        let rows = if files.is_empty() {
            String::new()
        } else {
            format!("  rows  {}", files.join(", "))
        };
        let mut lines = vec![flow, rows, state];
        let attention = self.attention.as_ref().map(|what| format!("  ! {what}"));
        lines.push(attention.or_else(|| self.ending()).unwrap_or_default());
        lines
    }
}

/// The block on the terminal, for logs to step around.
static DRAWN: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Runs `write` with the live block out of the way.
pub(crate) fn step_aside(write: impl FnOnce()) {
    let drawn = DRAWN.lock().map(|drawn| drawn.clone()).unwrap_or_default();
    match drawn {
        Some(block) => block.suspend(write),
        None => write(),
    }
}

/// Shows snapshots until it is finished.
pub(crate) struct Summary {
    bars: Vec<ProgressBar>,
    last_line: Instant,
    last: Option<(Instant, u64, f64)>,
}

impl Summary {
    /// Starts on stderr: a block on a terminal, lines elsewhere.
    pub(crate) fn start() -> Self {
        let mut bars = Vec::new();
        let Manner { json, quiet } = manner();
        if std::io::stderr().is_terminal() && !json && !quiet {
            let block = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(8));
            let style = ProgressStyle::with_template("{wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            bars.extend(
                (0..4).map(|_| block.add(ProgressBar::no_length().with_style(style.clone()))),
            );
            if let Ok(mut drawn) = DRAWN.lock() {
                *drawn = Some(block);
            }
        }
        Self {
            bars,
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
        if self.bars.is_empty() {
            if now.duration_since(self.last_line) >= Duration::from_millis(LINE_EVERY_MS) {
                self.last_line = now;
                say(&snapshot.line());
            }
            return;
        }
        let rate = self.rate(now, snapshot.processor.map_or(0, |[received, ..]| received));
        for (bar, line) in self.bars.iter().zip(snapshot.block(rate)) {
            bar.set_message(line);
            bar.tick();
        }
    }

    /// A rate over about a second, so that the number does not dance.
    fn rate(&mut self, now: Instant, received: u64) -> f64 {
        match self.last {
            Some((then, before, rate)) => {
                let seconds = now.duration_since(then).as_secs_f64();
                if seconds < 1.0 {
                    return rate;
                }
                let rate = received.saturating_sub(before) as f64 / seconds;
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
        if self.bars.is_empty() {
            say(&snapshot.line());
            return;
        }
        for bar in &self.bars {
            bar.finish_and_clear();
        }
        if let Ok(mut drawn) = DRAWN.lock() {
            *drawn = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_everything_as_key_and_value() {
        let snapshot = Snapshot {
            generated: Some(12),
            processor: Some([10, 9, 1]),
            files: vec![("a.csv".to_owned(), 9), ("dead_letters.csv".to_owned(), 1)],
            lag: Some(2),
            latency_ms: Some((80, 160)),
            draining: true,
            attention: None,
        };
        assert_eq!(
            snapshot.line(),
            "generated=12 in=10 processed=9 dead=1 a.csv=9 dead_letters.csv=1 lag=2 \
             latency_p50=80ms latency_p99=160ms draining"
        );
    }
}
