//! Shows how far a verification is: a bar on a terminal, a plain line now and then elsewhere.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sluicebox_pipeline::verify::{Phase, Progress};

use crate::logging::{Manner, manner, say};
use crate::output::grouped;
use crate::terminal;

/// Time between two drawings on a terminal.
const REDRAW: Duration = Duration::from_millis(250);
/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Cells of the bar.
const BAR_CELLS: u64 = 30;

/// Runs `work` on this thread and shows its progress meanwhile.
pub(crate) fn while_verifying<R>(work: impl FnOnce(&Progress) -> R) -> R {
    let (progress, done) = (Progress::default(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let display = scope.spawn(|| {
            let Manner { json, quiet } = manner();
            let on_terminal = terminal::can_show() && !json && !quiet;
            let mut last_line = Instant::now();
            while !done.load(Ordering::Relaxed) {
                std::thread::park_timeout(REDRAW);
                if on_terminal {
                    terminal::show(vec![bar(progress.now())]);
                } else if last_line.elapsed() >= LINE_EVERY {
                    last_line = Instant::now();
                    say(&line(progress.now()));
                }
            }
            if on_terminal {
                terminal::show(Vec::new());
            }
        });
        let _end = Finally(|| {
            done.store(true, Ordering::Relaxed);
            display.thread().unpark();
        });
        work(&progress)
    })
}

/// Also when the work panics: the display must end, or the scope never does.
struct Finally<F: FnMut()>(F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn line((phase, done, total): (Phase, u64, u64)) -> String {
    match phase {
        Phase::Cut => "verify: asking the cluster where everything stands".to_owned(),
        Phase::Files => format!(
            "verify: reading the files, {} of {} MB",
            grouped(done / 1_000_000),
            grouped(total / 1_000_000)
        ),
        Phase::InFlight => format!(
            "verify: reading what is on its way to the files, {} of {} records",
            grouped(done),
            grouped(total)
        ),
        Phase::Sources => format!(
            "verify: comparing with the source topics, {} of {} records",
            grouped(done),
            grouped(total)
        ),
    }
}

fn bar(now: (Phase, u64, u64)) -> String {
    let (_, done, total) = now;
    if total == 0 {
        return line(now);
    }
    let full = (done.min(total) * BAR_CELLS / total) as usize;
    let (full, rest) = ("#".repeat(full), ".".repeat(BAR_CELLS as usize - full));
    format!("[{full}{rest}] {}", line(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_up() {
        let at = |done| bar((Phase::Sources, done, 3_000));
        assert!(at(0).starts_with("[......"), "{}", at(0));
        assert!(at(1_500).starts_with(&format!("[{}.", "#".repeat(15))));
        assert!(at(4_000).starts_with(&format!("[{}]", "#".repeat(30))));
        assert!(at(1_500).ends_with("1,500 of 3,000 records"));
    }
}
