//! Records that were jumped over: whether there are any between what the outputs know and where
//! somebody put the group. Offsets alone do not tell: transaction markers take some as well.

use std::time::{Duration, Instant};

use sluicebox_kafka::{Consumer, Polled, TopicPartition, TopicPartitionOffset};

use crate::config::ProcessorConfig;
use crate::error::PipelineError;
use crate::limits::{POLL_WAIT_MS, REQUEST_TIMEOUT_MS, SAME_SOURCE_RECORDS_MAX, SCAN_STALL_MS};
use crate::stop::{StopLevel, StopSignal};

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
    stop: &StopSignal,
) -> Result<Option<Vec<Span>>, PipelineError> {
    if spans.is_empty() {
        return Ok(Some(spans));
    }
    let mut reader = Consumer::reader(&config.client, topics.to_vec())?;
    let starts: Vec<_> = spans.iter().map(start_of).collect();
    reader.assign(&starts)?;
    let outcome = look(&mut reader, spans, stop);
    reader.close(Duration::from_millis(REQUEST_TIMEOUT_MS));
    outcome
}

fn start_of(span: &Span) -> TopicPartitionOffset {
    TopicPartitionOffset {
        topic: span.at.topic,
        partition: span.at.partition,
        offset: span.from,
    }
}

fn look(
    reader: &mut Consumer,
    mut left: Vec<Span>,
    stop: &StopSignal,
) -> Result<Option<Vec<Span>>, PipelineError> {
    let (mut found, mut progressed) = (Vec::new(), Instant::now());
    while !left.is_empty() {
        if stop.level() >= StopLevel::Drain {
            return Ok(None);
        }
        if progressed.elapsed() >= Duration::from_millis(SCAN_STALL_MS) {
            tracing::warn!("no records from the source topics for a while; still waiting for them");
            progressed = Instant::now();
        }
        let wait = Duration::from_millis(POLL_WAIT_MS);
        let polled = reader.poll(SAME_SOURCE_RECORDS_MAX, wait)?;
        if let Polled::Recreated(topic) = polled {
            let topic = reader.topic_name(topic).unwrap_or_default().to_owned();
            let is_source = true;
            return Err(PipelineError::Recreated { topic, is_source });
        }
        if let Polled::OutOfRange(out) = &polled {
            // Removed meanwhile: nobody can process them any more.
            left.retain(|span| span.at != out.at.topic_partition());
        }
        if let Polled::Records(batch) = polled {
            progressed = Instant::now();
            for record in batch.iter() {
                let (topic, partition) = (record.topic(), record.partition());
                let at = TopicPartition { topic, partition };
                // The first record of a partition decides.
                if let Some(index) = left.iter().position(|span| span.at == at) {
                    let span = left.swap_remove(index);
                    let from = record.offset();
                    found.extend((from < span.to).then_some(Span { from, ..span }));
                }
            }
        }
        left.retain(|span| (reader.position_end(span.at)).is_none_or(|at| at < span.to));
    }
    Ok(Some(found))
}
