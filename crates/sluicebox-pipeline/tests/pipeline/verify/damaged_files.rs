//! Damage to files as a whole, to their bytes, and to the manifest.

use std::path::Path;

use sluicebox_pipeline::verify::{Kind, Verdict};
use sluicebox_sink::{Attempt, DiskStorage, Storage};

use super::damage::{Victim, place};
use super::{ACTIVITY, SENSOR, assert_proven, finding, kinds, lines};

#[test]
fn a_file_that_was_cut_or_removed_is_named() {
    let mut victim = Victim::new("cut");
    let report = victim.after(|dir| {
        let text = std::fs::read(dir.join(SENSOR)).unwrap();
        std::fs::write(dir.join(SENSOR), &text[..text.len() - 100]).unwrap();
    });
    let shorter = finding(&report, Kind::FileShorter);
    assert_eq!(place(shorter).0, Some(SENSOR));
    let torn = finding(&report, Kind::RowUnreadable);
    assert_eq!(
        (place(torn).1.is_some(), torn.detail.as_str()),
        (true, "the row does not end")
    );
    assert_eq!(report.streams[0].missing, 2);
    let report = victim.after(|dir| std::fs::remove_file(dir.join(ACTIVITY)).unwrap());
    assert_eq!(kinds(&report), [Kind::FileMissing, Kind::RowMissing]);
    assert_eq!(report.counts[&Kind::RowMissing], 60);
    assert!(
        report.findings.len() < 10,
        "missing rows are told in ranges"
    );
}

#[test]
fn foreign_bytes_are_named_where_they_stand_and_rows_around_them_are_read() {
    let mut victim = Victim::new("foreign");
    for foreign in [
        &b"\0\0\0\0\0\0\0\0\0\0\0\0"[..],
        b"\"quote,and\n\"\"",
        b"\n\n\n\n\n\n\n\n",
    ] {
        let report = victim.after(|dir| {
            let mut bytes = std::fs::read(dir.join(SENSOR)).unwrap();
            let start: usize = lines(dir, SENSOR)[..40].iter().map(String::len).sum();
            bytes[start..start + foreign.len()].copy_from_slice(foreign);
            std::fs::write(dir.join(SENSOR), bytes).unwrap();
        });
        let changed = report.counts.get(&Kind::RowChanged).copied().unwrap_or(0);
        let bad = report
            .counts
            .get(&Kind::RowUnreadable)
            .copied()
            .unwrap_or(0);
        assert!(changed + bad > 0, "{:#?}", report.findings);
        assert!(report.streams[0].missing <= 1, "{:#?}", report.findings);
        let named = report
            .findings
            .iter()
            .filter(|it| it.kind != Kind::RowMissing);
        assert!(
            named
                .filter_map(|it| it.place.line)
                .all(|line| (41..=50).contains(&line))
        );
    }
}

#[test]
fn bytes_behind_the_committed_length_are_of_the_sink_that_writes_or_a_finding() {
    let mut victim = Victim::new("surplus");
    let tear = |dir: &Path| {
        let mut bytes = std::fs::read(dir.join(SENSOR)).unwrap();
        bytes.extend_from_slice(b"half a row");
        std::fs::write(dir.join(SENSOR), bytes).unwrap();
    };
    let report = victim.after(tear);
    assert_eq!(
        (kinds(&report), report.verdict()),
        (vec![Kind::UncommittedTail], Some(Verdict::Unprovable))
    );
    assert_eq!(report.files[0].uncommitted_bytes, 10);
    let tail = finding(&report, Kind::UncommittedTail);
    assert_eq!(tail.place.file.as_deref(), Some(SENSOR));
    assert!(
        tail.detail.starts_with("10 bytes behind the "),
        "{}",
        tail.detail
    );
    let mut lock = None;
    let report = victim.after(|dir| {
        tear(dir);
        let storage = DiskStorage::existing(dir);
        match storage.try_lock("lock.sluicebox").unwrap() {
            Attempt::Acquired(taken) => lock = Some(taken),
            Attempt::Held { .. } => panic!("nobody else is there"),
        }
    });
    assert_proven(&report);
    assert_eq!(report.files[0].uncommitted_bytes, 10, "it is told");
    drop(lock);
    let report = victim.after(|dir| {
        tear(dir);
        std::fs::remove_file(dir.join("lock.sluicebox")).unwrap();
    });
    assert_eq!(
        kinds(&report),
        [Kind::UncommittedTail],
        "no lock file, no sink"
    );
}

#[test]
fn a_header_is_compared_to_its_last_byte_and_rows_are_still_read() {
    let mut victim = Victim::new("header");
    let report = victim.after_editing(SENSOR, |lines| {
        lines[0] = lines[0].replace("humidity", "humility");
    });
    assert_eq!(kinds(&report), [Kind::FileChanged, Kind::HeaderChanged]);
    assert_eq!(report.streams[0].rows, 200);
    for end in ["\r\n", " \n"] {
        let report = victim.after_editing(SENSOR, |lines| {
            lines[0] = format!("{}{end}", lines[0].trim_end());
        });
        finding(&report, Kind::HeaderChanged);
    }
}

#[test]
fn a_time_of_processing_that_was_changed_is_told_by_the_checksum() {
    let mut victim = Victim::new("time");
    let report = victim.after_editing(SENSOR, |lines| {
        let at = lines[9].rsplit(',').nth(2).unwrap().to_owned();
        let other = at.replace("20", "19");
        lines[9] = lines[9].replace(&at, &other);
    });
    assert!(
        kinds(&report).contains(&Kind::FileChanged),
        "{:?}",
        kinds(&report)
    );
}

#[test]
fn a_flipped_bit_in_the_manifest_is_named_and_the_rows_are_still_proven() {
    let mut victim = Victim::new("manifest");
    let report = victim.after(|dir| {
        let path = dir.join("manifest.sluicebox");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[40] ^= 4;
        std::fs::write(path, bytes).unwrap();
    });
    assert_eq!(kinds(&report), [Kind::ManifestDamaged]);
    assert!(
        finding(&report, Kind::ManifestDamaged)
            .detail
            .contains("at byte")
    );
    assert_eq!((report.streams[0].rows, report.streams[1].rows), (200, 60));
    let report = victim.after(|dir| std::fs::remove_file(dir.join("manifest.sluicebox")).unwrap());
    assert_eq!(kinds(&report), [Kind::ManifestMissing]);
}

#[test]
fn a_file_that_only_looks_like_ours_is_not_proven() {
    let mut victim = Victim::new("unknown");
    let report = victim.after(|dir| {
        std::fs::copy(dir.join(SENSOR), dir.join("processed_data_sensor.2.csv")).unwrap();
    });
    assert_eq!(
        (kinds(&report), report.verdict()),
        (vec![Kind::FileUnknown], Some(Verdict::Unprovable))
    );
}

#[test]
fn a_pipe_in_place_of_a_file_is_named_and_not_waited_for() {
    let mut victim = Victim::new("pipe");
    for name in [SENSOR, "manifest.sluicebox"] {
        let error = victim.refused(|dir| {
            std::fs::remove_file(dir.join(name)).unwrap();
            let mut make = std::process::Command::new("mkfifo");
            assert!(make.arg(dir.join(name)).status().unwrap().success());
        });
        assert!(
            error.contains(name) && error.contains("no regular file"),
            "{error}"
        );
    }
}
