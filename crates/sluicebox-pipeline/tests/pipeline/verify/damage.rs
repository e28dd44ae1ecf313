//! Damage to rows, planted into the files of a real run, and named.

use std::path::Path;

use sluicebox_pipeline::verify::{
    Finding, Kind, Progress, Report, VerifyConfig, VerifyError, verify,
};

use super::{
    ACTIVITY, LETTERS, SENSOR, assert_proven, config, copy, finding, finished, kinds, lines, write,
};
use crate::stage::Stage;

/// The files of a run, to be damaged again and again.
pub(super) struct Victim {
    stage: Stage,
    copies: usize,
}

impl Victim {
    pub(super) fn new(name: &str) -> Self {
        let stage = finished(name);
        Self { stage, copies: 0 }
    }

    /// Verifies a copy of the files after `damage` was done to it.
    pub(super) fn after(&mut self, damage: impl FnOnce(&Path)) -> Report {
        self.outcome(damage).unwrap()
    }

    /// The same, with damage to the lines of one file.
    pub(super) fn after_editing(
        &mut self,
        file: &str,
        edit: impl FnOnce(&mut Vec<String>),
    ) -> Report {
        self.after(|dir| {
            let mut lines = lines(dir, file);
            edit(&mut lines);
            write(dir, file, &lines);
        })
    }

    /// Damages a copy of the files so that they cannot be verified, and says why.
    pub(super) fn refused(&mut self, damage: impl FnOnce(&Path)) -> String {
        self.outcome(damage).unwrap_err().to_string()
    }

    fn outcome(&mut self, damage: impl FnOnce(&Path)) -> Result<Report, VerifyError> {
        self.copies += 1;
        let dir = self.stage.dir.path().join(format!("copy-{}", self.copies));
        copy(&self.stage.output_dir(), &dir);
        damage(&dir);
        let config = VerifyConfig {
            output_dir: dir,
            ..config(&self.stage)
        };
        verify(&config, &Progress::default())
    }

    /// The source record of a line of a data file: partition and offset, its last columns.
    fn source(&self, file: &str, line: usize) -> (i32, i64) {
        let lines = lines(&self.stage.output_dir(), file);
        let mut columns = lines[line - 1].trim_end().rsplit(',');
        let offset = columns.next().unwrap().parse().unwrap();
        (columns.next().unwrap().parse().unwrap(), offset)
    }
}

/// Where a finding is: file, line, partition and offset.
pub(super) fn place(finding: &Finding) -> (Option<&str>, Option<u64>, Option<i32>, Option<i64>) {
    let place = &finding.place;
    (
        place.file.as_deref(),
        place.line,
        place.partition,
        place.offset,
    )
}

#[test]
fn a_run_is_proven_and_every_record_counted() {
    let mut victim = Victim::new("proven");
    let report = victim.after(|_| {});
    assert_proven(&report);
    let counts: Vec<_> = report
        .streams
        .iter()
        .map(|it| (it.name.as_str(), it.source_records, it.rows, it.letters))
        .collect();
    assert_eq!(counts, [("sensor", 205, 200, 5), ("activity", 60, 60, 0)]);
}

#[test]
fn a_row_that_was_removed_is_named_by_its_record() {
    let mut victim = Victim::new("removed");
    let (partition, offset) = victim.source(SENSOR, 10);
    let report = victim.after_editing(SENSOR, |lines| {
        lines.remove(9);
    });
    let missing = finding(&report, Kind::RowMissing);
    assert_eq!(place(missing), (None, None, Some(partition), Some(offset)));
    assert_eq!((missing.count, report.streams[0].missing), (1, 1));
    assert_eq!(
        kinds(&report),
        [
            Kind::FileShorter,
            Kind::FileChanged,
            Kind::RowCountWrong,
            Kind::RowMissing
        ]
    );
}

#[test]
fn a_row_that_was_doubled_is_named_at_its_second_place() {
    let mut victim = Victim::new("doubled");
    let (partition, offset) = victim.source(ACTIVITY, 7);
    let report = victim.after_editing(ACTIVITY, |lines| {
        lines.insert(20, lines[6].clone());
    });
    let doubled = finding(&report, Kind::RowDoubled);
    assert_eq!(
        place(doubled),
        (Some(ACTIVITY), Some(21), Some(partition), Some(offset))
    );
    assert!(
        doubled.detail.contains("the first one is in"),
        "{}",
        doubled.detail
    );
    assert_eq!(report.streams[1].doubled, 1);
}

#[test]
fn a_value_that_was_changed_is_named_with_what_it_should_be() {
    let mut victim = Victim::new("changed");
    let (partition, offset) = victim.source(SENSOR, 33);
    let report = victim.after_editing(SENSOR, |lines| {
        lines[32] = lines[32].replace(",21.5,", ",21.6,");
    });
    let changed = finding(&report, Kind::RowChanged);
    assert_eq!(
        place(changed),
        (Some(SENSOR), Some(33), Some(partition), Some(offset))
    );
    assert_eq!(changed.detail, "temperature is `21.6`, expected `21.5`");
    assert_eq!(kinds(&report), [Kind::FileChanged, Kind::RowChanged]);
    assert_eq!(report.streams[0].changed, 1);
}

#[test]
fn rows_of_one_key_that_were_swapped_are_out_of_order() {
    let mut victim = Victim::new("swapped");
    let all = lines(&victim.stage.output_dir(), SENSOR);
    let of_key = |line: &String| line.starts_with("sensor-3,");
    let places: Vec<_> = (0..all.len()).filter(|at| of_key(&all[*at])).collect();
    let (first, second) = (places[2], places[3]);
    let (partition, offset) = victim.source(SENSOR, second + 1);
    let report = victim.after(|dir| {
        let mut lines = all.clone();
        lines.swap(first, second);
        write(dir, SENSOR, &lines);
    });
    let moved = finding(&report, Kind::OutOfOrder);
    let line = Some(first as u64 + 1);
    assert_eq!(
        place(moved),
        (Some(SENSOR), line, Some(partition), Some(offset))
    );
    assert_eq!(kinds(&report), [Kind::FileChanged, Kind::OutOfOrder]);
}

#[test]
fn a_row_that_was_invented_is_named() {
    let mut victim = Victim::new("invented");
    let (partition, _) = victim.source(SENSOR, 5);
    let report = victim.after_editing(SENSOR, |lines| {
        let (start, _) = lines[4].rsplit_once(',').unwrap();
        lines.insert(12, format!("{start},999999\n"));
    });
    let invented = finding(&report, Kind::RowInvented);
    assert_eq!(
        place(invented),
        (Some(SENSOR), Some(13), Some(partition), Some(999_999))
    );
    assert!(
        invented.detail.starts_with("the topic ends at offset"),
        "{}",
        invented.detail
    );
    let report = victim.after_editing(SENSOR, |lines| {
        let fields: Vec<_> = lines[4].rsplitn(3, ',').collect();
        lines[4] = format!("{},77,{}", fields[2], fields[0]);
    });
    let invented = finding(&report, Kind::RowInvented);
    assert_eq!((place(invented).1, place(invented).2), (Some(5), Some(77)));
    assert!(
        invented.detail.contains("no such partition"),
        "{}",
        invented.detail
    );
}

#[test]
fn a_row_in_a_wrong_file_is_named_with_its_own_file() {
    let mut victim = Victim::new("misplaced");
    let (partition, offset) = victim.source(SENSOR, 8);
    let report = victim.after(|dir| {
        let mut rows = lines(dir, SENSOR);
        let row = rows.remove(7);
        write(dir, SENSOR, &rows);
        let mut rows = lines(dir, ACTIVITY);
        rows.insert(3, row);
        write(dir, ACTIVITY, &rows);
    });
    let misplaced = finding(&report, Kind::RowMisplaced);
    assert_eq!(
        place(misplaced),
        (Some(ACTIVITY), Some(4), Some(partition), Some(offset))
    );
    assert_eq!(misplaced.detail, format!("it belongs into {SENSOR}"));
}

#[test]
fn a_letter_that_was_lost_or_altered_is_named() {
    let mut victim = Victim::new("letters");
    let report = victim.after_editing(LETTERS, |lines| {
        let lost = lines
            .iter()
            .position(|line| line.contains("null_value"))
            .unwrap();
        lines.remove(lost);
    });
    let missing = finding(&report, Kind::RowMissing);
    assert!(
        missing
            .place
            .topic
            .as_deref()
            .unwrap()
            .ends_with("sensor_data")
    );
    assert_eq!(
        (report.streams[0].letters, report.streams[0].missing),
        (4, 1)
    );
    for (from, to, detail) in [
        (
            "null_value",
            "nill_value",
            "reason is `nill_value`, expected `null_value`",
        ),
        ("bad-1,", "bad-7,", "key is `bad-7`, expected `bad-1`"),
        ("two lines", "two limes", "value is "),
        ("2999-01-01", "2998-01-01", "message is "),
    ] {
        let report = victim.after(|dir| {
            let text = std::fs::read_to_string(dir.join(LETTERS)).unwrap();
            assert!(text.contains(from), "{text}");
            std::fs::write(dir.join(LETTERS), text.replacen(from, to, 1)).unwrap();
        });
        let changed = finding(&report, Kind::RowChanged);
        assert!(changed.detail.starts_with(detail), "{}", changed.detail);
        assert_eq!(kinds(&report), [Kind::FileChanged, Kind::RowChanged]);
    }
}

#[test]
fn a_letter_that_names_a_topic_of_nobody_stands_for_no_record() {
    let mut victim = Victim::new("strange-letter");
    let report = victim.after_editing(LETTERS, |lines| {
        let (_, rest) = lines[1].split_once(',').unwrap();
        lines[1] = format!("elsewhere,{rest}");
    });
    let strange = finding(&report, Kind::LineageUnknown);
    assert_eq!(strange.place.topic.as_deref(), Some("elsewhere"));
    assert_eq!(
        (strange.place.line, report.counts[&Kind::RowMissing]),
        (Some(2), 1)
    );
}
