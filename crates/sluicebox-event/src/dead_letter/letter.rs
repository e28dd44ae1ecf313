//! From a rejected record to the record that goes into the dead letter topic.

use super::{Stage, headers as name};
use crate::limits::{
    HEADER_OVERHEAD_BYTES, LETTER_HEADERS_MAX_COUNT, LETTER_OVERHEAD_BYTES,
    LETTER_REPLAY_HEADERS_MAX_COUNT,
};
use crate::{Reason, Reject, SourceRecord};
use sha2::{Digest, Sha256};

/// A dead letter, ready to be sent: key, value and headers. What fits is kept as it came.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// Key of the source record; its first part where `sluicebox.cut.key.length` says so.
    pub key: Option<&'a [u8]>,
    /// Value of the source record; its first part where `sluicebox.cut.value.length` says so.
    pub value: Option<&'a [u8]>,
    /// How many of the original headers are to be sent: the first ones.
    pub original_headers: usize,
    /// Our own headers. They come after the original ones, so that they are the last of their name.
    pub headers: LetterHeaders,
}

/// The headers that say what happened.
#[derive(Clone, Debug)]
pub struct LetterHeaders {
    entries: Vec<(&'static str, Vec<u8>)>,
}

impl LetterHeaders {
    /// The headers of a letter that keeps everything. [`Letter::new`] cuts where it must.
    pub fn new(record: &SourceRecord<'_>, stage: Stage, reject: &Reject) -> Self {
        let entries = vec![
            (name::HEADER_TOPIC, record.topic.as_bytes().to_vec()),
            (
                name::HEADER_PARTITION,
                record.partition.to_string().into_bytes(),
            ),
            (name::HEADER_OFFSET, record.offset.to_string().into_bytes()),
            (name::HEADER_STAGE, stage.code().as_bytes().to_vec()),
            (
                name::HEADER_REASON,
                reject.reason.code().as_bytes().to_vec(),
            ),
            (name::HEADER_MESSAGE, reject.message.as_bytes().to_vec()),
            (
                name::HEADER_SOURCE_TIMESTAMP,
                record.timestamp_ms.to_string().into_bytes(),
            ),
        ];
        Self { entries }
    }

    /// Names and values, in the order to send them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.entries
            .iter()
            .map(|(name, value)| (*name, value.as_slice()))
    }

    fn push(&mut self, name: &'static str, value: String) {
        self.entries.push((name, value.into_bytes()));
    }

    fn push_cut(&mut self, names: (&'static str, &'static str), whole: &[u8]) {
        self.push(names.0, whole.len().to_string());
        let digest: [u8; 32] = Sha256::digest(whole).into();
        self.push(names.1, crate::plan::PlanHash(digest).to_string());
    }

    /// The letter had to be cut: the reason becomes `too_large`, the message keeps the first one.
    fn set_too_large(&mut self, reject: &Reject, letter_max_bytes: usize) {
        for (header, value) in &mut self.entries {
            if *header == name::HEADER_REASON {
                *value = Reason::TooLarge.code().as_bytes().to_vec();
            }
            if *header == name::HEADER_MESSAGE && reject.reason != Reason::TooLarge {
                *value = format!(
                    "cut to fit into {letter_max_bytes} bytes; it failed for {}: {}",
                    reject.reason, reject.message
                )
                .into_bytes();
            }
        }
    }
}

impl<'a> Letter<'a> {
    /// Makes the letter of `record`, whose headers are `original`.
    ///
    /// The first 1,000 original headers are kept, and the one of a replay. A letter larger than `letter_max_bytes` (all of
    /// it: key, value, headers, framing) is cut: the headers to the first ones within a quarter,
    /// the key to a quarter, the value to what is left. What was cut keeps its length and SHA-256
    /// in headers of its own, and the reason becomes `too_large`.
    pub fn new<'h>(
        record: &SourceRecord<'a>,
        original: impl IntoIterator<Item = (&'h str, Option<&'h [u8]>)>,
        stage: Stage,
        reject: &Reject,
        letter_max_bytes: usize,
    ) -> Self {
        let room = letter_max_bytes.saturating_sub(LETTER_OVERHEAD_BYTES);
        let (key_bytes, value_bytes) = (bytes_of(record.key), bytes_of(record.value));
        let sizes = Sizes::of(original, room / 4);
        let mut letter = Self {
            key: record.key,
            value: record.value,
            original_headers: sizes.kept,
            headers: LetterHeaders::new(record, stage, reject),
        };
        if key_bytes + value_bytes + sizes.kept_bytes > room {
            letter.headers.set_too_large(reject, letter_max_bytes);
            letter.original_headers = sizes.small;
            letter.cut_key(room / 4);
            let taken = bytes_of(letter.key) + sizes.small_bytes;
            letter.cut_value(room.saturating_sub(taken));
        }
        if letter.original_headers < sizes.count {
            letter
                .headers
                .push(name::HEADER_CUT_HEADERS_COUNT, sizes.count.to_string());
        }
        letter
    }

    fn cut_key(&mut self, room: usize) {
        if let Some(key) = self.key.filter(|key| key.len() > room) {
            self.headers.push_cut(
                (name::HEADER_CUT_KEY_LENGTH, name::HEADER_CUT_KEY_SHA256),
                key,
            );
            self.key = Some(&key[..room]);
        }
    }

    fn cut_value(&mut self, room: usize) {
        if let Some(value) = self.value.filter(|value| value.len() > room) {
            let names = (name::HEADER_CUT_VALUE_LENGTH, name::HEADER_CUT_VALUE_SHA256);
            self.headers.push_cut(names, value);
            self.value = Some(&value[..room]);
        }
    }
}

fn bytes_of(part: Option<&[u8]>) -> usize {
    part.map_or(0, <[u8]>::len)
}

/// How many original headers there are, and how many fit.
#[derive(Default)]
struct Sizes {
    count: usize,
    /// Those of them that a replay has added, as far as there is room for them.
    of_replays: usize,
    kept: usize,
    kept_bytes: usize,
    small: usize,
    small_bytes: usize,
}

impl Sizes {
    fn of<'h>(
        original: impl IntoIterator<Item = (&'h str, Option<&'h [u8]>)>,
        small_max_bytes: usize,
    ) -> Self {
        let mut sizes = Self::default();
        for (header, value) in original {
            let is_all_kept = sizes.kept == sizes.count;
            sizes.count += 1;
            if header == name::HEADER_REPLAY_OF {
                let of_replays = sizes.of_replays + 1;
                sizes.of_replays = of_replays.min(LETTER_REPLAY_HEADERS_MAX_COUNT);
            }
            // The first ones are kept: none after one that is not.
            if !is_all_kept || sizes.count > LETTER_HEADERS_MAX_COUNT + sizes.of_replays {
                continue;
            }
            sizes.kept += 1;
            sizes.kept_bytes += header.len() + bytes_of(value) + HEADER_OVERHEAD_BYTES;
            if sizes.kept_bytes <= small_max_bytes {
                sizes.small = sizes.kept;
                sizes.small_bytes = sizes.kept_bytes;
            }
        }
        sizes
    }
}
