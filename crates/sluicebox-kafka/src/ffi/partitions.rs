//! An owned list of topic partitions.

use std::ffi::CStr;

use rdkafka_sys as sys;

use super::handle::c_string;
use crate::error::KafkaError;
use crate::error_code::ErrorCode;

/// Owns a `rd_kafka_topic_partition_list_t`.
pub(crate) struct PartitionList(*mut sys::rd_kafka_topic_partition_list_t);

// SAFETY: plain memory with one owner.
unsafe impl Send for PartitionList {}

/// One entry of a list, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionEntry {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) error: ErrorCode,
}

impl PartitionList {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        // SAFETY: any capacity is fine; the list grows by itself.
        Self(unsafe { sys::rd_kafka_topic_partition_list_new(capacity as i32) })
    }

    /// Adds an entry; `offset` may be one of librdkafka's logical (negative) offsets.
    pub(crate) fn add(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> Result<(), KafkaError> {
        let topic = c_string(topic)?;
        // SAFETY: the list is ours; the name is copied; the entry is valid until the next add.
        unsafe {
            let entry = sys::rd_kafka_topic_partition_list_add(self.0, topic.as_ptr(), partition);
            (*entry).offset = offset;
        }
        Ok(())
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0
    }

    pub(crate) fn entries(&self) -> Vec<PartitionEntry> {
        // SAFETY: the list is ours and alive.
        unsafe { Self::read(self.0) }
    }

    /// Reads a list that somebody else owns.
    ///
    /// # Safety
    /// `list` is null or a valid list.
    pub(crate) unsafe fn read(
        list: *const sys::rd_kafka_topic_partition_list_t,
    ) -> Vec<PartitionEntry> {
        if list.is_null() {
            return Vec::new();
        }
        // SAFETY: `cnt` entries lie behind `elems`.
        unsafe {
            (0..(*list).cnt as usize)
                .map(|index| Self::entry((*list).elems.add(index)))
                .collect()
        }
    }

    /// Reads one entry.
    ///
    /// # Safety
    /// `entry` is a valid topic partition.
    pub(crate) unsafe fn entry(entry: *const sys::rd_kafka_topic_partition_t) -> PartitionEntry {
        // SAFETY: the topic is a NUL-terminated string. The error is read as a number, because
        // a broker may send one that the bindings' enum lacks.
        unsafe {
            PartitionEntry {
                topic: CStr::from_ptr((*entry).topic)
                    .to_string_lossy()
                    .into_owned(),
                partition: (*entry).partition,
                offset: (*entry).offset,
                error: ErrorCode::from_number((&raw const (*entry).err).cast::<i32>().read()),
            }
        }
    }
}

impl Drop for PartitionList {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.0) };
    }
}
