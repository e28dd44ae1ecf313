//! `dlq replay`: dead letters go to their source topics again, each at most once.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use miette::miette;
use sluicebox_pipeline::dlq::{
    DlqError, LetterId, LettersAt, Markers, Replay, ReplayConfig, Replayer, StoredLetter,
};

use super::{Dlq, Filter, failed};
use crate::commands::{Started, plans, start};
use crate::exit::{Failure, Outcome};
use crate::limits::{REPLAY_TRANSACTION_BYTES, REPLAY_TRANSACTION_RECORDS};
use crate::output::{grouped, print};

pub(super) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = start(matches)?;
    let ids: Vec<LetterId> = (matches.get_many("id").into_iter().flatten().copied()).collect();
    let filter = Filter::from(matches);
    let chosen = !ids.is_empty() || !filter.reasons.is_empty() || filter.topic.is_some();
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

fn dry_run(dlq: &Dlq, letters: &LettersAt, filter: &Filter, ids: &[LetterId]) -> Outcome {
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

/// Collects letters until a transaction is full.
struct Replaying {
    replayer: Replayer,
    /// Ids that were asked for and not met yet.
    left: Vec<LetterId>,
    by_id: bool,
    batch: Vec<Replay>,
    bytes: usize,
    done: BTreeMap<String, u64>,
    before: u64,
    refused: u64,
    /// Why the first one cannot be replayed.
    first_refusal: Option<DlqError>,
    failure: Option<DlqError>,
}

impl Replaying {
    fn new(replayer: Replayer, ids: Vec<LetterId>) -> Self {
        Self {
            replayer,
            by_id: !ids.is_empty(),
            left: ids,
            batch: Vec::new(),
            bytes: 0,
            done: BTreeMap::new(),
            before: 0,
            refused: 0,
            first_refusal: None,
            failure: None,
        }
    }

    fn take(&mut self, replay: Replay) -> ControlFlow<()> {
        self.left.retain(|id| *id != replay.letter.id);
        if let Err(refusal) = self.replayer.can_replay(&replay) {
            self.refused += 1;
            self.first_refusal.get_or_insert(refusal);
            return ControlFlow::Continue(());
        }
        let letter = &replay.letter;
        self.bytes += letter.value.as_ref().map_or(0, Vec::len);
        self.bytes += letter.key.as_ref().map_or(0, Vec::len);
        self.batch.push(replay);
        if self.batch.len() < REPLAY_TRANSACTION_RECORDS && self.bytes < REPLAY_TRANSACTION_BYTES {
            return ControlFlow::Continue(());
        }
        self.commit()
    }

    fn commit(&mut self) -> ControlFlow<()> {
        match self.replayer.replay(&self.batch) {
            Ok(outcome) => {
                self.before += outcome.before.len() as u64;
                for replay in &self.batch {
                    if outcome.replayed.contains(&replay.letter.id) {
                        *self
                            .done
                            .entry(replay.letter.source_topic.clone())
                            .or_default() += 1;
                    }
                }
                self.batch.clear();
                self.bytes = 0;
                ControlFlow::Continue(())
            }
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn finish(mut self) -> Outcome {
        if self.failure.is_none() && !self.batch.is_empty() {
            let _ = self.commit();
        }
        self.replayer.close();
        print(&summary("replayed", &self.done, self.before))?;
        if let Some(failure) = self.failure {
            return Err(failed(failure));
        }
        if let Some(id) = self.left.first() {
            return Err(failed(DlqError::NoLetter { id: *id }));
        }
        match self.first_refusal {
            Some(refusal) if self.by_id => Err(failed(refusal)),
            Some(refusal) => {
                let count = grouped(self.refused);
                tracing::warn!(
                    "{count} cannot be replayed and are left out; the first one: {refusal}"
                );
                Ok(())
            }
            None => Ok(()),
        }
    }
}
