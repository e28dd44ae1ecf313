//! A journal gives back what was acknowledged, whatever happens to its tail.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{Journal, JournalError};
use crate::config::Durability;
use crate::fatal::Fatal;
use crate::storage::DiskStorage;
use crate::sync::Syncer;

const KIND: u8 = 9;

fn open(path: &Path) -> Result<(Journal, Vec<Vec<u8>>, Syncer), JournalError> {
    let (syncer, _) = Syncer::start(Durability::Synced, Arc::new(Fatal::new())).expect("threads");
    let mut records = Vec::new();
    let journal = Journal::open(
        Arc::new(DiskStorage),
        syncer.clone(),
        path,
        KIND,
        |record| {
            records.push(record.to_vec());
            Ok(())
        },
    );
    if journal.is_err() {
        syncer.stop();
    }
    Ok((journal?, records, syncer))
}

fn append(journal: &Journal, record: &[u8]) {
    let ticket = journal.append(record).expect("append");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(journal.durable(ticket)).expect("durable");
}

/// A journal of these records, each acknowledged before the next was written.
fn written(path: &Path, records: &[&[u8]]) -> Vec<u8> {
    let (journal, _, syncer) = open(path).expect("a new journal");
    for record in records {
        append(&journal, record);
    }
    syncer.stop();
    fs::read(path).expect("the journal")
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_a_flipped_bit_before_it_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("j");
    let whole = written(&path, &[b"one", b"two", b"three"]);
    let last = whole.len() - (17 + 5);
    for cut in 1..=17 + 5 {
        fs::write(&path, &whole[..whole.len() - cut]).expect("torn");
        let (journal, records, syncer) = open(&path).expect("recovery");
        assert_eq!(records, [b"one", b"two"], "{cut} bytes are missing");
        append(&journal, b"four");
        syncer.stop();
        let (_, records, syncer) = open(&path).expect("recovery");
        assert_eq!(records.last().map(Vec::as_slice), Some(&b"four"[..]));
        syncer.stop();
    }
    for at in 0..last {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x02;
        fs::write(&path, &damaged).expect("damaged");
        let refused = matches!(open(&path), Err(JournalError::Damaged { .. }));
        assert!(refused, "a flip in byte {at} was not noticed");
    }
}

#[test]
fn a_tail_of_which_nobody_was_told_is_cut_even_when_its_end_is_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("j");
    let mut bytes = written(&path, &[b"one"]);
    let durable = bytes.len() as u64;
    for record in [b"two".as_slice(), b"three"] {
        bytes.extend_from_slice(&super::format::frame_header(durable, record));
        bytes.extend_from_slice(record);
    }
    // A loss of power wrote the page of the last record, not that of the one before.
    bytes[durable as usize + 17] ^= 0xff;
    fs::write(&path, &bytes).expect("torn in the middle");
    let (_, found, threads) = open(&path).expect("recovery");
    assert_eq!(found, [b"one"]);
    threads.stop();
}

#[test]
fn after_a_stop_damage_to_the_last_record_is_refused_as_well() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("j");
    written(&path, &[b"one", b"two"]);
    for _ in 0..2 {
        let (journal, records, syncer) = open(&path).expect("recovery");
        assert_eq!(records, [b"one", b"two"]);
        journal.close().expect("a stop");
        syncer.stop();
    }
    let whole = fs::read(&path).expect("the journal");
    let closing = whole.len() - 17;
    for at in 0..closing {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        fs::write(&path, &damaged).expect("damaged");
        assert!(open(&path).is_err(), "a flip in byte {at} was not noticed");
    }
    fs::write(&path, &whole[..closing]).expect("cut");
    let (journal, records, syncer) = open(&path).expect("recovery");
    assert_eq!(records, [b"one", b"two"]);
    append(&journal, b"three");
    syncer.stop();
}

#[test]
fn a_journal_that_is_cut_before_its_first_record_is_refused_and_not_begun_anew() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("j");
    let whole = written(&path, &[b"one"]);
    for length in 0..16 {
        fs::write(&path, &whole[..length]).expect("cut");
        let refused = matches!(open(&path), Err(JournalError::Damaged { .. }));
        assert!(refused, "{length} bytes are left");
    }
}

#[test]
fn compaction_replaces_everything_and_appends_go_on_after_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("j");
    let (journal, _, syncer) = open(&path).expect("a new journal");
    append(&journal, b"old");
    journal.compact([b"all".as_slice()]).expect("compaction");
    append(&journal, b"new");
    syncer.stop();
    let (_, records, syncer) = open(&path).expect("recovery");
    assert_eq!(records, [b"all", b"new"]);
    syncer.stop();
}

#[test]
fn the_bytes_of_a_journal_are_these() {
    let dir = tempfile::tempdir().expect("a directory");
    let bytes = written(&dir.path().join("j"), &[b"one", b"two"]);
    assert_eq!(
        bytes,
        include_bytes!("golden.journal"),
        "raise the version of the format"
    );
}
