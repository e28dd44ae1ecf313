//! `run`: embedded broker, datagen, processor, sink and dashboard in one process.

mod account;
pub(crate) mod generate;
mod lifecycle;
pub(crate) mod live;
mod parts;
pub(crate) mod report;
mod snapshot;
pub(crate) mod summary;

use std::sync::{Arc, mpsc};

use clap::ArgMatches;
use miette::IntoDiagnostic;
use sluicebox_broker::Broker;
use sluicebox_event::Plans;
use sluicebox_kafka::ClientOptions;
use sluicebox_pipeline::metrics::Metrics;
use sluicebox_pipeline::stop::StopLevel;
use sluicebox_web::{Pipeline, Web};

use self::account::Baseline;
use self::lifecycle::{Ended, Lifecycle};
use self::live::Shown;
use self::parts::{Happening, Stops};
use super::access::{self, Part};
use super::dashboard::Door;
use super::{Started, cluster, embedded, plans, tasks};
use crate::exit::{Failure, Outcome};
use crate::logging;
use crate::output::{absolute, print};
use crate::settings::config::Config;
use crate::signals;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start_muting(matches, "sluicebox_broker=warn")?;
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let stops = Stops::default();
    let (say, happenings) = mpsc::channel();
    let (interrupted, asked) = (say.clone(), stops.asked.clone());
    let on_signal = move || {
        asked.raise(StopLevel::Drain);
        // A send fails only when the run has ended already.
        drop(interrupted.send(Happening::Interrupted));
    };
    signals::listen(on_signal).into_diagnostic()?;

    logging::say(&format!(
        "files go to {}; Ctrl-C stops, drains and accounts for all",
        absolute(&config.output.dir)
    ));
    let door = config
        .run
        .dashboard
        .then(|| Door::open(&config.dashboard))
        .transpose()?;
    let broker = own_broker(&config)?;
    let servers = match &broker {
        Some(broker) => broker.address().to_string(),
        None => cluster::bootstrap_servers(&config),
    };
    let run = Run {
        config,
        plans,
        servers,
        stops,
    };
    let (ended, metrics, baseline) = run.live(broker.as_ref(), door, say, happenings)?;
    if let Some(broker) = broker {
        // The dashboard and the parts have ended, but clients close in the background.
        logging::mute_clients();
        broker.stop(embedded::STOP_WAIT);
    }
    run.finish(ended, &metrics, &baseline)
}

/// The embedded broker, unless a cluster was named. Its default port moves when it is taken.
fn own_broker(config: &Config) -> Result<Option<Broker>, Failure> {
    if config.cluster.bootstrap_servers.is_some() {
        return Ok(None);
    }
    let may_move = !config.broker.listen_is_explicit;
    let broker = embedded::start(&config.broker, may_move)?;
    if may_move && broker.address().to_string() != config.broker.listen {
        tracing::warn!(
            wanted = %config.broker.listen,
            taken = %broker.address(),
            "the broker's default port is in use: it listens on another one"
        );
    }
    Ok(Some(broker))
}

struct Run {
    config: Config,
    plans: Arc<Plans>,
    servers: String,
    stops: Stops,
}

impl Run {
    /// Starts the parts and follows them to their end, showing the counters meanwhile.
    fn live(
        &self,
        broker: Option<&Broker>,
        door: Option<Door>,
        say: mpsc::Sender<Happening>,
        happenings: mpsc::Receiver<Happening>,
    ) -> Result<(Ended, Arc<Metrics>, Baseline), Failure> {
        let config = &self.config;
        let first = cluster::client_options(config, &self.servers, "run")?;
        let admin = cluster::stay(config, &first, &self.stops.asked)?;
        access::check(config, &admin, &self.plans, Part::Run)?;
        let topics =
            cluster::ensure_topics(config, &admin, &self.plans, Part::Run, &self.stops.asked)?;
        drop(admin);
        let options = |who: &str| -> Result<ClientOptions, Failure> {
            let options = cluster::client_options(config, &self.servers, who)?;
            Ok(ClientOptions {
                message_max_bytes: topics.output_message_max_bytes,
                ..options
            })
        };
        let baseline = Baseline::take(&config.output.dir, &self.plans, config.sink.rotate)?;

        let metrics = Arc::new(Metrics::new(&self.plans, config.processor.instances));
        let mut shown = Shown {
            processor: true,
            sink: true,
            datagen: None,
            state_dir: config.processor.state_dir.clone(),
            ending: vec![self.stops.asked.clone(), self.stops.processor.clone()],
        };
        let processor = tasks::processor(config, options("processor")?, &self.plans);
        let sink = tasks::sink(config, options("sink")?, &self.plans);
        parts::start_sink(
            sink,
            self.stops.sink.clone(),
            Arc::clone(&metrics),
            say.clone(),
        )
        .into_diagnostic()?;
        parts::start_processor(
            processor,
            self.stops.processor.clone(),
            Arc::clone(&metrics),
            say.clone(),
        )
        .into_diagnostic()?;
        if config.run.datagen {
            let definitions = plans::definitions(&config.streams).map_err(Failure::Usage)?;
            let limit = self.plans.options().value_max_bytes;
            let made = generate::task(
                &config.datagen,
                &definitions,
                limit,
                &options("datagen")?,
                &self.stops.datagen,
            )?
            .held_back_by(&metrics);
            shown.datagen = Some(made.progress);
            parts::start_datagen(made.task, say).into_diagnostic()?;
        }
        let _web = door
            .map(|door| self.dashboard(door, &metrics, &shown))
            .transpose()?;
        let lifecycle = Lifecycle {
            stops: self.stops.clone(),
            happenings,
            broker,
            generating: config.run.datagen,
            to_the_end: config.run.datagen || config.run.stop_at_end,
        };
        let ended = live::while_running(&metrics, &shown, || lifecycle.follow());
        Ok((ended, metrics, baseline))
    }

    /// Serves the dashboard while the parts run.
    fn dashboard(&self, door: Door, metrics: &Arc<Metrics>, shown: &Shown) -> Result<Web, Failure> {
        let client = cluster::client_options(&self.config, &self.servers, "dashboard")?;
        let pipeline = Pipeline {
            metrics: Arc::clone(metrics),
            generated: shown.datagen.clone(),
        };
        let web = door.serve(&self.config, client, &self.plans, Some(pipeline))?;
        logging::say(&format!("dashboard at {}", web.url()));
        Ok(web)
    }

    /// Accounts for what this run made, and prints the summary.
    fn finish(&self, ended: Ended, metrics: &Metrics, baseline: &Baseline) -> Outcome {
        if let Some(failure) = ended.failure {
            return Err(failure);
        }
        let mut summary = report::files(&self.config.output.dir, metrics);
        let Some(made) = ended.made else {
            return print(&summary);
        };
        tracing::info!(
            records = made.acknowledged,
            "drained; comparing the files with what was generated"
        );
        let account = baseline.account(&made)?;
        summary = format!("{}{summary}", report::generated(&made));
        match account::complaint(&account) {
            None => {
                let text = report::account(&account, metrics.rows_total());
                print(&format!("{summary}{text}"))
            }
            Some(complaint) => {
                print(&summary)?;
                Err(Failure::Failed(complaint))
            }
        }
    }
}
