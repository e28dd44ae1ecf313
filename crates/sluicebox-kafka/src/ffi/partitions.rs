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
    /// The metadata of a committed offset.
    pub(crate) note: String,
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

    /// Adds an offset to be committed with a note.
    pub(crate) fn add_noted(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
        note: &str,
    ) -> Result<(), KafkaError> {
        self.add(topic, partition, offset)?;
        if note.is_empty() {
            return Ok(());
        }
        // SAFETY: the entry was just added. Its metadata is freed with the list by librdkafka, so
        // the memory must be librdkafka's; it is filled before anybody reads it.
        unsafe {
            let entry = (*self.0).elems.add((*self.0).cnt as usize - 1);
            let copy = sys::rd_kafka_mem_malloc(std::ptr::null_mut(), note.len());
            if !copy.is_null() {
                std::ptr::copy_nonoverlapping(note.as_ptr(), copy.cast(), note.len());
                (*entry).metadata = copy;
                (*entry).metadata_size = note.len();
            }
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
                note: note((*entry).metadata.cast(), (*entry).metadata_size),
                error: ErrorCode::from_number((&raw const (*entry).err).cast::<i32>().read()),
            }
        }
    }
}

/// The metadata of an entry as text.
///
/// # Safety
/// `start` is null or points to `length` bytes.
unsafe fn note(start: *const u8, length: usize) -> String {
    if start.is_null() {
        return String::new();
    }
    // SAFETY: promised by the caller.
    let bytes = unsafe { std::slice::from_raw_parts(start, length) };
    String::from_utf8_lossy(bytes).into_owned()
}

impl Drop for PartitionList {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.0) };
    }
}
