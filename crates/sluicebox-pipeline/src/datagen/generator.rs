//! The events of all streams in one order: a pure function of seed and options.

use super::invalid::{InvalidClass, InvalidRatio, Spoiler};
use super::model::{Draft, Model};
use super::rate::Rate;
use super::text::Stamp;

/// What decides the events, besides the streams themselves.
#[derive(Clone, Copy, Debug)]
pub struct GeneratorOptions {
    /// The same seed makes the same events.
    pub seed: u64,
    /// Devices or users of each stream, within `1..=KEYS_MAX`.
    pub keys: u32,
    /// Records per second over all streams: sets the event times.
    pub rate: Rate,
    /// Event time of the first event in epoch milliseconds. Events are the same as in another
    /// run only if this is, too.
    pub start_ms: i64,
    /// The share of invalid records.
    pub invalid: InvalidRatio,
    /// The size limit of source values in bytes, which two classes of invalid records reach and
    /// exceed by one.
    pub value_max_bytes: usize,
}

/// An event, lent until the next one is made.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Number of the event over all streams.
    pub index: u64,
    /// Which of the generator's streams it belongs to.
    pub stream: usize,
    /// When it happened, in epoch milliseconds.
    pub time_ms: i64,
    /// The record's key.
    pub key: Option<&'a [u8]>,
    /// The record's value.
    pub value: Option<&'a [u8]>,
    /// How many headers the record carries.
    pub headers: usize,
    /// What is wrong with it, if it was made invalid on purpose.
    pub invalid: Option<InvalidClass>,
}

/// One stream's part of the generator.
pub(super) struct StreamSource {
    pub(super) model: Box<dyn Model>,
    pub(super) spoiler: Spoiler,
}

/// Makes event after event, the streams in turn.
pub struct Generator {
    options: GeneratorOptions,
    streams: Vec<StreamSource>,
    draft: Draft,
    stamp: Stamp,
    index: u64,
}

impl Generator {
    /// The events of `streams` (at least one).
    pub(super) fn new(options: GeneratorOptions, streams: Vec<StreamSource>) -> Self {
        Self {
            options,
            streams,
            draft: Draft::default(),
            stamp: Stamp::at(options.start_ms),
            index: 0,
        }
    }

    /// How many events were made.
    pub fn made(&self) -> u64 {
        self.index
    }

    /// Makes the next event; there is always one.
    pub fn next_event(&mut self) -> Event<'_> {
        let index = self.index;
        self.index += 1;
        let count = self.streams.len() as u64;
        let (stream, sequence) = ((index % count) as usize, index / count);
        self.stamp.set(
            self.options
                .rate
                .event_time_ms(self.options.start_ms, index),
        );
        let Draft { key, value } = &mut self.draft;
        key.clear();
        value.clear();
        let source = &mut self.streams[stream];
        source.model.write(sequence, &self.stamp, &mut self.draft);
        let mut event = Event {
            index,
            stream,
            time_ms: self.stamp.ms(),
            key: None,
            value: None,
            headers: 0,
            invalid: None,
        };
        if self.options.invalid.picks(sequence) {
            let spoiled = source.spoiler.spoil(&mut self.draft);
            event.invalid = Some(spoiled.class);
            event.headers = spoiled.headers;
            event.key = spoiled.has_key.then_some(&self.draft.key);
            event.value = spoiled.has_value.then_some(&self.draft.value);
        } else {
            event.key = Some(&self.draft.key);
            event.value = Some(&self.draft.value);
        }
        event
    }
}
