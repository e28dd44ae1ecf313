//! Takes snapshots: one thread, for all who look.

mod account;
mod belongs;
mod cluster;
mod history;
mod local;
mod markers;
mod rates;
mod watched;

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

pub(crate) use history::Point;
pub(crate) use watched::Watched;

use crate::app::App;
use crate::attention;
use crate::flow::Flow;
use crate::limits;
use account::Balance;
use cluster::Known;
use markers::Ends;
use rates::Rates;
use watched::Publish;

/// The thread that takes snapshots.
pub(crate) struct Collector {
    app: Arc<App>,
    publish: Publish,
    slow: Slow,
    known: Known,
    rates: Rates,
    latency: local::RecentLatency,
    balance: Balance,
}

/// When what changes rarely was asked for. By the clock, not by snapshots: these are seldom while
/// nobody looks, and a scrape wants to know of members that are gone.
#[derive(Default)]
struct Slow {
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Slow {
    /// At a start nothing is rare: topics appear, members join, and somebody wants to see it.
    fn is_due(&mut self, now: Instant) -> bool {
        let is_start =
            now.duration_since(*self.first.get_or_insert(now)) < limits::COLLECT_STARTS_FOR;
        let is_late = self
            .last
            .is_none_or(|last| now.duration_since(last) >= limits::COLLECT_SLOW_INTERVAL);
        if is_start || is_late {
            self.last = Some(now);
        }
        is_start || is_late
    }
}

impl Collector {
    pub(crate) fn new(app: Arc<App>, publish: Publish) -> Self {
        Self {
            app,
            publish,
            slow: Slow::default(),
            known: Known::default(),
            rates: Rates::default(),
            latency: local::RecentLatency::default(),
            balance: Balance::default(),
        }
    }

    /// Takes snapshots until the server ends: often while somebody looks, seldom while nobody does.
    pub(crate) fn run(mut self) {
        self.app.collector.is_run_here();
        while !self.app.is_stopped() {
            let flow = self.take();
            self.publish.publish(flow);
            self.app.collector.pause(|| self.app.is_stopped());
        }
    }

    fn take(&mut self) -> Flow {
        let config = &self.app.config;
        let mut flow = Flow {
            at_ms: Timestamp::now().as_millisecond(),
            ..Flow::default()
        };
        flow.processor.group.clone_from(&config.groups.processor);
        flow.sink.group.clone_from(&config.groups.sink);
        // Rows first, then what was committed, then the ends: each is at most the next.
        let manifest = local::files(config, &mut flow);
        let slow = self.slow.is_due(Instant::now());
        let asked = match self.app.admin() {
            Ok(admin) => {
                let manifest = manifest.as_ref();
                self.known.ask(&admin, config, slow, manifest, &mut flow)
            }
            Err(error) => Err(error),
        };
        let ends = asked.unwrap_or_else(|error| {
            self.known.describe_old(config, &mut flow);
            flow.cluster.error = Some(error.to_string());
            Ends::default()
        });
        if let Some(state) = manifest.as_ref().filter(|_| flow.cluster.error.is_none()) {
            flow.files_mismatch = self.known.mismatch(config, state);
        }
        flow.cluster
            .bootstrap_servers
            .clone_from(&config.client.bootstrap_servers);
        local::parts(config, &mut flow);
        flow.latency = self.latency.of(config);
        self.rates.fill(&mut flow);
        let strange = manifest
            .map(|state| belongs::unknown_topics(&config.plans, &state))
            .unwrap_or_default();
        flow.accounting = self.balance.of(&flow, &strange, ends);
        flow.attention = attention::of(&flow);
        flow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_rarely_is_asked_at_each_of_the_seldom_snapshots() {
        let (mut slow, began) = (Slow::default(), Instant::now());
        let (often, seldom) = (limits::COLLECT_INTERVAL, limits::COLLECT_IDLE_INTERVAL);
        assert!(slow.is_due(began) && slow.is_due(began + often), "a start");
        let later = began + limits::COLLECT_STARTS_FOR;
        assert!(slow.is_due(later), "long after the last time");
        assert!(!slow.is_due(later + often), "while somebody looks");
        assert!(slow.is_due(later + seldom) && slow.is_due(later + 2 * seldom));
    }
}
