//! `dlq replay`: dead letters go to their source topics again, each at most once.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use miette::miette;
use sluicebox_pipeline::dlq::{
    DlqError, LetterId, LettersAt, Many, Markers, Replay, ReplayConfig, Replayer, Selection,
    StoredLetter,
};

use super::{Dlq, failed, selection};
use crate::commands::{Started, plans, start};
use crate::exit::{Failure, Outcome};
use crate::output::{grouped, print};

pub(super) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = start(matches)?;
    let ids: Vec<LetterId> = (matches.get_many("id").into_iter().flatten().copied()).collect();
    let filter = selection(matches);
    let chosen = !ids.is_empty() || !filter.is_all();
    if !chosen && !matches.get_flag("all") {
        return Err(Failure::Usage(miette!(
            help = "give ids, --reason, --topic, or --all",
            "nothing says which dead letters to replay"
        )));
    }
    let value = value(matches.get_one::<PathBuf>("value-file"), &ids)?;
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let dlq = Dlq::open(config)?;
    let letters = if ids.is_empty() {
        LettersAt::All
    } else {
        LettersAt::Ids(ids.clone())
    };
    if matches.get_flag("dry-run") {
        return dry_run(&dlq, &letters, &filter, &ids);
    }
    let replay_config = ReplayConfig {
        client: dlq.client.clone(),
        plans,
        letters_topic: dlq.config.topics.dead_letters.clone(),
        markers_topic: dlq.config.topics.dlq_replays.clone(),
        replication_factor: dlq.config.cluster.replication_factor,
    };
    let replayer = Replayer::start(replay_config, &dlq.patience).map_err(failed)?;
    let mut replaying = Replaying::new(replayer, ids);
    let outcome = dlq.letters(&letters, |letter| {
        if !filter.takes(&letter) {
            return ControlFlow::Continue(());
        }
        replaying.take(Replay {
            letter,
            value: value.clone(),
        })
    });
    outcome?;
    replaying.finish()
}

/// The value that replaces the letter's own.
fn value(file: Option<&PathBuf>, ids: &[LetterId]) -> Result<Option<Vec<u8>>, Failure> {
    let Some(file) = file else { return Ok(None) };
    if ids.len() != 1 {
        return Err(Failure::Usage(miette!(
            help = "replay them one by one",
            "--value-file is for one dead letter, {} are named",
            ids.len()
        )));
    }
    let mut value = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .read_to_end(&mut value)
            .map(|_| value)
    } else {
        std::fs::read(file)
    };
    let file = file.display();
    read.map(Some).map_err(|error| {
        Failure::Usage(miette!(
            help = "see that it exists and can be read",
            "{file}: {error}"
        ))
    })
}

fn dry_run(dlq: &Dlq, letters: &LettersAt, filter: &Selection, ids: &[LetterId]) -> Outcome {
    let markers: Markers = dlq.markers()?;
    let mut left: Vec<LetterId> = ids.to_vec();
    let mut would: BTreeMap<String, u64> = BTreeMap::new();
    let mut before = 0_u64;
    dlq.letters(letters, |letter: StoredLetter| {
        left.retain(|id| *id != letter.id);
        if filter.takes(&letter) {
            if markers.contains_key(&letter.id) {
                before += 1;
            } else {
                *would.entry(letter.source_topic).or_default() += 1;
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(id) = left.first() {
        return Err(failed(DlqError::NoLetter { id: *id }));
    }
    print(&summary("would replay", &would, before))
}

fn summary(verb: &str, topics: &BTreeMap<String, u64>, before: u64) -> String {
    let all: u64 = topics.values().sum();
    let parts: Vec<String> = (topics.iter())
        .map(|(topic, count)| format!("{} into {topic}", grouped(*count)))
        .collect();
    let into = match parts.as_slice() {
        [] => String::new(),
        parts => format!(": {}", parts.join(", ")),
    };
    let before = match before {
        0 => String::new(),
        count => format!("left out, because replayed before: {}\n", grouped(count)),
    };
    let letters = if all == 1 {
        "dead letter"
    } else {
        "dead letters"
    };
    format!("{verb} {} {letters}{into}\n{before}", grouped(all))
}

/// A replay under way.
struct Replaying {
    many: Many,
    /// Ids that were asked for and not met yet.
    left: Vec<LetterId>,
    by_id: bool,
    failure: Option<DlqError>,
}

impl Replaying {
    fn new(replayer: Replayer, ids: Vec<LetterId>) -> Self {
        Self {
            many: Many::new(replayer),
            by_id: !ids.is_empty(),
            left: ids,
            failure: None,
        }
    }

    fn take(&mut self, replay: Replay) -> ControlFlow<()> {
        self.left.retain(|id| *id != replay.letter.id);
        match self.many.take(replay) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn finish(mut self) -> Outcome {
        if self.failure.is_none() {
            self.failure = self.many.commit().err();
        }
        let tally = self.many.close();
        print(&summary("replayed", &tally.replayed, tally.before))?;
        if let Some(failure) = self.failure {
            return Err(failed(failure));
        }
        if let Some(id) = self.left.first() {
            return Err(failed(DlqError::NoLetter { id: *id }));
        }
        match tally.first_refusal {
            Some(refusal) if self.by_id => Err(failed(refusal)),
            Some(refusal) => {
                let count = grouped(tally.refused);
                tracing::warn!(
                    "{count} cannot be replayed and are left out; the first one: {refusal}"
                );
                Ok(())
            }
            None => Ok(()),
        }
    }
}
