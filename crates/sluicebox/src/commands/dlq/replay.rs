//! `dlq replay`: dead letters go to their source topics again, each at most once.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use miette::miette;
use sluicebox_pipeline::dlq::{
    DlqError, LetterId, LettersAt, Many, Replay, ReplayConfig, Replayer,
};

use super::{Dlq, dry_run, failed, selection};
use crate::commands::{Started, plans, start};
use crate::exit::{Failure, Outcome};
use crate::output::{grouped, print};

pub(super) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = start(matches)?;
    let ids: Vec<LetterId> = (matches.get_many("id").into_iter().flatten().copied()).collect();
    let filter = selection(matches)?;
    let chosen = !ids.is_empty() || !filter.is_all();
    if !chosen && !matches.get_flag("all") {
        return Err(Failure::Usage(miette!(
            help = "name an ID (`sluicebox dlq list` shows them), --reason, --topic or --all; `sluicebox dlq replay --help` has examples",
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
        return dry_run::run(&dlq, &plans, &letters, &filter, value.as_deref());
    }
    let replay_config = ReplayConfig {
        client: dlq.client.clone(),
        plans,
        letters_topic: dlq.config.topics.dead_letters.clone(),
        markers_topic: dlq.config.topics.dlq_replays.clone(),
        replication_factor: dlq.config.cluster.replication_factor,
    };
    let replayer = Replayer::start(replay_config, &dlq.patience).map_err(|error| match error {
        DlqError::Pipeline(error) => dlq.unread(&error),
        error => failed(error),
    })?;
    let mut replaying = Replaying::new(replayer, ids);
    let read = dlq.letters(&letters, |letter| {
        if !filter.takes(&letter) {
            return ControlFlow::Continue(());
        }
        replaying.take(Replay {
            letter,
            value: value.clone(),
        })
    });
    replaying.finish(read)
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

/// Says how many cannot be replayed.
pub(super) fn warn_of_refused(count: u64, first: &DlqError) {
    let count = grouped(count);
    tracing::warn!("{count} cannot be replayed and are left out; the first one: {first}");
}

/// How many into which topics, and how many were replayed before: of all, or of those that it came to.
pub(super) fn summary(
    verb: &str,
    topics: &BTreeMap<String, u64>,
    before: u64,
    is_whole: bool,
) -> String {
    let all: u64 = topics.values().sum();
    let parts: Vec<String> = (topics.iter())
        .map(|(topic, count)| format!("{} into {topic}", grouped(*count)))
        .collect();
    let into = match parts.as_slice() {
        [] => String::new(),
        parts => format!(": {}", parts.join(", ")),
    };
    let so_far = if is_whole { "" } else { " so far" };
    let before = match before {
        0 => String::new(),
        count => format!(
            "left out, because replayed before: {}{so_far}\n",
            grouped(count)
        ),
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

    /// Replays what waits, and says what became of the letters; `read`: whether all were read.
    fn finish(mut self, read: Outcome) -> Outcome {
        if self.failure.is_none() && read.is_ok() {
            self.failure = self.many.commit().err();
        }
        let tally = self.many.close();
        let is_whole = self.failure.is_none() && read.is_ok();
        let text = summary("replayed", &tally.replayed, tally.before, is_whole);
        let said = !tally.replayed.is_empty() || tally.before > 0;
        if let Err(failure) = read {
            if said {
                print(&text)?;
            }
            return Err(failure);
        }
        let missing = self.left.first().map(|id| DlqError::NoLetter { id: *id });
        let mut failure = self.failure.or(missing);
        if self.by_id {
            failure = failure.or(tally.first_refusal);
        } else if let Some(refusal) = &tally.first_refusal {
            warn_of_refused(tally.refused, refusal);
        }
        let Some(failure) = failure else {
            return print(&text);
        };
        // The error says enough where nothing was done.
        if said {
            print(&text)?;
        }
        Err(failed(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_that_broke_off_does_not_count_as_if_it_had_seen_all() {
        let topics = BTreeMap::from([("in".to_owned(), 1_500)]);
        assert_eq!(
            summary("replayed", &topics, 100, false),
            "replayed 1,500 dead letters: 1,500 into in\nleft out, because replayed before: 100 so far\n"
        );
        assert!(summary("replayed", &topics, 100, true).ends_with("before: 100\n"));
    }
}
