//! Memory held by answers that clients have not taken yet.
//!
//! A client that reads slowly must not keep others waiting, so nobody waits for this memory:
//! answers become small while there is little of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits::{
    ANSWERS_IN_MEMORY_BYTES, FETCH_ANSWER_MAX_BYTES, FETCH_ANSWER_TIGHT_MAX_BYTES,
};

/// The account of all answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    held_bytes: Arc<AtomicUsize>,
}

/// The share of one answer, given back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    account: Answers,
    bytes: usize,
}

impl Answers {
    /// How large an answer may be now.
    pub(crate) fn limit_bytes(&self) -> usize {
        if self.held_bytes.load(Ordering::Relaxed) < ANSWERS_IN_MEMORY_BYTES {
            FETCH_ANSWER_MAX_BYTES
        } else {
            FETCH_ANSWER_TIGHT_MAX_BYTES
        }
    }

    /// Takes note of an answer.
    pub(crate) fn hold(&self, bytes: usize) -> Held {
        self.held_bytes.fetch_add(bytes, Ordering::Relaxed);
        Held {
            account: self.clone(),
            bytes,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.account
            .held_bytes
            .fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
