//! From rows to charts: what lies close in time is drawn as one point.

use std::collections::BTreeMap;

use sluicebox_event::StreamDefinition;

use super::amounts;
use super::chart::{Band, Chart, Look, Series};
use super::columns::{Drawn, How, drawn, time, unit_sign};
use super::tail::Tail;
use crate::format;
use crate::limits::{CHART_BUCKETS, CHART_LABELS_MAX};

/// Count, sum, least and greatest of a step.
type Found = (u32, f64, f64, f64);

/// The charts of a stream's rows.
pub(super) fn charts(definition: &StreamDefinition, tail: &Tail) -> Vec<Chart> {
    let times = tail.column(&time(definition)).map_or(Vec::new(), |column| {
        let times = tail.rows.iter().map(|row| {
            row.get(column)
                .and_then(|text| text.parse::<jiff::Timestamp>().ok())
        });
        times
            .map(|time| time.map(jiff::Timestamp::as_millisecond))
            .collect()
    });
    let Some(buckets) = Buckets::of(&times) else {
        return Vec::new();
    };
    let columns = drawn(definition);
    columns
        .iter()
        .filter_map(|column| {
            let index = tail.column(&column.name)?;
            let cells = tail
                .rows
                .iter()
                .map(|row| row.get(index).map_or("", String::as_str));
            if let How::Sum(Some(currency)) = &column.how {
                let currency = tail.column(currency)?;
                let of = tail.rows.iter().map(|row| row.get(currency));
                let amounts = times.iter().zip(cells.zip(of));
                let amounts = amounts.filter_map(|(time, (cell, of))| {
                    Some(((*time)?, cell, of.map_or("", String::as_str)))
                });
                return Some(amounts::chart(column, &buckets, amounts));
            }
            let cells = times
                .iter()
                .zip(cells)
                .filter_map(|(time, cell)| Some(((*time)?, cell)));
            Some(chart(column, &buckets, cells))
        })
        .collect()
}

/// Time cut into equal steps.
pub(super) struct Buckets {
    from_ms: i64,
    step_ms: i64,
    pub(super) count: usize,
}

impl Buckets {
    pub(super) fn of(times: &[Option<i64>]) -> Option<Self> {
        let known = || times.iter().flatten().copied();
        let (from, to) = (known().min()?, known().max()?);
        let step_ms = ((to - from) / CHART_BUCKETS as i64 + 1).max(1);
        let count = ((to - from) / step_ms + 1) as usize;
        Some(Self {
            from_ms: from,
            step_ms,
            count,
        })
    }

    pub(super) fn index(&self, ms: i64) -> usize {
        (((ms - self.from_ms) / self.step_ms).max(0) as usize).min(self.count - 1)
    }

    pub(super) fn every(&self) -> String {
        format!(", per {}", format::millis(self.step_ms.unsigned_abs()))
    }

    pub(super) fn times(&self) -> Vec<i64> {
        (0..self.count as i64)
            .map(|index| self.from_ms + index * self.step_ms)
            .collect()
    }
}

fn chart<'a>(
    column: &Drawn,
    buckets: &Buckets,
    cells: impl Iterator<Item = (i64, &'a str)>,
) -> Chart {
    let unit = column.unit.as_deref().map(unit_sign);
    let titled = |what: &str| title(&column.name, unit.as_deref(), what);
    let every = buckets.every();
    match &column.how {
        How::Range(bands) => {
            let mut chart = range(buckets, cells);
            chart.title = titled("");
            chart.bands = drawn_bands(bands);
            chart
        }
        How::Sum(_) => {
            let sums = sums(buckets, cells);
            let title = titled(&every);
            Chart {
                title,
                times: buckets.times(),
                series: vec![Series {
                    name: "sum".to_owned(),
                    look: Look::Bar,
                    values: sums,
                    badness: None,
                }],
                ..Chart::default()
            }
        }
        How::Labels(judged) => Chart {
            title: titled(&every),
            times: buckets.times(),
            series: labels(buckets, cells, judged),
            ..Chart::default()
        },
    }
}

/// What a chart shows, in what, and per what.
pub(super) fn title(name: &str, unit: Option<&str>, what: &str) -> String {
    match unit {
        Some(unit) => format!("{name} ({unit}{what})"),
        None if what.is_empty() => name.to_owned(),
        None => format!("{name} ({})", what.trim_start_matches(", ")),
    }
}

fn drawn_bands(bands: &[(f64, f64, String)]) -> Vec<Band> {
    let mut from = f64::NEG_INFINITY;
    let mut drawn = Vec::new();
    for (end, badness, label) in bands {
        drawn.push(Band {
            from,
            to: *end,
            badness: *badness,
            label: label.clone(),
        });
        from = *end;
    }
    drawn
}

fn range<'a>(buckets: &Buckets, cells: impl Iterator<Item = (i64, &'a str)>) -> Chart {
    let mut found = vec![(0_u32, 0.0_f64, f64::INFINITY, f64::NEG_INFINITY); buckets.count];
    for (time, cell) in cells {
        let Ok(value) = cell.parse::<f64>() else {
            continue;
        };
        let (count, sum, least, greatest) = &mut found[buckets.index(time)];
        *count += 1;
        *sum += value;
        *least = least.min(value);
        *greatest = greatest.max(value);
    }
    let series = |name: &str, look, value: fn(&Found) -> f64| Series {
        name: name.to_owned(),
        look,
        values: found
            .iter()
            .map(|bucket| (bucket.0 > 0).then(|| value(bucket)))
            .collect(),
        badness: None,
    };
    Chart {
        times: buckets.times(),
        series: vec![
            series("greatest", Look::RangeTop, |f| f.3),
            series("least", Look::RangeBottom, |f| f.2),
            series("mean", Look::Line, |f| f.1 / f64::from(f.0)),
        ],
        ..Chart::default()
    }
}

fn sums<'a>(buckets: &Buckets, cells: impl Iterator<Item = (i64, &'a str)>) -> Vec<Option<f64>> {
    let mut sums = vec![0.0; buckets.count];
    for (time, cell) in cells {
        sums[buckets.index(time)] += cell.parse::<f64>().unwrap_or(0.0);
    }
    sums.into_iter().map(Some).collect()
}

fn labels<'a>(
    buckets: &Buckets,
    cells: impl Iterator<Item = (i64, &'a str)>,
    judged: &[(String, f64)],
) -> Vec<Series> {
    let mut counts: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (time, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
        let known = counts.contains_key(cell) || counts.len() < CHART_LABELS_MAX;
        let label = if known { cell } else { "others" };
        let of_label = counts
            .entry(label.to_owned())
            .or_insert_with(|| vec![0.0; buckets.count]);
        of_label[buckets.index(time)] += 1.0;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    // The most frequent one stands at the bottom.
    counts.sort_by(|(_, a), (_, b)| b.iter().sum::<f64>().total_cmp(&a.iter().sum()));
    let series = counts.into_iter().map(|(name, values)| Series {
        badness: judged
            .iter()
            .find(|(label, _)| *label == name)
            .map(|(_, badness)| *badness),
        name,
        look: Look::Stack,
        values: values.into_iter().map(Some).collect(),
    });
    series.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRD: &str = r#"
        name = "pumps"
        topic = "pumps"
        file = "pumps.csv"
        key_field = "pump"
        columns = ["pump", "timestamp", "pressure", "cost", "grade", "processed_at", "source_partition", "source_offset"]
        [[fields]]
        name = "pump"
        type = "string"
        required = true
        [[fields]]
        name = "pressure"
        type = "number"
        unit = "bar"
        [[fields]]
        name = "cost"
        type = "decimal"
        [[fields]]
        name = "timestamp"
        type = "timestamp"
        required = true
        [[enrichments]]
        name = "grade"
        type = "band"
        labels = ["good", "bad"]
        [enrichments.bands]
        pressure = [{ below = 5, label = "good" }, { label = "bad" }]
    "#;

    #[test]
    fn a_third_stream_has_charts_by_its_definition_alone() {
        let definition = StreamDefinition::parse(THIRD, "test").unwrap();
        let cells = |row: &str| row.split(',').map(str::to_owned).collect::<Vec<_>>();
        let tail = Tail {
            header: cells(
                "pump,timestamp,pressure,cost,grade,processed_at,source_partition,source_offset",
            ),
            rows: vec![
                cells("p,2026-01-01T00:00:00.000Z,2,1.50,good,2026-01-01T00:00:00.000Z,0,0"),
                cells("p,2026-01-01T00:00:00.000Z,4,,good,2026-01-01T00:00:00.000Z,0,1"),
                cells("p,2026-01-01T00:02:00.000Z,6,2,bad,2026-01-01T00:00:00.000Z,0,2"),
            ],
        };
        let charts = charts(&definition, &tail);
        let titles: Vec<_> = charts.iter().map(|chart| chart.title.as_str()).collect();
        assert_eq!(
            titles,
            ["pressure (bar)", "cost (per 1.0 s)", "grade (per 1.0 s)"]
        );
        let pressure = &charts[0];
        assert_eq!(
            pressure
                .bands
                .iter()
                .map(|band| band.badness)
                .collect::<Vec<_>>(),
            [0.0, 1.0]
        );
        assert_eq!(
            pressure.series[2].values.first(),
            Some(&Some(3.0)),
            "the mean"
        );
        assert_eq!(pressure.series[2].values.last(), Some(&Some(6.0)));
        assert_eq!(
            pressure.series[2].values[1], None,
            "nothing happened in between"
        );
        let sum: f64 = charts[1].series[0].values.iter().flatten().sum();
        assert!((sum - 3.5).abs() < 1e-9);
        assert_eq!(
            charts[2]
                .series
                .iter()
                .map(|s| s.name.as_str())
                .collect::<Vec<_>>(),
            ["good", "bad"]
        );
    }

    #[test]
    fn without_rows_there_is_nothing_to_draw() {
        let definition = StreamDefinition::parse(THIRD, "test").unwrap();
        assert_eq!(charts(&definition, &Tail::default()), []);
    }
}
