//! What a sink writes in these tests, and what must be there after each power loss.

use sluicebox_crashsim::{Disk, History, Image};
use sluicebox_sink::{FileSpec, InputRef, Opening, Refusal, SingleLayout, SourceRef};

use crate::common::simulated::SimulatedStorage;
use crate::common::{Acknowledged, DEAD, PARTITIONS, ROWS, content, open, opening};

const RECORDS: i64 = 9;
const RECORDS_PER_COMMIT: i64 = 2;
const HEADERS: [&str; 2] = ["partition,offset\n", "why,offset\n"];

type Sink = SingleLayout<SimulatedStorage>;

/// How long rows are: longer ones go over several sectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    pub(crate) padding_bytes: usize,
}

impl World {
    fn row(self, partition: i32, offset: i64) -> (usize, String) {
        let padding = "x".repeat(self.padding_bytes);
        if offset % 3 == 2 {
            let row = format!("\"two\nlines\",{partition}/{offset}{padding}\n");
            (1, row)
        } else {
            (0, format!("{partition},{offset}{padding}\n"))
        }
    }

    /// Both files when these offsets come next.
    fn files(self, next: &Acknowledged) -> [String; 2] {
        let mut files = HEADERS.map(str::to_owned);
        for first in (0..RECORDS).step_by(RECORDS_PER_COMMIT as usize) {
            for partition in 0..PARTITIONS {
                let next = next.get(&partition).copied().unwrap_or(0);
                for offset in first..next.min(first + RECORDS_PER_COMMIT) {
                    let (file, row) = self.row(partition, offset);
                    files[file].push_str(&row);
                }
            }
        }
        files
    }

    /// Appends the records of one commit; `false` at the end of the input.
    pub(crate) fn step(self, sink: &mut Sink) -> bool {
        let mut any = false;
        for partition in 0..PARTITIONS {
            let next = sink.next_offset(0, partition).unwrap_or(0);
            for offset in next..RECORDS.min(next + RECORDS_PER_COMMIT) {
                let (file, row) = self.row(partition, offset);
                let input = InputRef {
                    topic: 0,
                    partition,
                    offset,
                };
                let source = SourceRef {
                    source: 0,
                    partition,
                    offset: 100 + 10 * offset,
                };
                sink.append(input, Some(source), file, row.as_bytes())
                    .unwrap();
                any = true;
            }
        }
        any
    }

    /// Reads the input to its end; tells the history of every commit.
    pub(crate) fn run(
        self,
        storage: &SimulatedStorage,
        history: &mut History<Acknowledged>,
    ) -> Result<(), String> {
        let mut sink = open(storage, opening()).map_err(|e| e.to_string())?;
        while self.step(&mut sink) {
            sink.commit().map_err(|e| e.to_string())?;
            history.tell(positions(&sink));
        }
        Ok(())
    }

    /// Recovers, and checks what is there before and after going on to the end.
    pub(crate) fn check(self, image: &Image, acknowledged: &Acknowledged) -> Result<(), String> {
        let storage = SimulatedStorage::found(image);
        let mut sink = open(&storage, opening()).map_err(|e| format!("refused: {e}"))?;
        let found = positions(&sink);
        for (partition, next) in acknowledged {
            let found = found.get(partition).copied().unwrap_or(0);
            if found < *next {
                return Err(format!(
                    "partition {partition} is at {found}, {next} was acknowledged"
                ));
            }
        }
        self.expect(&storage, &found, "recovered")?;
        while self.step(&mut sink) {
            sink.commit().map_err(|e| format!("cannot go on: {e}"))?;
        }
        let all = (0..PARTITIONS).map(|p| (p, RECORDS)).collect();
        self.expect(&storage, &all, "at the end")
    }

    /// Files and manifest hold the records before these offsets, each once and in order.
    fn expect(
        self,
        storage: &SimulatedStorage,
        next: &Acknowledged,
        when: &str,
    ) -> Result<(), String> {
        let state = sluicebox_sink::read_manifest(storage).map_err(|e| e.to_string())?;
        let state = state.ok_or("there is no manifest")?;
        for (name, expected) in [ROWS, DEAD].into_iter().zip(self.files(next)) {
            let found = content(storage, name).unwrap_or_default();
            if found != expected.as_bytes() {
                let found = String::from_utf8_lossy(&found).into_owned();
                return Err(format!("{when}, {name} is {found:?}, not {expected:?}"));
            }
            let recorded = state.file(name).ok_or("the manifest has lost a file")?;
            let lines = expected.matches('\n').count() as u64;
            let rows = expected.len() as u64 == recorded.length && recorded.rows < lines;
            if !rows || recorded.crc != crc32c::crc32c(expected.as_bytes()) {
                return Err(format!("{when}, the manifest says {recorded:?} of {name}"));
            }
        }
        Ok(())
    }
}

fn positions(sink: &Sink) -> Acknowledged {
    (0..PARTITIONS)
        .filter_map(|partition| Some((partition, sink.next_offset(0, partition)?)))
        .collect()
}

/// A directory with all records in it, durable.
pub(crate) fn full(world: World) -> Image {
    let storage = SimulatedStorage::default();
    let mut history = History::begin(&storage.disk, Acknowledged::new());
    world.run(&storage, &mut history).unwrap();
    storage.disk.image()
}

pub(crate) fn changed_columns(rotate: bool) -> Opening {
    let mut changed = opening();
    changed.files[0] = FileSpec::csv(ROWS, "partition,offset,more");
    changed.options.rotate = rotate;
    changed
}

/// After a power loss in a rotation: it has happened (then any start finishes it) or not, the old
/// rows are all there, and the new file begins once.
pub(crate) fn check_rotation(image: &Image, old: &Image, is_done: bool) -> Result<(), String> {
    let storage = SimulatedStorage::found(image);
    match open(&storage, changed_columns(false)) {
        Ok(_) => {}
        Err(error) if matches!(error.refusal(), Refusal::ColumnsChanged { .. }) && !is_done => {
            open(&storage, changed_columns(true)).map_err(|e| format!("refused: {e}"))?;
        }
        Err(error) => return Err(format!("refused: {error}")),
    }
    let expected = [
        ("rows.1.csv", old.file(ROWS).unwrap_or_default()),
        (ROWS, b"partition,offset,more\n"),
        (DEAD, old.file(DEAD).unwrap_or_default()),
        ("rows.2.csv", b""),
    ];
    for (name, expected) in expected {
        if content(&storage, name).unwrap_or_default() != expected {
            return Err(format!("{name} is not what it should be"));
        }
    }
    Ok(())
}

pub(crate) fn disk_of(image: &Image) -> (SimulatedStorage, Disk) {
    let storage = SimulatedStorage::found(image);
    let disk = storage.disk.clone();
    (storage, disk)
}
