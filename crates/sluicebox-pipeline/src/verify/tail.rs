//! What is in the output topics and not yet in the files: records in flight.

use sluicebox_event::Plans;
use sluicebox_kafka::RecordRef;

use super::config::{Phase, Progress, VerifyConfig};
use super::cut::{Cut, Tail};
use super::entry::Entry;
use super::error::VerifyError;
use super::logs::{LogReader, Visitor};
use super::sorter::Sorter;
use crate::lineage::LineageReader;

const LETTERS: u16 = 1;

/// Adds an entry for each record in flight, and notes the highest source offset of each partition.
/// `false`: some of them were removed before they were read.
pub(super) fn read(
    config: &VerifyConfig,
    client: &sluicebox_kafka::ClientOptions,
    cut: &Cut,
    sorter: &mut Sorter<Entry>,
    highest: &mut std::collections::HashMap<(u16, i32), i64>,
    progress: &Progress,
) -> Result<bool, VerifyError> {
    let range = |tail: &Tail| (tail.next.max(tail.earliest), tail.end);
    let tails = || {
        let topics = cut.outputs.iter().enumerate();
        topics.flat_map(|(topic, output)| output.tails.iter().map(move |tail| (topic as u16, tail)))
    };
    let total: i64 = tails()
        .map(|(_, tail)| range(tail).1 - range(tail).0)
        .map(|offsets| offsets.max(0))
        .sum();
    progress.begin(Phase::InFlight, total as u64);
    if total == 0 {
        return Ok(true);
    }
    let names = vec![
        config.topics.processed.clone(),
        config.topics.dead_letters.clone(),
    ];
    let mut reader = LogReader::new(client, names, config.wait)?;
    let mut visitor = Lineages {
        plans: &config.plans,
        reader: LineageReader::default(),
        sorter,
        highest,
        progress,
        temp: &config.temp_dir,
        is_whole: true,
    };
    for (topic, tail) in tails() {
        reader.read(topic, tail.partition, range(tail), &mut visitor)?;
    }
    reader.close();
    Ok(visitor.is_whole)
}

struct Lineages<'a> {
    plans: &'a Plans,
    reader: LineageReader,
    sorter: &'a mut Sorter<Entry>,
    highest: &'a mut std::collections::HashMap<(u16, i32), i64>,
    progress: &'a Progress,
    temp: &'a std::path::Path,
    is_whole: bool,
}

impl Visitor for Lineages<'_> {
    fn begins_at(&mut self, _: i64) -> Result<(), VerifyError> {
        self.is_whole = false;
        Ok(())
    }

    fn record(&mut self, record: &RecordRef<'_>) -> Result<bool, VerifyError> {
        self.progress.add(1);
        let lineage = match record.topic() {
            LETTERS => LineageReader::of_letter(self.plans, record),
            _ => self.reader.of_processed(self.plans, record),
        };
        let Some(of) = lineage else { return Ok(true) };
        let highest = self
            .highest
            .entry((of.stream.0, of.partition))
            .or_insert(of.offset);
        *highest = of.offset.max(*highest);
        let output = (record.topic(), record.partition(), record.offset());
        let entry = Entry::in_flight((of.stream.0, of.partition, of.offset), output);
        let failed = VerifyError::temporary(self.temp);
        self.sorter.push(entry).map_err(failed)?;
        Ok(true)
    }
}
