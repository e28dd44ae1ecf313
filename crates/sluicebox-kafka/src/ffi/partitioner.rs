//! Which partition a record without a given one goes to, and how many there are to choose from.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use rdkafka_sys as sys;

use super::handle::{Handle, Topic};
use crate::error::KafkaError;

/// What a topic's partitioner sees and keeps to.
#[derive(Debug, Default)]
pub(crate) struct PartitionCounts {
    /// How many partitions the topic has, as the client library knows it; 0: not known yet.
    seen: AtomicI32,
    /// Among how many of them it chooses; 0: all.
    chosen: AtomicI32,
}

impl PartitionCounts {
    pub(crate) fn seen(&self) -> i32 {
        self.seen.load(Ordering::Acquire)
    }

    #[cfg(test)]
    pub(crate) fn see(&self, count: i32) {
        self.seen.store(count, Ordering::Release);
    }

    #[cfg(test)]
    pub(crate) fn chosen(&self) -> i32 {
        self.chosen.load(Ordering::Acquire)
    }

    pub(crate) fn choose_among(&self, count: i32) {
        self.chosen.store(count, Ordering::Release);
    }
}

/// Opens a topic, once, whose records go where Kafka's own partitioner puts them.
pub(crate) fn partitioned_topic(
    client: &Handle,
    name: &str,
    counts: &Arc<PartitionCounts>,
) -> Result<Topic, KafkaError> {
    // The callback reads them until the client is destroyed.
    client.keep(Box::new(Arc::clone(counts)));
    // SAFETY: the client is alive, and the counts are as long as it is.
    client.topic_with(name, || unsafe {
        let conf = sys::rd_kafka_default_topic_conf_dup(client.as_ptr());
        sys::rd_kafka_topic_conf_set_opaque(conf, Arc::as_ptr(counts).cast_mut().cast());
        sys::rd_kafka_topic_conf_set_partitioner_cb(conf, Some(place));
        conf
    })
}

/// Where a key belongs among so many partitions, from 1 on: where our producers, and Java's and Python's,
/// send it (`Utils.murmur2` of Kafka). An empty key belongs somewhere as well.
pub fn partition_of(key: &[u8], partitions: i32) -> i32 {
    // Never divided by nothing.
    let count = partitions.max(1);
    let nothing = std::ptr::null_mut();
    // SAFETY: the function looks at key and count alone.
    unsafe {
        let key_start = key.as_ptr().cast();
        let no_topic = std::ptr::null();
        sys::rd_kafka_msg_partitioner_murmur2(
            no_topic,
            key_start,
            key.len(),
            count,
            nothing,
            nothing,
        )
    }
}

/// # Safety
/// Called by librdkafka, which holds the topic's lock; the opaque is a [`PartitionCounts`].
unsafe extern "C" fn place(
    topic: *const sys::rd_kafka_topic_t,
    key: *const c_void,
    key_len: usize,
    count: i32,
    counts: *mut c_void,
    _record: *mut c_void,
) -> i32 {
    // SAFETY: see above.
    let counts = unsafe { &*counts.cast::<PartitionCounts>() };
    counts.seen.store(count, Ordering::Release);
    let chosen = match counts.chosen.load(Ordering::Acquire) {
        0 => count,
        chosen => chosen.min(count),
    };
    let nothing = std::ptr::null_mut();
    // SAFETY: arguments as they came; records without a key go anywhere.
    unsafe {
        sys::rd_kafka_msg_partitioner_murmur2_random(topic, key, key_len, chosen, nothing, nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_belong_where_kafka_sends_them() {
        // The vectors of Kafka's own test, UtilsTest.testMurmur2.
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            ("abc", 479_470_107),
        ] {
            for partitions in [1, 7, i32::MAX] {
                let expected = (hash & 0x7fff_ffff) % partitions;
                assert_eq!(partition_of(key.as_bytes(), partitions), expected, "{key}");
            }
        }
        assert_eq!(partition_of(b"k", 0), 0);
    }
}
