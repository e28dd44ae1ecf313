//! What a worker uses again for each record, so that none of them allocates.

use super::resolve::Value;
use crate::json::members::{MemberTable, Slot};
use crate::timestamp;

/// Buffers of one worker. Any plan, any record; start with [`Scratch::default`].
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) slots: Vec<Slot>,
    pub(super) values: Vec<Value>,
    pub(super) text: Vec<u8>,
    /// The last time of processing that was read, and its text.
    pub(super) processed_at: (i64, [u8; timestamp::CANONICAL_BYTES]),
    now: Option<(i64, [u8; timestamp::CANONICAL_BYTES])>,
}

impl Scratch {
    /// Makes room for a record, with every slot absent.
    #[inline]
    pub(super) fn clear(&mut self, table: &MemberTable) {
        self.slots.clear();
        self.slots.resize(table.slots(), Slot::default());
        self.values.clear();
    }

    /// The text of the time of processing, which many records of a batch share.
    #[inline]
    pub(super) fn now_text(&mut self, now_ms: i64) -> [u8; timestamp::CANONICAL_BYTES] {
        match self.now {
            Some((ms, text)) if ms == now_ms => text,
            _ => {
                let text = timestamp::format(now_ms);
                self.now = Some((now_ms, text));
                text
            }
        }
    }
}
