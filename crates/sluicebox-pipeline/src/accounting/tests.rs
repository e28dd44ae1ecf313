use super::*;

const DATA_HEADER: &str = "sensor_id,note,source_partition,source_offset\n";
const LETTERS_HEADER: &str = "source_topic,source_partition,source_offset,value\n";

struct Fixture {
    dir: tempfile::TempDir,
}

impl Fixture {
    fn new(data: &str, letters: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("data.csv"), format!("{DATA_HEADER}{data}")).unwrap();
        std::fs::write(
            dir.path().join("dead.csv"),
            format!("{LETTERS_HEADER}{letters}"),
        )
        .unwrap();
        Self { dir }
    }

    fn files(&self, from_bytes: u64) -> Vec<AccountedFile> {
        let file = |name, rows_of, from_bytes| AccountedFile {
            path: self.dir.path().join(name),
            rows_of,
            from_bytes,
        };
        vec![
            file("data.csv", RowsOf::Topic("in".into()), from_bytes),
            file("dead.csv", RowsOf::Letters, 0),
        ]
    }
}

fn expect(partition: i32, ranges: &[(i64, i64)]) -> ExpectedOffsets {
    ExpectedOffsets {
        topic: "in".into(),
        partition,
        ranges: ranges.iter().map(|(start, end)| *start..*end).collect(),
    }
}

#[test]
fn rows_and_letters_together_are_whole() {
    let fixture = Fixture::new(
        "a,x,0,0\nb,y,0,1\nc,z,1,7\n",
        "in,0,2,\"bad, \"\"worse\"\"\n\"\n",
    );
    let account = account(
        &[expect(0, &[(0, 3)]), expect(1, &[(7, 8)])],
        &fixture.files(0),
    )
    .unwrap();
    assert!(account.is_whole());
    assert_eq!(
        (
            account.expected,
            account.rows,
            account.letters,
            account.others
        ),
        (4, 3, 1, 0)
    );
}

#[test]
fn records_acknowledged_without_an_offset_need_rows_of_their_own() {
    let fixture = Fixture::new("a,x,0,0\nb,y,0,1\n", "in,0,2,bad\n");
    let found = account(&[expect(0, &[(0, 1)])], &fixture.files(0)).unwrap();
    let with = |unplaced| Account {
        unplaced,
        ..found.clone()
    };
    assert!(with(2).is_whole() && !with(3).is_whole());
}

#[test]
fn a_missing_and_a_doubled_offset_are_named_with_their_places() {
    let rows = "a,\"two\nlines, and \"\"quotes\"\"\",0,0\nb,y,0,2\nc,z,0,2\n";
    let fixture = Fixture::new(rows, "in,0,0,again\n");
    let account = account(&[expect(0, &[(0, 4)])], &fixture.files(0)).unwrap();
    assert!(!account.is_whole());
    assert_eq!((account.missing, account.doubled), (2, 2));
    let missing: Vec<i64> = account.missing_examples.iter().map(|m| m.offset).collect();
    assert_eq!(missing, [1, 3]);
    let doubled = &account.doubled_examples;
    assert_eq!(
        (doubled[0].offset, doubled[0].line),
        (2, 5),
        "header, two lines, first, second"
    );
    assert_eq!((doubled[1].offset, doubled[1].line), (0, 2));
    assert!(doubled[1].file.ends_with("dead.csv"));
}

#[test]
fn rows_of_earlier_runs_and_of_others_are_not_counted() {
    let old = "a,x,0,0\n";
    let fixture = Fixture::new(
        &format!("{old}b,y,0,1\nc,y,5,0\n"),
        "elsewhere,0,1,v\nin,0,99,v\n",
    );
    let from = (DATA_HEADER.len() + old.len()) as u64;
    let account = account(&[expect(0, &[(1, 2)])], &fixture.files(from)).unwrap();
    assert!(account.is_whole());
    assert_eq!((account.rows, account.letters, account.others), (1, 0, 3));
}

#[test]
fn offsets_with_holes_between_ranges_are_told_apart() {
    let fixture = Fixture::new("a,x,0,5\na,x,0,100\na,x,0,50\na,x,0,6\n", "");
    let account = account(&[expect(0, &[(5, 7), (100, 101)])], &fixture.files(0)).unwrap();
    assert!(account.is_whole());
    assert_eq!((account.rows, account.others), (3, 1));
}

#[test]
fn a_file_that_does_not_exist_is_empty() {
    let fixture = Fixture::new("", "");
    std::fs::remove_file(fixture.dir.path().join("data.csv")).unwrap();
    let account = account(&[expect(0, &[(0, 2)])], &fixture.files(0)).unwrap();
    assert_eq!((account.missing, account.rows), (2, 0));
}

#[test]
fn an_unfinished_last_row_is_no_row() {
    let fixture = Fixture::new("a,x,0,0\nb,y,0,1", "");
    let account = account(&[expect(0, &[(0, 2)])], &fixture.files(0)).unwrap();
    assert_eq!((account.missing, account.rows), (1, 1));
}

#[test]
fn damaged_rows_and_foreign_headers_are_named() {
    let fixture = Fixture::new("a,x,0,0\nb,y,zero,1\n", "");
    let error = account(&[expect(0, &[(0, 2)])], &fixture.files(0)).unwrap_err();
    assert!(
        matches!(error, AccountingError::BadRow { line: 3, .. }),
        "{error}"
    );
    std::fs::write(fixture.dir.path().join("data.csv"), "a,b\n1,2\n").unwrap();
    let error = account(&[], &fixture.files(0)).unwrap_err();
    assert!(error.to_string().contains("source_partition"), "{error}");
}

#[test]
fn rows_that_straddle_reads_are_read_whole() {
    let rows = (0..40_000).map(|n| format!("sensor-{n},\"a,\nb\",0,{n}\n"));
    let rows = rows.collect::<Vec<_>>().concat();
    assert!(rows.len() > 3 * ACCOUNTING_READ_BYTES);
    let fixture = Fixture::new(&rows, "");
    let account = account(&[expect(0, &[(0, 40_000)])], &fixture.files(0)).unwrap();
    assert!(account.is_whole());
    assert_eq!(account.rows, 40_000);
}
