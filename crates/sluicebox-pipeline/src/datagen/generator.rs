//! The events of all streams in one order: a pure function of seed and options.

use super::invalid::{InvalidClass, InvalidRatio, Spoiler};
use super::limits::KEYS_MAX;
use super::model::{Draft, Model};
use super::rate::Rate;
use super::stream::DatagenStream;
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
    /// The plan's size limit of source values in bytes, which two classes of invalid records reach
    /// and exceed by one. `None` leaves them out: for topics that do not take such records.
    pub value_max_bytes: Option<usize>,
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
struct Source {
    model: Box<dyn Model>,
    spoiler: Spoiler,
}

/// Makes event after event, the streams in turn.
pub struct Generator {
    options: GeneratorOptions,
    streams: Vec<DatagenStream>,
    sources: Vec<Source>,
    draft: Draft,
    stamp: Stamp,
    index: u64,
}

impl Generator {
    /// The events of `streams`, of which there must be at least one.
    pub fn new(options: GeneratorOptions, streams: Vec<DatagenStream>) -> Self {
        assert!(!streams.is_empty(), "a generator needs a stream");
        let keys = options.keys.clamp(1, KEYS_MAX);
        let source = |stream: &DatagenStream| Source {
            model: stream.model(options.seed, keys),
            spoiler: Spoiler::new(stream.shape().clone(), options.value_max_bytes),
        };
        Self {
            options,
            sources: streams.iter().map(source).collect(),
            streams,
            draft: Draft::default(),
            stamp: Stamp::at(options.start_ms),
            index: 0,
        }
    }

    /// The streams, in the order in which they take turns.
    pub fn streams(&self) -> &[DatagenStream] {
        &self.streams
    }

    /// The rate that sets the event times.
    pub fn rate(&self) -> Rate {
        self.options.rate
    }

    /// How many events were made.
    pub fn made(&self) -> u64 {
        self.index
    }

    /// Makes the next event; there is always one.
    pub fn next_event(&mut self) -> Event<'_> {
        let index = self.index;
        self.index += 1;
        let count = self.sources.len() as u64;
        let (stream, sequence) = ((index % count) as usize, index / count);
        self.stamp.set(
            self.options
                .rate
                .event_time_ms(self.options.start_ms, index),
        );
        let Draft { key, value } = &mut self.draft;
        key.clear();
        value.clear();
        let source = &mut self.sources[stream];
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
