//! Logs on stderr: text for people, JSON for machines; one line per state change.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Metadata;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::writer::OptionalWriter;

use crate::settings::config::Log;

/// Levels from quiet to loud.
const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// How people or machines want to be spoken to; set once, when logging starts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// Everything on stderr is JSON.
    pub(crate) json: bool,
    /// No progress, only what is wrong.
    pub(crate) quiet: bool,
}

/// The target of what the client library says.
const CLIENTS: &str = "librdkafka";
static CLIENTS_ARE_MUTED: AtomicBool = AtomicBool::new(false);

static MANNER: OnceLock<Manner> = OnceLock::new();

/// See [`Manner`].
pub(crate) fn manner() -> Manner {
    MANNER.get().copied().unwrap_or_default()
}

/// From now on nothing is told of what Kafka clients say: the broker of this process ends, and those of
/// them that are still closing call that a loss.
pub(crate) fn mute_clients() {
    CLIENTS_ARE_MUTED.store(true, Ordering::Relaxed);
}

/// Says something about the progress on stderr: a plain line, or an event of the JSON log.
pub(crate) fn say(line: &str) {
    match manner() {
        Manner { json: true, .. } => tracing::info!("{line}"),
        Manner { quiet: true, .. } => {}
        Manner { .. } => drop(Line(format!("{line}\n").into_bytes())),
    }
}

/// Starts logging; `steps` is the number of `-v` less the number of `-q`. `RUST_LOG` wins.
/// `muted` is a directive for parts that need not be heard, unless more is asked for with `-v`.
pub(crate) fn start(log: &Log, steps: i32, muted: &str) {
    // A second start (tests in one process) keeps the first manner.
    let _ = MANNER.set(Manner {
        json: log.json,
        quiet: steps < 0,
    });
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        let muted = if steps > 0 { "" } else { muted };
        EnvFilter::new(format!("{},{muted}", level(&log.level, steps)))
    });
    let on_terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(AroundSummary)
        .with_ansi(on_terminal && std::env::var_os("NO_COLOR").is_none());
    // A second start (tests in one process) keeps the first subscriber.
    let _ = match log.json {
        true => builder.json().try_init(),
        false => builder
            .with_target(false)
            .with_timer(Clock { on_terminal })
            .compact()
            .try_init(),
    };
}

fn level(base: &str, steps: i32) -> &'static str {
    let index = LEVELS.iter().position(|level| *level == base).unwrap_or(2) as i32 + steps;
    LEVELS[index.clamp(0, LEVELS.len() as i32 - 1) as usize]
}

/// The time of a line, UTC: on a terminal without the date, which leaves room for the line.
struct Clock {
    on_terminal: bool,
}

impl FormatTime for Clock {
    fn format_time(&self, out: &mut Writer<'_>) -> std::fmt::Result {
        let format = if self.on_terminal {
            "%H:%M:%S"
        } else {
            "%Y-%m-%dT%H:%M:%S%.3fZ"
        };
        write!(out, "{}", jiff::Timestamp::now().strftime(format))
    }
}

/// Writes each line whole, and lets the live summary step aside for it.
#[derive(Clone, Copy)]
struct AroundSummary;

impl<'a> MakeWriter<'a> for AroundSummary {
    type Writer = OptionalWriter<Line>;

    fn make_writer(&'a self) -> OptionalWriter<Line> {
        OptionalWriter::some(Line(Vec::new()))
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> OptionalWriter<Line> {
        if about.target() == CLIENTS && CLIENTS_ARE_MUTED.load(Ordering::Relaxed) {
            return OptionalWriter::none();
        }
        self.make_writer()
    }
}

struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        crate::terminal::step_aside(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_and_verbose_move_the_level_within_its_bounds() {
        assert_eq!(level("info", 0), "info");
        assert_eq!(level("info", 1), "debug");
        assert_eq!(level("info", 9), "trace");
        assert_eq!(level("info", -1), "warn");
        assert_eq!(level("info", -9), "error");
    }
}
