//! Records that were jumped over: whether there are any between what the outputs know and where
//! somebody put the group. Offsets alone do not tell: transaction markers take some as well.

use sluicebox_kafka::{Consumer, OutOfRange, RecordBatch, TopicPartition, TopicPartitionOffset};

use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::looking::{Looking, Seeker};
use crate::retry::Patience;

/// Offsets of a partition that no output knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) at: TopicPartition,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The spans that hold records, each from its first record on. `None`: told to stop.
pub(crate) fn with_records(
    config: &ProcessorConfig,
    topics: &[String],
    spans: Vec<Span>,
    patience: &Patience,
) -> Result<Option<Vec<Span>>, PipelineError> {
    if spans.is_empty() {
        return Ok(Some(spans));
    }
    let looking = Looking {
        client: &config.client,
        topics: topics.to_vec(),
        are_sources: true,
        starts: spans.iter().map(start_of).collect(),
        patience,
    };
    let mut first = FirstRecords {
        left: spans,
        found: Vec::new(),
    };
    Ok(looking.look(&mut first)?.then_some(first.found))
}

fn start_of(span: &Span) -> TopicPartitionOffset {
    TopicPartitionOffset {
        topic: span.at.topic,
        partition: span.at.partition,
        offset: span.from,
    }
}

struct FirstRecords {
    left: Vec<Span>,
    found: Vec<Span>,
}

impl Seeker for FirstRecords {
    fn records(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        for record in batch.iter() {
            let (topic, partition) = (record.topic(), record.partition());
            let at = TopicPartition { topic, partition };
            // The first record of a partition decides.
            if let Some(index) = self.left.iter().position(|span| span.at == at) {
                let span = self.left.swap_remove(index);
                let from = record.offset();
                self.found
                    .extend((from < span.to).then_some(Span { from, ..span }));
            }
        }
        Ok(())
    }

    /// Nobody can process them any more.
    fn removed(&mut self, out: &OutOfRange) -> Option<i64> {
        self.left.retain(|span| span.at != out.at.topic_partition());
        None
    }

    fn is_done(&mut self, reader: &Consumer) -> bool {
        self.left
            .retain(|span| (reader.position_end(span.at)).is_none_or(|at| at < span.to));
        self.left.is_empty()
    }
}
