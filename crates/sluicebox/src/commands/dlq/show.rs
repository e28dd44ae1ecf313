//! `dlq show`: one dead letter.

use std::io::Write as _;
use std::ops::ControlFlow;

use clap::ArgMatches;
use sluicebox_pipeline::dlq::{DlqError, LetterId, LettersAt, Marker, StoredLetter};

use super::view::{NAME_CHARS, json, line, printable, readable, source, time};
use super::{Dlq, failed};
use crate::commands::{Started, start};
use crate::exit::Outcome;
use crate::output::{print, print_json};

pub(super) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = start(matches)?;
    let Some(id) = matches.get_one::<LetterId>("id") else {
        unreachable!("clap demands an id")
    };
    let dlq = Dlq::open(config)?;
    let mut found = None;
    dlq.letters(&LettersAt::Ids(vec![*id]), |letter| {
        found = Some(letter);
        ControlFlow::Break(())
    })?;
    let letter = found.ok_or_else(|| failed(DlqError::NoLetter { id: *id }))?;
    if matches.get_flag("value") {
        let mut out = std::io::stdout().lock();
        out.write_all(letter.value.as_deref().unwrap_or_default())?;
        return Ok(out.flush()?);
    }
    let markers = dlq.markers()?;
    let marker = markers.get(id);
    if matches.get_flag("json") {
        return print_json(&json(&letter, marker));
    }
    print(&text(&letter, marker))
}

fn text(letter: &StoredLetter, marker: Option<&Marker>) -> String {
    let replayed = marker.map_or_else(
        || "no".to_owned(),
        |marker| {
            let edited = if marker.is_edited {
                ", with another value"
            } else {
                ""
            };
            format!("{}{edited}", time(marker.replayed_at_ms))
        },
    );
    let mut text = format!(
        "id         {}\nfailed     {} in {}\nreason     {}: {}\nsource     {}\nsent       {}\nreplayed   {replayed}\n",
        letter.id,
        time(letter.failed_at_ms),
        line(&letter.stage, NAME_CHARS),
        line(&letter.reason, NAME_CHARS),
        printable(&letter.message),
        source(letter),
        time(letter.source_timestamp_ms.unwrap_or(-1)),
    );
    if letter.is_cut {
        text.push_str(&format!("cut        this is only {}\n", letter.kept()));
    }
    for (name, value) in &letter.headers {
        let value = readable(value.as_deref());
        text.push_str(&format!("header     {}: {value}\n", printable(name)));
    }
    let (key, value) = (
        readable(letter.key.as_deref()),
        readable(letter.value.as_deref()),
    );
    format!("{text}\nkey\n{key}\n\nvalue\n{value}\n")
}
