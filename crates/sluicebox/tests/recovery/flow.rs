//! The rows as they come: how recent the last one of each source partition is.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

const FILES: [&str; 2] = ["processed_data_sensor.csv", "processed_data_activity.csv"];
/// Of each of the two source topics.
const PARTITIONS: usize = 6;
const LOOK: Duration = Duration::from_millis(50);

/// Follows the files of an output directory.
pub(crate) struct Flow {
    files: Vec<Followed>,
}

struct Followed {
    path: PathBuf,
    /// Bytes read so far; a file that is cut is read again from there.
    read: u64,
    rest: Vec<u8>,
    /// Event time of the last row, by source partition.
    latest: BTreeMap<String, Timestamp>,
}

/// The present moment.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

impl Flow {
    pub(crate) fn new(out: &Path) -> Self {
        let files = FILES.map(|name| Followed {
            path: out.join(name),
            read: 0,
            rest: Vec::new(),
            latest: BTreeMap::new(),
        });
        Self {
            files: files.into(),
        }
    }

    /// Waits until the last row of every partition is of an event after `moment`; how long that
    /// was. At most `patience`.
    pub(crate) fn all_after(&mut self, moment: Timestamp, patience: Duration) -> Duration {
        let began = Instant::now();
        loop {
            self.files.iter_mut().for_each(Followed::look);
            let current = self.files.iter().all(|file| file.is_after(moment));
            if current || began.elapsed() > patience {
                return began.elapsed();
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Followed {
    fn is_after(&self, moment: Timestamp) -> bool {
        self.latest.len() == PARTITIONS && self.latest.values().all(|last| *last > moment)
    }

    fn look(&mut self) {
        let Ok(mut file) = File::open(&self.path) else {
            return;
        };
        let length = file.metadata().unwrap().len();
        if length < self.read {
            // Rows of an unfinished commit were cut; they come again.
            (self.read, self.rest) = (length, Vec::new());
        }
        file.seek(SeekFrom::Start(self.read)).unwrap();
        let mut bytes = std::mem::take(&mut self.rest);
        self.read += file.read_to_end(&mut bytes).unwrap() as u64;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        self.rest = bytes.split_off(whole);
        let rows = String::from_utf8_lossy(&bytes);
        for row in rows.lines() {
            let fields: Vec<&str> = row.split(',').collect();
            let partition = fields[fields.len().saturating_sub(2)];
            if let (Some(Ok(time)), true) = (
                fields.get(1).map(|time| time.parse()),
                partition.parse::<i32>().is_ok(),
            ) {
                self.latest.insert(partition.to_owned(), time);
            }
        }
    }
}
