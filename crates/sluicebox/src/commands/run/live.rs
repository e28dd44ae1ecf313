//! Shows the counters while something runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sluicebox_pipeline::datagen::Progress;
use sluicebox_pipeline::metrics::Metrics;
use sluicebox_pipeline::state::{TaskState, TaskStatus};
use sluicebox_pipeline::stop::{StopLevel, StopSignal};

use super::snapshot::Snapshot;
use super::summary::Summary;
use crate::commands::running;

/// Which parts run in this process, and so what is worth showing.
#[derive(Clone, Default)]
pub(crate) struct Shown {
    pub(crate) datagen: Option<Arc<Progress>>,
    pub(crate) processor: bool,
    pub(crate) sink: bool,
    /// Where other commands find out what the parts do.
    pub(crate) state_dir: PathBuf,
    /// When one of them is raised, the rest is worked off and nothing new begins.
    pub(crate) ending: Vec<StopSignal>,
}

/// Runs `work` on this thread and shows the counters on another one meanwhile.
pub(crate) fn while_running<R>(metrics: &Metrics, shown: &Shown, work: impl FnOnce() -> R) -> R {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let display = scope.spawn(|| {
            let mut summary = Summary::start();
            let mut told = running::Told::new(&shown.state_dir);
            while !done.load(Ordering::Relaxed) {
                std::thread::park_timeout(Summary::pause());
                told.tell(&statuses(metrics, shown));
                summary.show(&snapshot(metrics, shown));
            }
            summary.finish(&snapshot(metrics, shown));
        });
        // Also when `work` panics: the display must end, or the scope never does.
        let _end = Finally(|| {
            done.store(true, Ordering::Relaxed);
            display.thread().unpark();
        });
        work()
    })
}

struct Finally<F: FnMut()>(F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The counters at this moment.
fn snapshot(metrics: &Metrics, shown: &Shown) -> Snapshot {
    let states = statuses(metrics, shown);
    Snapshot {
        generated: shown
            .datagen
            .as_ref()
            .map(|progress| progress.acknowledged()),
        processor: shown.processor.then(|| {
            [
                metrics.read_total(),
                metrics.processed_total(),
                metrics.dead_total(),
            ]
        }),
        files: if shown.sink {
            metrics
                .files
                .iter()
                .map(|file| (file.name.clone(), file.rows.get()))
                .collect()
        } else {
            Vec::new()
        },
        lag: (shown.processor || shown.sink).then(|| lag(metrics, shown)),
        latency_ms: shown.sink.then(|| latency(metrics)).flatten(),
        draining: shown
            .ending
            .iter()
            .any(|stop| stop.level() > StopLevel::Run),
        attention: states
            .into_iter()
            .find(|(_, status)| needs_attention(status.state))
            .map(|(part, status)| format!("{part}: {status}")),
    }
}

/// What the parts of this process do.
fn statuses(metrics: &Metrics, shown: &Shown) -> Vec<(&'static str, TaskStatus)> {
    let mut found = Vec::new();
    if shown.processor {
        let instances = metrics.process_statuses().into_iter();
        found.extend(instances.map(|status| ("processor", status)));
    }
    if shown.sink {
        found.push(("sink", metrics.sink_status()));
    }
    found
}

fn lag(metrics: &Metrics, shown: &Shown) -> u64 {
    let parts = [
        (shown.processor, &metrics.process_lag),
        (shown.sink, &metrics.sink_lag),
    ];
    // The ends of the topics are known from the last fetches, which lag behind as well; what
    // datagen has made and what is in the files is known for sure.
    let made = shown.datagen.as_ref().filter(|_| shown.sink);
    let ahead = made.map_or(0, |made| {
        made.acknowledged().saturating_sub(metrics.rows_total())
    });
    let total: i64 = parts
        .iter()
        .filter(|(runs, _)| *runs)
        .map(|(_, lags)| lags.total())
        .sum();
    ahead.max(u64::try_from(total).unwrap_or(0))
}

fn latency(metrics: &Metrics) -> Option<(u64, u64)> {
    let counted = metrics.end_to_end.snapshot();
    let ms = |quantile| {
        counted
            .quantile(quantile)
            .map(|time| time.as_millis() as u64)
    };
    Some((ms(0.5)?, ms(0.99)?))
}

fn needs_attention(state: TaskState) -> bool {
    matches!(
        state,
        TaskState::Standby | TaskState::WaitingForCluster | TaskState::DiskFull | TaskState::Failed
    )
}
