//! A directory that is not as it should be is refused, with the way out, and left untouched.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]

mod common;

use std::collections::BTreeMap;

use common::{Acknowledged, DEAD, MANIFEST, ROWS, assert_complete, open, opening, run};
use sluicebox_sink::storage::memory::MemoryStorage;
use sluicebox_sink::{FileSpec, Opening, Refusal, Storage, TopicIdentity};

type Content = BTreeMap<String, Vec<u8>>;

fn content(storage: &MemoryStorage) -> Content {
    let names = storage.list().unwrap();
    names
        .into_iter()
        .map(|name| (name.clone(), storage.content(&name).unwrap()))
        .collect()
}

/// A directory in which everything is committed.
fn written() -> MemoryStorage {
    let storage = MemoryStorage::new();
    run(&storage, opening(), &mut Acknowledged::new()).unwrap();
    storage
}

/// Opens, expects a refusal whose text has all the parts, and nothing changed.
fn refused(storage: &MemoryStorage, opening: Opening, parts: &[&str]) -> String {
    let before = content(storage);
    let error = open(storage, opening).expect_err("it is refused");
    assert_eq!(content(storage), before, "it is left untouched");
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "`{part}` is in: {text}");
    }
    assert!(text.contains(&error.way_out()) && !error.way_out().is_empty());
    text
}

fn change(storage: &MemoryStorage, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = storage.content(name).unwrap();
    change(&mut bytes);
    storage.put(name, bytes);
}

#[test]
fn a_csv_whose_header_is_not_ours_is_refused_untouched() {
    for theirs in [
        "name;value\n1;2\n",
        "partition,offset;\n",
        "partition,off",
        "\u{feff}x",
    ] {
        let storage = MemoryStorage::new();
        storage.put(ROWS, theirs.into());
        refused(
            &storage,
            opening(),
            &["memory/rows.csv", "not ours", "partition,offset"],
        );
    }
}

#[test]
fn a_foreign_file_of_a_stream_that_is_new_to_the_manifest_is_refused_too() {
    let storage = written();
    storage.put("third.csv", b"theirs\n".to_vec());
    let mut with_third = opening();
    with_third
        .files
        .insert(0, FileSpec::csv("third.csv", "ours"));
    refused(
        &storage,
        with_third,
        &["memory/third.csv", "`theirs`", "`ours`"],
    );
}

#[test]
fn rows_that_no_manifest_speaks_of_are_refused() {
    let storage = written();
    storage.remove(MANIFEST).unwrap();
    refused(
        &storage,
        opening(),
        &["memory/rows.csv", "manifest.sluicebox", "restore"],
    );
}

#[test]
fn an_empty_file_and_a_lone_header_are_taken_over() {
    let storage = MemoryStorage::new();
    storage.put(ROWS, Vec::new());
    storage.put(DEAD, b"why,offset\n".to_vec());
    run(&storage, opening(), &mut Acknowledged::new()).unwrap();
    assert_complete(&storage, &|| "taken over".into());
}

#[test]
fn a_file_shorter_than_recorded_is_refused() {
    let storage = written();
    let length = storage.content(ROWS).unwrap().len();
    change(&storage, ROWS, |bytes| bytes.truncate(length - 1));
    let found = (length - 1).to_string();
    refused(
        &storage,
        opening(),
        &["memory/rows.csv", &found, &length.to_string(), "restore"],
    );
}

#[test]
fn a_file_that_is_gone_is_refused() {
    let storage = written();
    storage.remove(DEAD).unwrap();
    refused(
        &storage,
        opening(),
        &[
            "memory/dead.csv",
            "0 bytes",
            "move the whole directory aside",
        ],
    );
}

#[test]
fn a_changed_byte_anywhere_in_the_committed_content_is_refused() {
    let good = written();
    for at in 0..good.content(ROWS).unwrap().len() {
        let storage = written();
        change(&storage, ROWS, |bytes| bytes[at] ^= 1);
        refused(&storage, opening(), &["memory/rows.csv"]);
    }
}

#[test]
fn content_is_not_read_beyond_the_limit_but_length_and_header_are_checked() {
    let storage = written();
    let mut unchecked = opening();
    unchecked.options.check_content_up_to_bytes = 0;
    change(&storage, ROWS, |bytes| *bytes.last_mut().unwrap() = b' ');
    let sink = open(&storage, unchecked.clone()).unwrap();
    assert!(
        sink.recovered()
            .files
            .iter()
            .all(|file| !file.content_checked)
    );
    drop(sink);
    change(&storage, ROWS, |bytes| bytes[0] = b'P');
    refused(&storage, unchecked, &["memory/rows.csv", "not ours"]);
}

#[test]
fn another_cluster_is_refused() {
    let mut other = opening();
    other.identity.cluster_id = "cluster-2".into();
    refused(
        &written(),
        other,
        &["manifest.sluicebox", "cluster-1", "cluster-2", "bootstrap"],
    );
}

#[test]
fn a_recreated_topic_is_refused() {
    let mut other = opening();
    other.identity.topics[0].id = "id-2".into();
    refused(
        &written(),
        other,
        &["`processed`", "id-1", "id-2", "recreated"],
    );
}

#[test]
fn unknown_ids_are_learnt_later_and_then_compared() {
    let storage = MemoryStorage::new();
    let mut unknown = opening();
    unknown.identity.cluster_id = String::new();
    unknown.identity.topics = vec![TopicIdentity {
        name: "processed".into(),
        id: String::new(),
    }];
    open(&storage, unknown.clone()).unwrap();
    open(&storage, opening()).unwrap();
    open(&storage, unknown).unwrap();
    let mut other = opening();
    other.identity.topics[0].id = "id-2".into();
    refused(&storage, other, &["recreated"]);
    let mut other = opening();
    other.identity.cluster_id = "cluster-2".into();
    refused(&storage, other, &["cluster-1"]);
}

#[test]
fn changed_columns_are_refused_unless_the_file_may_be_sealed() {
    let storage = written();
    let old = storage.content(ROWS).unwrap();
    let mut changed = opening();
    changed.files[0].header = "partition".into();
    refused(
        &storage,
        changed.clone(),
        &["memory/rows.csv", "partition,offset", "--rotate"],
    );

    storage.put("rows.1.csv", b"somebody else's".to_vec());
    changed.options.rotate = true;
    let sink = open(&storage, changed.clone()).unwrap();
    assert_eq!(
        sink.recovered().sealed,
        [(ROWS.to_owned(), "rows.2.csv".to_owned())]
    );
    assert_eq!(storage.content("rows.1.csv").unwrap(), b"somebody else's");
    assert_eq!(storage.content("rows.2.csv").unwrap(), old);
    assert_eq!(storage.content(ROWS).unwrap(), b"partition\n");
    assert_eq!(
        sink.state().sealed[0].file.rows,
        6 * 2,
        "what was sealed stays accounted for"
    );
    drop(sink);
    storage.remove("rows.2.csv").unwrap();
    open(&storage, changed).expect("a sealed file may be archived elsewhere");
}

#[test]
fn a_changed_plan_with_the_same_columns_begins_a_new_epoch() {
    let storage = written();
    let mut changed = opening();
    changed.identity.plan_hash = [2; 32];
    let sink = open(&storage, changed.clone()).unwrap();
    assert!(sink.recovered().plan_changed);
    assert_eq!((sink.state().epoch, sink.state().plan_hash), (2, [2; 32]));
    drop(sink);
    let sink = open(&storage, changed).unwrap();
    assert!(!sink.recovered().plan_changed);
    assert_eq!(sink.state().epoch, 2);
}

#[test]
fn a_manifest_of_a_newer_version_is_refused_as_such() {
    let storage = written();
    change(&storage, MANIFEST, |bytes| {
        bytes[8] = 2;
        let crc = crc32c::crc32c(&bytes[..12]);
        bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    });
    refused(
        &storage,
        opening(),
        &["version 2", "up to 1", "newer version"],
    );
}

#[test]
fn a_damaged_manifest_is_refused_with_the_place() {
    let storage = written();
    change(&storage, MANIFEST, |bytes| bytes[30] ^= 1);
    let text = refused(
        &storage,
        opening(),
        &["manifest.sluicebox", "byte 16", "restore"],
    );
    assert!(text.contains("move the whole directory aside"), "{text}");
}

#[test]
fn names_that_cannot_be_data_files_are_refused() {
    for name in ["", "../rows.csv", MANIFEST, DEAD, "dead.csv.new"] {
        let mut bad = opening();
        bad.files[0].name = name.into();
        let error = open(&MemoryStorage::new(), bad).unwrap_err();
        assert!(
            matches!(error.refusal(), Refusal::BadFileName { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_stream_that_is_no_longer_defined_keeps_its_file_and_its_place() {
    let storage = written();
    let mut fewer = opening();
    fewer.files.remove(0);
    fewer.inputs = vec!["letters".into()];
    let sink = open(&storage, fewer).unwrap();
    assert_eq!(sink.next_offset(0, 0), None, "letters were never read");
    drop(sink);
    run(
        &storage,
        opening(),
        &mut Acknowledged::from([(0, common::RECORDS)]),
    )
    .unwrap();
    assert_complete(&storage, &|| "defined again".into());
}

#[test]
fn rows_of_another_source_topic_do_not_go_into_the_same_file() {
    let storage = written();
    for rotate in [false, true] {
        let mut other = opening();
        other.sources = vec!["elsewhere".into()];
        other.options.rotate = rotate;
        refused(
            &storage,
            other,
            &["memory/rows.csv", "the topic `source`", "`elsewhere`"],
        );
    }
    let mut renamed = opening();
    renamed.sources = vec!["elsewhere".into()];
    renamed.files[0] = FileSpec::csv("elsewhere.csv", "partition,offset");
    open(&storage, renamed).unwrap();
    let mut back = opening();
    back.files[0] = FileSpec::csv("elsewhere.csv", "partition,offset");
    open(&storage, back).unwrap();
}
