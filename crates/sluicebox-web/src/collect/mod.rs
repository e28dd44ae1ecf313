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
use sluicebox_kafka::KafkaError;
use sluicebox_pipeline::no_answer::NoAnswer;
use sluicebox_sink::ManifestState;

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
    /// That the cluster does not answer, since the first question that failed.
    no_answer: Option<NoAnswer>,
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
            no_answer: None,
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
        let asked = Timestamp::now();
        let ends = match self.ask(manifest.as_ref(), &mut flow) {
            Ok(ends) => {
                self.no_answer = None;
                ends
            }
            Err(error) => {
                self.is_not_answered(&error, asked, &mut flow);
                Ends::default()
            }
        };
        let config = &self.app.config;
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

    fn ask(
        &mut self,
        manifest: Option<&ManifestState>,
        flow: &mut Flow,
    ) -> Result<Ends, KafkaError> {
        let config = &self.app.config;
        let slow = self.slow.is_due(Instant::now());
        let admin = self.app.collector.admin(&config.client)?;
        self.known.ask(&admin, config, slow, manifest, flow)
    }

    fn is_not_answered(&mut self, error: &KafkaError, asked: Timestamp, flow: &mut Flow) {
        let config = &self.app.config;
        self.known.describe_old(config, flow);
        let no_answer = NoAnswer::new(error, asked, self.no_answer.take());
        let sentence = no_answer.sentence(&config.client.bootstrap_servers);
        self.no_answer = Some(no_answer);
        flow.cluster.error = Some(error.to_string());
        flow.cluster.no_answer = Some(sentence);
        flow.cluster.way_out = error.way_out();
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
