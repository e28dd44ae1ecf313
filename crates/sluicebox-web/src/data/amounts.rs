//! Charts of amounts of money.

use std::collections::BTreeMap;

use super::chart::{Chart, Look, Series};
use super::columns::Drawn;
use super::measure::{Buckets, title};
use crate::limits::CHART_LABELS_MAX;

/// Sums of each currency: bars of one, lines of several, which must not be put on top of each other.
pub(super) fn chart<'a>(
    column: &Drawn,
    buckets: &Buckets,
    amounts: impl Iterator<Item = (i64, &'a str, &'a str)>,
) -> Chart {
    let mut sums: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (time, cell, currency) in amounts {
        let Ok(amount) = cell.parse::<f64>() else {
            continue;
        };
        let known = sums.contains_key(currency) || sums.len() < CHART_LABELS_MAX;
        if known {
            let of = sums
                .entry(currency)
                .or_insert_with(|| vec![0.0; buckets.count]);
            of[buckets.index(time)] += amount;
        }
    }
    let only = match sums.len() {
        1 => sums.keys().next().filter(|currency| !currency.is_empty()),
        _ => None,
    };
    let look = if sums.len() > 1 {
        Look::Line
    } else {
        Look::Bar
    };
    let named = |currency: &str| match currency {
        "" => "sum".to_owned(),
        currency => currency.to_owned(),
    };
    Chart {
        title: title(&column.name, only.copied(), &buckets.every()),
        times: buckets.times(),
        series: (sums.iter())
            .map(|(currency, sums)| Series {
                name: named(currency),
                look,
                values: sums.iter().copied().map(Some).collect(),
                badness: None,
            })
            .collect(),
        ..Chart::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::How;
    use super::*;

    fn drawn(amounts: &[(i64, &'static str, &'static str)]) -> Chart {
        let column = Drawn {
            name: "amount".to_owned(),
            unit: None,
            how: How::Sum(Some("currency".to_owned())),
        };
        let times: Vec<_> = amounts.iter().map(|(time, ..)| Some(*time)).collect();
        chart(
            &column,
            &Buckets::of(&times).unwrap(),
            amounts.iter().copied(),
        )
    }

    #[test]
    fn amounts_of_different_currencies_make_no_sum() {
        let chart = drawn(&[
            (0, "1.50", "EUR"),
            (0, "7", "CHF"),
            (0, "2", "EUR"),
            (0, "", ""),
        ]);
        let found: Vec<_> = (chart.series.iter())
            .map(|series| (series.name.as_str(), series.look, series.values[0]))
            .collect();
        assert_eq!(
            found,
            [
                ("CHF", Look::Line, Some(7.0)),
                ("EUR", Look::Line, Some(3.5))
            ]
        );
        assert!(chart.title.starts_with("amount (per "), "{}", chart.title);
    }

    #[test]
    fn amounts_of_one_currency_say_which() {
        let chart = drawn(&[(0, "1.50", "EUR"), (0, "2", "EUR")]);
        assert!(
            chart.title.starts_with("amount (EUR, per "),
            "{}",
            chart.title
        );
        assert_eq!(chart.series[0].look, Look::Bar);
    }
}
