//! `status`: group lag, throughput, committed lengths.
//!
//! - [`here`]: what is known without the cluster; [`asked`]: what the cluster says.
//! - [`screen`]: both, and what changed between two looks, for people and for programs.
//! - [`watch`]: again and again, also while no answer comes.

mod asked;
mod here;
mod rate;
mod screen;
mod watch;

use std::time::Duration;

use clap::ArgMatches;

use super::{Started, cluster, plans, problems, ready};
use crate::exit::{Failure, Outcome};
use crate::limits;
use crate::output::{print, print_json};
use crate::settings::config::Config;
use asked::Asked;
use here::Here;
use screen::Screen;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let watch = matches.get_one::<u64>("watch");
    // What the client library says of a cluster that is away would come again and again below the screen,
    // which says it itself.
    let muted = watch.map_or("", |_| "librdkafka=off");
    let Started { config, .. } = super::start_muting(matches, muted)?;
    if matches.get_flag("ready") {
        return ready::check(&config.processor.state_dir);
    }
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let sources: Vec<String> = plans
        .streams()
        .iter()
        .map(|stream| stream.source_topic().to_owned())
        .collect();
    let json = matches.get_flag("json");
    match watch {
        Some(seconds) => watch::run(&config, &sources, Duration::from_secs(*seconds), json),
        None => once(&config, &sources, json),
    }
}

fn once(config: &Config, sources: &[String], json: bool) -> Outcome {
    let admin = match cluster::ask(config) {
        Ok(admin) => admin,
        Err(failure) => {
            // What runs here waits for the same cluster, most likely.
            if !json {
                print(&screen::running_here(&here::running(config)))?;
            }
            return Err(failure);
        }
    };
    let look = || {
        let here = Here::take(config)?;
        let asked = Asked::take(config, &admin, sources, &here).map_err(problems::kafka)?;
        Ok::<_, Failure>((here, asked))
    };
    let (here_before, before) = look()?;
    std::thread::sleep(Duration::from_millis(limits::STATUS_SAMPLE_MS));
    let (here, now) = look()?;
    let screen = Screen {
        bootstrap: &cluster::bootstrap_servers(config),
        asked: Some(&now),
        no_answer: None,
        rates: rate::of_groups(Some((&before, &now)), (&here_before, &here), Some(&now)),
        mismatch: now.mismatch(&here),
        here: &here,
    };
    match json {
        true => print_json(&screen.json()),
        false => print(&screen.text()),
    }
}
