//! Records as they came from the broker, not copied.

use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;
use std::sync::Arc;

use rdkafka_sys as sys;

use crate::ffi::{Handle, rd_kafka_header_get_all, rd_kafka_message_headers};
use crate::topic_partition::TopicId;

/// A batch of records, owned: the memory goes back to the client when it is dropped, on whichever
/// thread that is.
pub struct RecordBatch {
    records: Vec<Received>,
    /// Messages must go before the client does.
    _client: Arc<Handle>,
}

/// A message of librdkafka's, and which of the subscribed topics it is from.
#[derive(Clone, Copy)]
pub(crate) struct Received {
    pub(crate) message: *mut sys::rd_kafka_message_t,
    pub(crate) topic: TopicId,
}

// SAFETY: the messages are owned by the batch alone, and librdkafka lets any thread destroy them.
unsafe impl Send for RecordBatch {}
impl RecordBatch {
    /// Takes the messages over.
    pub(crate) fn new(records: Vec<Received>, client: Arc<Handle>) -> Self {
        Self {
            records,
            _client: client,
        }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none; `poll` never hands out an empty batch.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The record at `index`, if there are that many.
    pub fn get(&self, index: usize) -> Option<RecordRef<'_>> {
        self.records
            .get(index)
            .map(|received| RecordRef::new(*received))
    }

    /// The records. Those of one partition come in the order of their offsets.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RecordRef<'_>> {
        self.records
            .iter()
            .map(|received| RecordRef::new(*received))
    }
}

impl Drop for RecordBatch {
    fn drop(&mut self) {
        for received in &self.records {
            // SAFETY: ours since the batch was made, and destroyed once, here.
            unsafe { sys::rd_kafka_message_destroy(received.message) };
        }
    }
}

/// One record of a [`RecordBatch`].
#[derive(Clone, Copy)]
pub struct RecordRef<'a> {
    /// Not a reference: reading headers parses them in place, behind the message. (Which also is
    /// why neither batch nor record is `Sync`.)
    message: *mut sys::rd_kafka_message_t,
    topic: TopicId,
    batch: PhantomData<&'a RecordBatch>,
}

impl<'a> RecordRef<'a> {
    fn new(received: Received) -> Self {
        Self {
            message: received.message,
            topic: received.topic,
            batch: PhantomData,
        }
    }

    /// Index of the record's topic in the subscription.
    pub fn topic(self) -> TopicId {
        self.topic
    }

    /// The record's partition.
    pub fn partition(self) -> i32 {
        // SAFETY: the batch owns the message for `'a`.
        unsafe { (*self.message).partition }
    }

    /// The record's offset.
    pub fn offset(self) -> i64 {
        // SAFETY: the batch owns the message for `'a`.
        unsafe { (*self.message).offset }
    }

    /// The record's timestamp in epoch milliseconds; -1 when it has none.
    pub fn timestamp_ms(self) -> i64 {
        let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is alive; the kind is one of the three that librdkafka knows.
        unsafe { sys::rd_kafka_message_timestamp(self.message, &raw mut kind) }
    }

    /// The key; `None` is a null key, which is not an empty one.
    pub fn key(self) -> Option<&'a [u8]> {
        // SAFETY: `key_len` bytes at `key` belong to the message, or it is null.
        unsafe { bytes((*self.message).key, (*self.message).key_len) }
    }

    /// The value; `None` is a null value (a tombstone), which is not an empty one.
    pub fn value(self) -> Option<&'a [u8]> {
        // SAFETY: `len` bytes at `payload` belong to the message, or it is null.
        unsafe { bytes((*self.message).payload, (*self.message).len) }
    }

    /// The headers, in order. A name that is not UTF-8 is left out.
    pub fn headers(self) -> Headers<'a> {
        let mut headers = std::ptr::null_mut();
        // SAFETY: the message is alive; its headers, once parsed, live as long as it does.
        let code = unsafe { rd_kafka_message_headers(self.message, &raw mut headers) };
        if code != 0 {
            headers = std::ptr::null_mut();
        }
        Headers {
            native: headers,
            next: 0,
            record: PhantomData,
        }
    }
}

/// The headers of a record: name, and value or null.
pub struct Headers<'a> {
    native: *mut sys::rd_kafka_headers_t,
    next: usize,
    record: PhantomData<RecordRef<'a>>,
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.native.is_null() {
            return None;
        }
        loop {
            let mut name: *const c_char = std::ptr::null();
            let mut value: *const c_void = std::ptr::null();
            let mut size = 0usize;
            // SAFETY: the headers belong to the record; an index past the end gives an error.
            let code = unsafe {
                rd_kafka_header_get_all(
                    self.native,
                    self.next,
                    &raw mut name,
                    &raw mut value,
                    &raw mut size,
                )
            };
            if code != 0 {
                return None;
            }
            self.next += 1;
            // SAFETY: name is NUL-terminated, value has `size` bytes; both live with the record.
            let (name, value) = unsafe { (CStr::from_ptr(name), bytes(value.cast_mut(), size)) };
            if let Ok(name) = name.to_str() {
                return Some((name, value));
            }
        }
    }
}

/// # Safety
/// `start` is null, or `length` bytes at it are valid for `'a`.
unsafe fn bytes<'a>(start: *mut c_void, length: usize) -> Option<&'a [u8]> {
    if start.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    Some(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), length) })
}
