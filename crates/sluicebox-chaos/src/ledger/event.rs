//! Records made from numbers: whoever reads the number in a row knows what the row must say.

use jiff::Timestamp;

use crate::limits::{LOAD_BAD_ONE_IN, LOAD_KEYS};

/// Event time of number 0: each number has a millisecond of its own.
const FIRST_MS: i64 = 1_760_000_000_000;

/// The two streams of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// `sensor_data`
    Sensor,
    /// `user_activity`
    Activity,
}

impl Stream {
    /// Both, in the order of the producer's topics.
    pub const ALL: [Self; 2] = [Self::Sensor, Self::Activity];

    /// The source topic.
    pub fn topic(self) -> &'static str {
        match self {
            Self::Sensor => "sensor_data",
            Self::Activity => "user_activity",
        }
    }

    /// The stream of a source topic.
    pub fn of_topic(topic: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.topic() == topic)
    }

    /// The file of its rows.
    pub fn file(self) -> &'static str {
        match self {
            Self::Sensor => "processed_data_sensor.csv",
            Self::Activity => "processed_data_activity.csv",
        }
    }
}

/// The record of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event(pub u64);

impl Event {
    /// The number whose event time this is.
    pub fn at(timestamp: &str) -> Option<Self> {
        let timestamp: Timestamp = timestamp.parse().ok()?;
        u64::try_from(timestamp.as_millisecond() - FIRST_MS)
            .ok()
            .map(Self)
    }

    /// The number in the value of a dead letter.
    pub fn in_value(value: &str) -> Option<Self> {
        let rest = value.split_once("\"timestamp\":\"")?.1;
        Self::at(rest.split_once('"')?.0)
    }

    /// Its stream.
    pub fn stream(self) -> Stream {
        Stream::ALL[(self.0 % 2) as usize]
    }

    /// Whether it must become a dead letter.
    pub fn is_bad(self) -> bool {
        (self.0 / 2) % LOAD_BAD_ONE_IN == LOAD_BAD_ONE_IN - 1
    }

    /// Its key.
    pub fn key(self) -> String {
        match self.stream() {
            Stream::Sensor => format!("sensor-{}", self.mixed() % LOAD_KEYS),
            Stream::Activity => format!("user-{}", self.mixed() % LOAD_KEYS),
        }
    }

    /// What must stand in the columns of its row, by the names of the columns.
    pub fn columns(self) -> Vec<(&'static str, String)> {
        let mixed = self.mixed();
        match self.stream() {
            Stream::Sensor => vec![
                ("sensor_id", self.key()),
                ("timestamp", self.timestamp()),
                ("temperature", format!("{}.5", mixed % 40)),
                ("humidity", format!("{}", mixed / 40 % 100)),
            ],
            Stream::Activity => vec![
                ("user_id", self.key()),
                ("timestamp", self.timestamp()),
                ("action", "purchase".to_owned()),
                ("product_id", format!("p,\"{}", mixed % 50)),
                ("amount", format!("{}.90", mixed / 50 % 1000)),
            ],
        }
    }

    /// The value as it is produced.
    pub fn value(self) -> String {
        let members: Vec<String> = self
            .columns()
            .into_iter()
            .map(|(name, text)| match name {
                "temperature" | "amount" if self.is_bad() => format!("\"{name}\":[{text}]"),
                "temperature" | "humidity" | "amount" => format!("\"{name}\":{text}"),
                _ => format!("\"{name}\":\"{}\"", text.replace('"', "\\\"")),
            })
            .collect();
        format!("{{{}}}", members.join(","))
    }

    fn timestamp(self) -> String {
        let at = Timestamp::from_millisecond(FIRST_MS + self.0 as i64);
        at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
            .unwrap_or_default()
    }

    /// Spread over 64 bits (`SplitMix64`), so that neighbours have nothing in common.
    fn mixed(self) -> u64 {
        let mut mixed = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_in_the_value_and_in_the_event_time() {
        for number in [0, 1, 57, 58, 59, 1_000_003] {
            let event = Event(number);
            assert_eq!(Event::in_value(&event.value()), Some(event));
            let timestamp = &event.columns()[1].1;
            assert_eq!(Event::at(timestamp), Some(event), "{timestamp}");
            let value: serde_json::Value = serde_json::from_str(&event.value()).unwrap();
            assert!(value.is_object());
        }
        assert!((0..1_000).any(|number| Event(number).is_bad()));
    }
}
