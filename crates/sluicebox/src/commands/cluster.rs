//! Which cluster a command talks to, and how it is reached.

use std::path::Path;
use std::sync::{Once, mpsc};
use std::time::Duration;

use miette::miette;
use sluicebox_kafka::{
    Admin, ClientOptions, ErrorClass, ErrorCode, KafkaError, NO_TLS_WAY_OUT, PropertyOrigin,
    check_property, check_security, read_secret,
};

use sluicebox_event::Plans;
use sluicebox_pipeline::stop::StopSignal;
use sluicebox_pipeline::topics::{self, TopicsConfig, TopicsReport};

use super::access::{self, Part};
use super::{problems, running};
use crate::exit::Failure;
use crate::settings::config::Config;

/// Where a cluster is looked for when nothing says where it is.
const DEFAULT_ADDRESS: &str = "127.0.0.1:9092";
/// How often a command that waits for the cluster looks whether the user wants the end.
const STOP_EVERY: Duration = Duration::from_millis(50);
/// How long a command that only asks waits for a cluster when `--wait` is not given.
pub(crate) const ASK_WAIT: Duration = Duration::from_secs(10);
/// `--wait` of a long-running command when it is not given: for ever, in effect.
const FOR_EVER: Duration = Duration::from_secs(u32::MAX as u64);

/// What to do where a broker of the data directory does not run any more.
const GONE_WAY_OUT: &str =
    "`sluicebox broker` starts it again, --bootstrap-servers HOST:PORT names another cluster";

/// The addresses of the cluster: as configured, else a broker that runs on the data directory,
/// else the default address. Says once if that is not the broker that the directory tells of: somebody
/// else's may answer there.
pub(crate) fn bootstrap_servers(config: &Config) -> String {
    if let Some(servers) = &config.cluster.bootstrap_servers {
        return servers.clone();
    }
    if let Some(address) = live_broker(&config.broker.data_dir) {
        tracing::debug!(%address, data_dir = %config.broker.data_dir.display(), "using the broker of the data directory");
        return address;
    }
    if let Some(gone) = gone_broker(config) {
        static SAID: Once = Once::new();
        SAID.call_once(|| tracing::warn!("{gone}; {GONE_WAY_OUT}"));
    }
    DEFAULT_ADDRESS.to_owned()
}

/// A sentence on the broker of the data directory, where one ended there without taking its leave and no
/// other cluster is named.
fn gone_broker(config: &Config) -> Option<String> {
    let data_dir = &config.broker.data_dir;
    let noted = noted_broker(data_dir).filter(|_| config.cluster.bootstrap_servers.is_none())?;
    (!noted.runs).then(|| {
        let (address, dir) = (noted.address, data_dir.display());
        format!(
            "the broker of the data directory {dir} ({address}) does not run; {DEFAULT_ADDRESS} is asked instead"
        )
    })
}

/// What to do where nobody answered, if the data directory has a part in that.
pub(crate) fn gone_way_out(config: &Config) -> Option<String> {
    gone_broker(config).map(|gone| format!("{gone}: {GONE_WAY_OUT}"))
}

/// An error of the cluster as the end of a command that asked it.
fn failed(config: &Config, error: KafkaError) -> Failure {
    match gone_way_out(config).filter(|_| error.class == ErrorClass::Retry) {
        Some(way_out) => Failure::Failed(problems::report(error.to_string(), Some(way_out))),
        None => problems::kafka(error),
    }
}

/// Address of the broker that runs on `data_dir`, from its `broker.json`.
pub(crate) fn live_broker(data_dir: &Path) -> Option<String> {
    noted_broker(data_dir)
        .filter(|noted| noted.runs)
        .map(|noted| noted.address)
}

/// A broker that a `broker.json` tells of.
struct NotedBroker {
    address: String,
    runs: bool,
}

fn noted_broker(data_dir: &Path) -> Option<NotedBroker> {
    let text = std::fs::read_to_string(data_dir.join("broker.json")).ok()?;
    let status: serde_json::Value = serde_json::from_str(&text).ok()?;
    let pid = status.get("pid")?.as_u64()?;
    // After a kill the file stays, and another process may have got the number: the lock tells.
    let runs = sluicebox_broker::is_held(data_dir).unwrap_or_else(|| running::lives(pid));
    let address = status.get("address")?.as_str()?.to_owned();
    Some(NotedBroker { address, runs })
}

/// How all clients of a command reach the cluster.
///
/// # Errors
/// A property that was given with `--kafka` or in the config file may not be set.
pub(crate) fn client_options(
    config: &Config,
    servers: &str,
    who: &str,
) -> Result<ClientOptions, Failure> {
    let mut options = ClientOptions::new(servers, format!("sluicebox-{who}"));
    for (name, value) in &config.cluster.properties {
        check_property(name, PropertyOrigin::Configuration).map_err(|error| {
            Failure::Usage(miette!(
                help = "`sluicebox config show` shows where it was set",
                "{}",
                error.message
            ))
        })?;
        options.properties.insert(name.clone(), value.clone());
    }
    options.property_files = config.cluster.property_files.clone();
    check_login(&options)?;
    Ok(options)
}

/// Checks, before anything is asked of a cluster, what can be known to be wrong.
fn check_login(options: &ClientOptions) -> Result<(), Failure> {
    let wrong = |error: KafkaError, help: &str| {
        Failure::Usage(miette!(help = help.to_owned(), "{}", error.message))
    };
    let mut all = options.properties.clone();
    for (name, path) in &options.property_files {
        let help = "`sluicebox config show` shows where it was set";
        check_property(name, PropertyOrigin::Configuration).map_err(|error| wrong(error, help))?;
        let help = "it is read at the start and again while the program runs: it has to be there, \
                    and readable for the user that runs sluicebox";
        let value = read_secret(name, path).map_err(|error| wrong(error, help))?;
        all.insert(name.clone(), value);
    }
    check_security(&all).map_err(|error| match error.code {
        ErrorCode::UNSUPPORTED_FEATURE => wrong(error, NO_TLS_WAY_OUT),
        _ => wrong(
            error,
            "docs/security.md has an example for each way to log in",
        ),
    })
}

/// Connects for a question; waits 10 s unless `--wait` says otherwise.
///
/// # Errors
/// Nobody answered; the message names what was tried.
pub(crate) fn ask(config: &Config) -> Result<Admin, Failure> {
    let servers = bootstrap_servers(config);
    let wait = config.cluster.wait.unwrap_or(ASK_WAIT);
    let options = client_options(config, &servers, "cli")?;
    Admin::connect(&options, wait).map_err(|error| failed(config, error))
}

/// Connects for a long-running command; waits for ever unless `--wait` says otherwise, and says
/// so while it waits.
///
/// # Errors
/// A limit was given and nobody answered within it, or the user wants the end.
pub(crate) fn stay(
    config: &Config,
    options: &ClientOptions,
    stop: &StopSignal,
) -> Result<Admin, Failure> {
    let limit = config.cluster.wait.unwrap_or(FOR_EVER);
    let began = std::time::Instant::now();
    loop {
        let left = limit.saturating_sub(began.elapsed());
        match connect_unless_stopped(options, left.min(ASK_WAIT), stop)? {
            Ok(admin) => return Ok(admin),
            // Waiting is for clusters that are away.
            Err(error) if error.class == ErrorClass::Refused => {
                return Err(problems::kafka(error));
            }
            Err(error) if began.elapsed() >= limit => return Err(failed(config, error)),
            Err(error) => tracing::warn!("{error}; still trying (--wait sets a limit)"),
        }
    }
}

/// Waits for the cluster, checks our rights, creates the topics that are missing, and tells how the
/// client of a long-running command's part reaches them.
///
/// # Errors
/// Those of [`client_options`], [`stay`], [`access::check`] and [`ensure_topics`].
pub(crate) fn ready(
    config: &Config,
    plans: &Plans,
    stop: &StopSignal,
    part: Part,
) -> Result<ClientOptions, Failure> {
    let options = client_options(config, &bootstrap_servers(config), part.name())?;
    let admin = stay(config, &options, stop)?;
    access::check(config, &admin, plans, part)?;
    let topics = ensure_topics(config, &admin, plans, part, stop)?;
    Ok(ClientOptions {
        message_max_bytes: topics.output_message_max_bytes,
        ..options
    })
}

/// Connects on a thread of its own: a user who wants the end does not wait for it.
fn connect_unless_stopped(
    options: &ClientOptions,
    wait: Duration,
    stop: &StopSignal,
) -> Result<Result<Admin, KafkaError>, Failure> {
    let (say, answer) = mpsc::channel();
    let options = options.clone();
    std::thread::spawn(move || {
        // Nobody listens any more only when the user wants the end.
        let _ = say.send(Admin::connect(&options, wait));
    });
    while !stop.is_ending() {
        if let Ok(connected) = answer.recv_timeout(STOP_EVERY) {
            return Ok(connected);
        }
    }
    tracing::info!("stopped before the cluster answered");
    Err(Failure::Stopped)
}

/// Those of `names` that exist as topics.
///
/// # Errors
/// The cluster does not answer, or does not let us see one.
pub(crate) fn existing(admin: &Admin, names: &[String]) -> Result<Vec<String>, KafkaError> {
    let known = admin.topics()?;
    let is_known = |name: &String| known.iter().any(|topic| topic.name == *name);
    let (found, missing): (Vec<_>, Vec<_>) = names.iter().cloned().partition(is_known);
    for name in missing {
        // The list leaves out what we may not see.
        match admin.describe(&name) {
            Err(error) if error.class == ErrorClass::Refused => return Err(error),
            _ => {}
        }
    }
    Ok(found)
}

/// Creates the topics of the pipeline where they are missing; existing ones stay as they are.
/// Clients are then told how large records may be.
///
/// # Errors
/// The cluster refuses, is too small for the replication factor, or the user wants the end.
pub(crate) fn ensure_topics(
    config: &Config,
    admin: &Admin,
    plans: &Plans,
    part: Part,
    stop: &StopSignal,
) -> Result<TopicsReport, Failure> {
    let mut wanted = topics_config(config, plans);
    if part == Part::Datagen {
        // It knows the sources alone, and needs no right to anything else.
        wanted.outputs.clear();
    }
    topics::ensure(admin, &wanted, config.cluster.wait, stop)
        .map_err(|error| problems::task("topics", &error))?
        .ok_or(Failure::Stopped)
}

/// The pipeline's topics, and how they are made.
pub(crate) fn topics_config(config: &Config, plans: &Plans) -> TopicsConfig {
    let topics = &config.topics;
    let outputs = vec![topics.processed_data.clone(), topics.dead_letters.clone()];
    TopicsConfig {
        markers: Some(topics.dlq_replays.clone()),
        partitions: config.cluster.partitions,
        replication_factor: config.cluster.replication_factor,
        ..TopicsConfig::of(plans, outputs)
    }
}
