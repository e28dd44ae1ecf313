//! What a generator model is.

use super::text::Stamp;

/// A record in the making: buffers that are cleared and filled again for each event.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// The record's key.
    pub(super) key: Vec<u8>,
    /// The record's value, a JSON object.
    pub(super) value: Vec<u8>,
}

/// Makes the events of one stream: a pure function of seed, number of keys and event time.
pub(super) trait Model: Send {
    /// Fills the (empty) draft with event number `sequence` of this stream.
    ///
    /// Called with 0, 1, 2, … and times that do not go back.
    fn write(&mut self, sequence: u64, at: &Stamp, draft: &mut Draft);
}
