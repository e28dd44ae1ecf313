//! Handing a batch to librdkafka: many records in one call.

use std::ffi::{c_int, c_void};
use std::ops::Range;

use rdkafka_sys as sys;

use crate::error_code::ErrorCode;
use crate::ffi::{self, Handle, Topic};
use crate::limits;
use crate::out_batch::OutBatch;

/// Who keeps a record's value alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// librdkafka copies it.
    Copied,
    /// librdkafka points into the batch, which must outlive the record's delivery.
    Lent,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct HandedOver {
    /// How many records were dealt with, refused ones included. The rest met a full queue.
    pub(crate) taken: usize,
    /// Codes of refused records, and how many had each.
    pub(crate) refused: Vec<(ErrorCode, u64)>,
}

/// Scratch memory, reused by every call.
#[derive(Default)]
pub(crate) struct HandOver {
    messages: Vec<sys::rd_kafka_message_t>,
    parts: Vec<sys::rd_kafka_vu_t>,
}

impl HandOver {
    /// Hands over some records, in order, until the queue is full. `place` gives the partition of each, by
    /// its index; `PARTITION_ANY`: where the partitioner puts it.
    pub(crate) fn send(
        &mut self,
        client: &Handle,
        topic: Topic,
        (batch, records): (&OutBatch, Range<usize>),
        place: impl Fn(usize) -> i32,
        memory: Memory,
    ) -> HandedOver {
        let mut outcome = HandedOver::default();
        let mut next = records.start;
        while next < records.end {
            let before = outcome.taken;
            if batch.get(next).needs_own_call() {
                let to = (topic, place(next));
                self.send_one(client, to, batch, next, memory, &mut outcome);
            } else {
                let left = next..records.end;
                self.send_run(topic, (batch, left), &place, memory, &mut outcome);
            }
            if outcome.taken == before {
                break;
            }
            next = records.start + outcome.taken;
        }
        outcome
    }

    /// Hands over a run of records of key and value alone.
    fn send_run(
        &mut self,
        topic: Topic,
        (batch, records): (&OutBatch, Range<usize>),
        place: impl Fn(usize) -> i32,
        memory: Memory,
        outcome: &mut HandedOver,
    ) {
        self.messages.clear();
        let end = records
            .end
            .min(records.start + limits::PRODUCE_CALL_RECORDS);
        for index in records.start..end {
            let record = batch.get(index);
            if record.needs_own_call() {
                break;
            }
            let (payload, len) = value_parts(record.value);
            let (key, key_len) = value_parts(record.key);
            self.messages.push(sys::rd_kafka_message_t {
                err: sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR,
                rkt: std::ptr::null_mut(),
                partition: place(index),
                payload,
                len,
                key,
                key_len,
                offset: 0,
                _private: std::ptr::null_mut(),
            });
        }
        // SAFETY: the topic is alive. Keys are always copied; values are copied, or the caller
        // promises that the batch lives until the client has let go of them (`Memory::Lent`).
        unsafe {
            sys::rd_kafka_produce_batch(
                topic.0,
                ffi::PARTITION_ANY,
                flags(memory) | sys::RD_KAFKA_MSG_F_PARTITION,
                self.messages.as_mut_ptr(),
                self.messages.len() as c_int,
            );
        }
        for message in &self.messages {
            // Read as a number: see `ffi::raw`.
            // SAFETY: the field is initialised, whatever number librdkafka put there.
            let code = unsafe { (&raw const message.err).cast::<i32>().read() };
            match ErrorCode::from_number(code) {
                ErrorCode::NONE => {}
                // From here on none was taken, so that order is kept.
                ErrorCode::QUEUE_FULL => return,
                code => outcome.refuse(code),
            }
            outcome.taken += 1;
        }
    }

    /// Hands over one record, with its headers and its time.
    fn send_one(
        &mut self,
        client: &Handle,
        (topic, partition): (Topic, i32),
        batch: &OutBatch,
        index: usize,
        memory: Memory,
        outcome: &mut HandedOver,
    ) {
        use sys::rd_kafka_vtype_t as Type;
        let record = batch.get(index);
        let (parts, add) = (&mut self.parts, |vtype, u| sys::rd_kafka_vu_t { vtype, u });
        parts.clear();
        parts.push(add(Type::RD_KAFKA_VTYPE_RKT, Union { rkt: topic.0 }));
        let partition = Union { i32_: partition };
        parts.push(add(Type::RD_KAFKA_VTYPE_PARTITION, partition));
        parts.push(add(
            Type::RD_KAFKA_VTYPE_MSGFLAGS,
            Union { i: flags(memory) },
        ));
        parts.push(add(
            Type::RD_KAFKA_VTYPE_VALUE,
            Union {
                mem: memory_of(record.value),
            },
        ));
        parts.push(add(
            Type::RD_KAFKA_VTYPE_KEY,
            Union {
                mem: memory_of(record.key),
            },
        ));
        if let Some(timestamp) = record.timestamp_ms {
            let time = Union { i64_: timestamp };
            parts.push(add(Type::RD_KAFKA_VTYPE_TIMESTAMP, time));
        }
        for (name, value) in batch.headers(index) {
            let (val, size) = value_parts(value);
            let header = Header {
                name: name.as_ptr().cast(),
                val,
                size: size as isize,
            };
            parts.push(add(Type::RD_KAFKA_VTYPE_HEADER, Union { header }));
        }
        // SAFETY: as in `send_run`; header names end with NUL, and headers are copied.
        let outcome_of_call = unsafe {
            let error = sys::rd_kafka_produceva(client.as_ptr(), parts.as_ptr(), parts.len());
            ffi::check_error("send a record", error)
        };
        match outcome_of_call {
            Ok(()) => outcome.taken += 1,
            Err(error) if error.code == ErrorCode::QUEUE_FULL => {}
            Err(error) => {
                outcome.refuse(error.code);
                outcome.taken += 1;
            }
        }
    }
}

impl HandedOver {
    /// Adds what became of the records after these.
    pub(crate) fn extend(&mut self, later: Self) {
        self.taken += later.taken;
        for (code, count) in later.refused {
            self.refuse_many(code, count);
        }
    }

    fn refuse(&mut self, code: ErrorCode) {
        self.refuse_many(code, 1);
    }

    fn refuse_many(&mut self, code: ErrorCode, count: u64) {
        match self.refused.iter_mut().find(|(known, _)| *known == code) {
            Some((_, known)) => *known += count,
            None => self.refused.push((code, count)),
        }
    }
}

type Union = sys::rd_kafka_vu_s__bindgen_ty_1;
type Bytes = sys::rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_1;
type Header = sys::rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_2;

fn flags(memory: Memory) -> c_int {
    match memory {
        Memory::Copied => sys::RD_KAFKA_MSG_F_COPY,
        Memory::Lent => 0,
    }
}

/// Null for a null value; an empty one has an address.
fn value_parts(bytes: Option<&[u8]>) -> (*mut c_void, usize) {
    bytes.map_or((std::ptr::null_mut(), 0), |b| {
        (b.as_ptr().cast_mut().cast(), b.len())
    })
}

fn memory_of(bytes: Option<&[u8]>) -> Bytes {
    let (ptr, size) = value_parts(bytes);
    Bytes { ptr, size }
}
