//! What is shown while something runs: as a line for pipes, as a block for a terminal.

use std::fmt::Write as _;

use crate::output::grouped;

/// What is shown: taken from the counters at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    /// Records acknowledged to datagen, of this run; `None` without datagen.
    pub(crate) generated: Option<u64>,
    /// Records into the processor, processed, and dead letters; `None` without a processor.
    pub(crate) processor: Option<[u64; 3]>,
    /// Name and rows of each file, as committed.
    pub(crate) files: Vec<(String, u64)>,
    /// Records between the end of the topics and what is in the files.
    pub(crate) lag: Option<u64>,
    /// From the source record's timestamp to its durable row, milliseconds: median and 99th percentile.
    pub(crate) latency_ms: Option<(u64, u64)>,
    /// Nothing new begins any more: what is under way is finished.
    pub(crate) draining: bool,
    /// What needs attention, if anything: disk full, waiting for the cluster.
    pub(crate) attention: Option<String>,
}

impl Snapshot {
    /// One line for pipes and logs.
    pub(crate) fn line(&self) -> String {
        let mut text = String::new();
        if let Some(generated) = self.generated {
            let _ = write!(text, "generated={generated} ");
        }
        if let Some([received, processed, dead]) = self.processor {
            let _ = write!(text, "in={received} processed={processed} dead={dead} ");
        }
        for (name, rows) in &self.files {
            let _ = write!(text, "{name}={rows} ");
        }
        if let Some(lag) = self.lag {
            let _ = write!(text, "lag={lag} ");
        }
        if let Some((median, p99)) = self.latency_ms {
            let _ = write!(text, "latency_p50={median}ms latency_p99={p99}ms ");
        }
        if self.draining {
            text.push_str("draining ");
        }
        if let Some(attention) = &self.attention {
            let _ = write!(text, "attention=\"{attention}\"");
        }
        text.trim_end().to_owned()
    }

    /// That it drains, and how much is left.
    fn ending(&self) -> Option<String> {
        let left = match self.lag {
            Some(0) | None => String::new(),
            Some(lag) => format!(", {} records to go", grouped(lag)),
        };
        self.draining
            .then(|| format!("  draining{left} (Ctrl-C again ends at once)"))
    }

    /// The block for a terminal; `rate` is records per second into the processor. Numbers have
    /// their places, so that nothing moves while they grow, and 80 columns are enough.
    pub(crate) fn block(&self, rate: f64) -> Vec<String> {
        let mut lines = vec![self.flow()];
        let wide = self
            .files
            .iter()
            .map(|(name, _)| name.chars().count())
            .max();
        let wide = wide.unwrap_or(0);
        lines.extend(
            (self.files.iter())
                .map(|(name, rows)| format!("  {name:<wide$} {:>12} rows", grouped(*rows))),
        );
        lines.push(self.state(rate));
        let attention = self.attention.as_ref().map(|what| format!("  ! {what}"));
        lines.extend(attention.or_else(|| self.ending()));
        lines
    }

    fn flow(&self) -> String {
        let mut parts = Vec::new();
        if let Some(generated) = self.generated {
            parts.push(format!("generated {:>10}", grouped(generated)));
        }
        if let Some([received, processed, dead]) = self.processor {
            parts.push(format!("in {:>10}", grouped(received)));
            parts.push(format!("processed {:>10}", grouped(processed)));
            parts.push(format!("dead {:>9}", grouped(dead)));
        }
        format!("  {}", parts.join("  "))
    }

    fn state(&self, rate: f64) -> String {
        let mut parts = Vec::new();
        if self.processor.is_some() {
            parts.push(format!("{}/s", grouped(rate as u64)));
        }
        if let Some(lag) = self.lag {
            parts.push(format!("lag {}", grouped(lag)));
        }
        if let Some((median, p99)) = self.latency_ms {
            parts.push(format!(
                "end to end p50 {} ms, p99 {} ms",
                grouped(median),
                grouped(p99)
            ));
        }
        format!("  {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_everything_as_key_and_value() {
        let snapshot = Snapshot {
            generated: Some(12),
            processor: Some([10, 9, 1]),
            files: vec![("a.csv".to_owned(), 9), ("dead_letters.csv".to_owned(), 1)],
            lag: Some(2),
            latency_ms: Some((80, 160)),
            draining: true,
            attention: None,
        };
        assert_eq!(
            snapshot.line(),
            "generated=12 in=10 processed=9 dead=1 a.csv=9 dead_letters.csv=1 lag=2 \
             latency_p50=80ms latency_p99=160ms draining"
        );
    }

    #[test]
    fn the_block_fits_80_columns_and_stays_where_it_is_while_numbers_grow() {
        let snapshot = |scale: u64| Snapshot {
            generated: Some(scale),
            processor: Some([scale, scale, scale / 10]),
            files: vec![
                ("a.csv".to_owned(), scale),
                ("dead_letters.csv".to_owned(), 1),
            ],
            lag: Some(scale),
            latency_ms: Some((scale / 1_000, scale / 1_000)),
            draining: true,
            attention: None,
        };
        let (small, large) = (
            snapshot(1).block(1.0),
            snapshot(99_999_999).block(999_999.0),
        );
        assert_eq!(small.len(), large.len());
        for line in &large {
            assert!(line.chars().count() < 80, "{line}");
        }
        for (small, large) in small.iter().zip(&large).take(3) {
            assert_eq!(small.chars().count(), large.chars().count());
        }
        assert!(
            large[4].contains("draining, 99,999,999 records to go"),
            "{}",
            large[4]
        );
    }
}
