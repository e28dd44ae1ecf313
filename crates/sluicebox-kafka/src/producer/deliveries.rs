//! What became of the records of a [`Producer`](crate::Producer).

use rdkafka_sys as sys;

use crate::error_code::ErrorCode;
use crate::ffi::Topic;
use crate::offset_ranges::OffsetRanges;
use crate::topic_partition::TopicIndex;

use super::gate::Gate;

/// Most reports read from an event at a time.
const REPORTS_AT_ONCE: usize = 1_024;

/// A count of what became of the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Records that the brokers acknowledged.
    pub acknowledged: u64,
    /// Those of them of which no broker said the offset. It had them already, from a request whose answer
    /// was lost, and no longer knew where (`DUPLICATE_SEQUENCE_NUMBER`); or a topic was made anew
    /// under the producer, whose records the client library may call acknowledged without any broker
    /// having them.
    pub unplaced: u64,
    /// Records that will not arrive, or of which it is not known.
    pub failed: u64,
    /// Those of them that may have been written all the same: they were sent, and no answer came.
    pub uncertain: u64,
    /// Why the first one failed, with its topic and partition.
    pub first_failure: Option<String>,
    /// A broker does not let us write (any more): whatever is sent from now on fails as well.
    pub is_forbidden: bool,
}

/// The acknowledged offsets of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionOffsets {
    /// Which of the producer's topics.
    pub topic: TopicIndex,
    /// Which partition, from 0.
    pub partition: i32,
    /// The offsets; one range in the normal case.
    pub offsets: OffsetRanges,
}

/// Takes delivery reports in.
pub(super) struct Deliveries {
    topics: Vec<(String, Topic)>,
    summary: Delivery,
    offsets: Vec<PartitionOffsets>,
    reports: Vec<*const sys::rd_kafka_message_t>,
}

impl Deliveries {
    pub(super) fn new(topics: Vec<(String, Topic)>) -> Self {
        Self {
            topics,
            summary: Delivery::default(),
            offsets: Vec::new(),
            reports: vec![std::ptr::null(); REPORTS_AT_ONCE],
        }
    }

    pub(super) fn summary(&self) -> Delivery {
        self.summary.clone()
    }

    pub(super) fn offsets(&self) -> &[PartitionOffsets] {
        &self.offsets
    }

    /// Counts records that were never sent.
    pub(super) fn refuse(&mut self, topic: usize, code: ErrorCode, count: u64) {
        self.summary.failed += count;
        self.summary.is_forbidden |= is_forbidden(code);
        self.summary.first_failure.get_or_insert_with(|| {
            format!(
                "topic {topic} of the producer: {} [{code}]",
                code.description()
            )
        });
    }

    /// Takes the reports of an event in, and lets the gates of the topics know.
    ///
    /// # Safety
    /// `event` is a valid event, and outlives the call.
    pub(super) unsafe fn take(&mut self, event: *mut sys::rd_kafka_event_t, gates: &mut [Gate]) {
        // SAFETY: promised by the caller.
        if unsafe { sys::rd_kafka_event_type(event) } != sys::RD_KAFKA_EVENT_DR {
            return;
        }
        loop {
            // SAFETY: the array has room for that many pointers.
            let count = unsafe {
                sys::rd_kafka_event_message_array(
                    event,
                    self.reports.as_mut_ptr(),
                    self.reports.len(),
                )
            };
            if count == 0 {
                return;
            }
            // SAFETY: the messages belong to the event.
            unsafe { self.take_reports(count, gates) };
        }
    }

    /// # Safety
    /// The first `count` reports are valid messages.
    unsafe fn take_reports(&mut self, count: usize, gates: &mut [Gate]) {
        let mut at = usize::MAX;
        for index in 0..count {
            let report = self.reports[index];
            // SAFETY: promised by the caller; the error is read as a plain number.
            let (error, topic, partition, offset) = unsafe {
                let error = (&raw const (*report).err).cast::<i32>().read();
                (error, (*report).rkt, (*report).partition, (*report).offset)
            };
            let topic = self
                .topics
                .iter()
                .position(|(_, known)| known.0 == topic)
                .unwrap_or(usize::MAX);
            if error != 0 {
                let code = ErrorCode::from_number(error);
                if let Some(gate) = gates.get_mut(topic) {
                    gate.failed(partition);
                }
                self.summary.failed += 1;
                // SAFETY: promised by the caller.
                let status = unsafe { sys::rd_kafka_message_status(report) };
                let may_be_there =
                    status != sys::rd_kafka_msg_status_t::RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
                self.summary.uncertain += u64::from(may_be_there);
                self.summary.is_forbidden |= is_forbidden(code);
                self.summary.first_failure.get_or_insert_with(|| {
                    let name = self
                        .topics
                        .get(topic)
                        .map_or("?", |(name, _)| name.as_str());
                    let place = match partition {
                        0.. => format!("topic {name}, partition {partition}"),
                        _ => format!("topic {name}"),
                    };
                    format!("{place}: {} [{code}]", code.description())
                });
                continue;
            }
            self.summary.acknowledged += 1;
            let gate = gates.get_mut(topic);
            if offset < 0 {
                self.summary.unplaced += 1;
                // It knows the producer, or it would not have known the record.
                if let Some(gate) = gate {
                    gate.acknowledged(partition);
                }
                continue;
            }
            let topic = topic as TopicIndex;
            // One event is one produce response of one partition: looked up once.
            if self
                .offsets
                .get(at)
                .is_none_or(|o| (o.topic, o.partition) != (topic, partition))
            {
                at = self.place(topic, partition);
                if let Some(gate) = gate {
                    gate.acknowledged(partition);
                }
            }
            self.offsets[at].offsets.add(offset);
        }
    }

    fn place(&mut self, topic: TopicIndex, partition: i32) -> usize {
        let key = (topic, partition);
        match self
            .offsets
            .binary_search_by_key(&key, |o| (o.topic, o.partition))
        {
            Ok(at) => at,
            Err(at) => {
                let offsets = OffsetRanges::default();
                self.offsets.insert(
                    at,
                    PartitionOffsets {
                        topic,
                        partition,
                        offsets,
                    },
                );
                at
            }
        }
    }
}

/// A login that fails may succeed again with the next connection; a right that is missing does not
/// come by itself.
fn is_forbidden(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::TOPIC_AUTHORIZATION_FAILED | ErrorCode::CLUSTER_AUTHORIZATION_FAILED
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_without_an_offset_is_counted_and_gives_no_offset() {
        let mut deliveries = Deliveries::new(Vec::new());
        let unknown = i64::from(sys::RD_KAFKA_OFFSET_INVALID);
        let message = |offset| {
            // SAFETY: numbers and pointers, for which zero is a value.
            let mut message: sys::rd_kafka_message_t = unsafe { std::mem::zeroed() };
            message.offset = offset;
            message
        };
        let messages = [message(7), message(unknown), message(unknown), message(8)];
        for (report, message) in deliveries.reports.iter_mut().zip(&messages) {
            *report = message;
        }
        // SAFETY: four reports were set, and the messages are alive.
        unsafe { deliveries.take_reports(messages.len(), &mut []) };
        assert_eq!(
            (deliveries.summary.acknowledged, deliveries.summary.unplaced),
            (4, 2)
        );
        let ranges = deliveries.offsets()[0].offsets.ranges();
        assert_eq!((ranges[0].start, ranges[0].end, ranges.len()), (7, 9, 1));
    }
}
