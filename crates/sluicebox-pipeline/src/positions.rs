//! Where to start reading a partition: pure rules.
//!
//! Earliest only where nothing is known of the partition. A known position that lies outside the
//! log is never moved silently: records between would be lost (or, where a log was cut short, be
//! mistaken for others).

use sluicebox_kafka::LogRange;

/// A position that lies outside its log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain())]
pub struct Gone {
    /// Who reads: `processor` or `sink`.
    pub part: &'static str,
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The recorded position: the offset of the next record to read.
    pub position: i64,
    /// The first offset in the log.
    pub earliest: i64,
    /// One past the last offset in the log.
    pub end: i64,
}

impl Gone {
    fn explain(&self) -> String {
        let Self {
            part,
            topic,
            partition,
            position,
            earliest,
            end,
        } = self;
        let why = if position < earliest {
            let last = earliest - 1;
            format!(
                "offsets {position} to {last} were removed (retention) before the {part} read them"
            )
        } else {
            format!("the log ends at {end}: it was cut, or the topic was made anew")
        };
        format!("{topic} partition {partition}: the {part} stands at offset {position}, but {why}")
    }

    /// What a person can do about it.
    pub fn way_out(&self) -> String {
        format!(
            "to go on at offset {} and record the gap, use --accept-loss",
            self.resume_at()
        )
    }

    /// Where reading goes on when the loss is accepted.
    pub fn resume_at(&self) -> i64 {
        if self.position < self.earliest {
            self.earliest
        } else {
            self.end
        }
    }

    /// How many offsets are given up when the loss is accepted.
    pub fn lost(&self) -> u64 {
        self.position.abs_diff(self.resume_at())
    }
}

/// Where to start a partition whose position is `known` (or not) and whose log holds `log`; `Err`
/// with the first offset that exists when the position lies outside.
pub fn start(known: Option<i64>, log: LogRange) -> Result<i64, OutsideLog> {
    match known {
        None => Ok(log.earliest),
        Some(position) if position < log.earliest || position > log.high_watermark => {
            Err(OutsideLog { position, log })
        }
        Some(position) => Ok(position),
    }
}

/// See [`start`]; becomes a [`Gone`] with the names of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutsideLog {
    /// The recorded position.
    pub position: i64,
    /// What the log holds.
    pub log: LogRange,
}

impl OutsideLog {
    /// Adds the names.
    pub fn at(self, part: &'static str, topic: &str, partition: i32) -> Gone {
        Gone {
            part,
            topic: topic.to_owned(),
            partition,
            position: self.position,
            earliest: self.log.earliest,
            end: self.log.high_watermark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(earliest: i64, end: i64) -> LogRange {
        LogRange {
            earliest,
            last_stable: end,
            high_watermark: end,
        }
    }

    #[test]
    fn an_unknown_partition_starts_at_the_earliest_record() {
        assert_eq!(start(None, log(40, 90)), Ok(40));
        assert_eq!(start(None, log(0, 0)), Ok(0));
    }

    #[test]
    fn a_known_position_inside_the_log_or_at_its_end_is_taken() {
        for position in [40, 41, 89, 90] {
            assert_eq!(start(Some(position), log(40, 90)), Ok(position));
        }
    }

    #[test]
    fn a_position_that_retention_went_past_names_the_range_that_is_gone() {
        let gone = start(Some(7), log(40, 90))
            .unwrap_err()
            .at("sink", "processed_data", 3);
        let text = gone.to_string();
        assert!(text.contains("offsets 7 to 39 were removed"), "{text}");
        assert!(
            text.contains("processed_data partition 3") && gone.way_out().contains("--accept-loss")
        );
        assert_eq!((gone.resume_at(), gone.lost()), (40, 33));
    }

    #[test]
    fn a_log_that_became_shorter_is_named_too() {
        let gone = start(Some(91), log(0, 50))
            .unwrap_err()
            .at("processor", "in", 0);
        assert!(gone.to_string().contains("the log ends at 50"), "{gone}");
        assert_eq!((gone.resume_at(), gone.lost()), (50, 41));
    }
}
