//! Charts as SVG. Colours are marks that the style sheet gives their meaning, so that they follow the
//! theme; see `assets/chart.css`.

mod axes;
mod bars;
mod lines;

use std::fmt::Write as _;

use plotters::coord::types::{RangedCoordf64, RangedCoordi64};
use plotters::prelude::*;

use crate::format;
use axes::short;

/// Size of the drawing, in its own units; pages scale it.
const SIZE: (u32, u32) = (560, 200);
/// Size of text in it.
const TEXT: i32 = 13;

/// A chart over time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// Milliseconds since 1970, ascending.
    pub(crate) times: Vec<i64>,
    pub(crate) series: Vec<Series>,
    /// What values mean, behind them.
    pub(crate) bands: Vec<Band>,
}

/// Values at the chart's times.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) look: Look,
    pub(crate) values: Vec<Option<f64>>,
    /// How bad it is, 0 to 1, where that is known; it has the colour that says so.
    pub(crate) badness: Option<f64>,
}

/// How values are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Line,
    Bar,
    /// Bars on top of those of the series before.
    Stack,
    /// Upper edge of an area.
    RangeTop,
    /// Its lower edge; the series before it is the upper one.
    RangeBottom,
}

/// A band of values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Band {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// 0 good to 1 worst.
    pub(crate) badness: f64,
    pub(crate) label: String,
}

/// What is drawn on: times across, values up.
type Plot<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordi64, RangedCoordf64>>;

/// Marks: the style sheet knows them.
const INK: RGBColor = RGBColor(1, 0, 1);
const GRID: RGBColor = RGBColor(2, 0, 1);
const AREA: RGBColor = RGBColor(3, 0, 1);
const WARNING: RGBColor = RGBColor(4, 0, 1);
const CRITICAL: RGBColor = RGBColor(5, 0, 1);
const WARNING_MARK: u8 = 14;
const CRITICAL_MARK: u8 = 15;

/// The mark of a line or of bars.
fn mark(number: u8) -> RGBColor {
    RGBColor(16 + number, 0, 1)
}

impl Chart {
    /// The drawing; empty when there is nothing to draw.
    pub(crate) fn svg(&self) -> String {
        let mut svg = String::new();
        if self.draw(&mut svg).is_none() {
            return String::new();
        }
        // The page scales it: the box stays, the size goes.
        let sized = format!("<svg width=\"{}\" height=\"{}\" ", SIZE.0, SIZE.1);
        svg.replacen(&sized, "<svg aria-hidden=\"true\" focusable=\"false\" ", 1)
    }

    /// The last values, for those who do not see the drawing.
    pub(crate) fn summary(&self) -> String {
        let mut text = self.title.clone();
        for series in &self.series {
            let known: Vec<f64> = series.values.iter().flatten().copied().collect();
            let (Some(newest), Some(lowest)) =
                (known.last(), known.iter().copied().reduce(f64::min))
            else {
                continue;
            };
            let greatest = known.iter().copied().fold(lowest, f64::max);
            let _ = write!(
                text,
                "; {}: {} last, {} to {}",
                series.name,
                short(*newest),
                short(lowest),
                short(greatest)
            );
        }
        text
    }

    /// What a pointer shows: times and values as JSON.
    pub(crate) fn hover(&self) -> String {
        let series: Vec<_> = self
            .series
            .iter()
            .map(|series| {
                let values: Vec<_> = series.values.iter().map(|value| value.map(short)).collect();
                serde_json::json!({ "name": series.name, "values": values })
            })
            .collect();
        let times: Vec<_> = self.times.iter().map(|ms| format::clock(*ms)).collect();
        serde_json::json!({ "times": times, "series": series }).to_string()
    }

    /// Names of lines and their marks, for the legend.
    pub(crate) fn legend(&self) -> Vec<(u8, &str)> {
        let is_named = |look| matches!(look, Look::Line | Look::Stack);
        let lines = self.series.iter().enumerate();
        let lines = lines.filter(|(_, series)| is_named(series.look));
        if lines.clone().count() < 2 {
            return Vec::new();
        }
        lines
            .map(|(index, series)| (self.number(index), series.name.as_str()))
            .collect()
    }

    /// Which colour a series has.
    fn number(&self, index: usize) -> u8 {
        let named = |series: &&Series| matches!(series.look, Look::Line | Look::Stack);
        match self.series.get(index).and_then(|series| series.badness) {
            Some(badness) if badness >= 1.0 => CRITICAL_MARK,
            Some(badness) if badness > 0.0 => WARNING_MARK,
            Some(_) => 0,
            None => (self.series.iter().take(index).filter(named).count() % 8) as u8,
        }
    }

    fn draw(&self, svg: &mut String) -> Option<()> {
        let (low, high) = self.limits()?;
        let (first, last) = (*self.times.first()?, *self.times.last()?);
        // The last bar has a width as well.
        let step = self.times.get(1).map_or(1, |second| second - first);
        let last = last.max(first + 1) + if self.is_barred() { step } else { 0 };
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        let mut plot = ChartBuilder::on(&area)
            .margin(6)
            // Half of the last time.
            .margin_right(32)
            .x_label_area_size(22)
            .y_label_area_size(52)
            .build_cartesian_2d(first..last, low..high)
            .ok()?;
        self.draw_bands(&mut plot, (first, last), (low, high))?;
        axes::draw(&mut plot)?;
        for (index, series) in self.series.iter().enumerate() {
            match series.look {
                Look::Line => self.draw_line(&mut plot, index, series)?,
                Look::Bar => self.draw_bars(&mut plot, series, step)?,
                Look::Stack => self.draw_stack(&mut plot, index, series, step)?,
                Look::RangeTop => {}
                Look::RangeBottom => self.draw_range(&mut plot, index, series)?,
            }
        }
        area.present().ok()
    }

    /// The points of a series that are known.
    fn known(&self, series: &Series) -> Vec<(i64, f64)> {
        let pairs = self.times.iter().zip(&series.values);
        pairs
            .filter_map(|(time, value)| Some((*time, (*value)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        let series = |name: &str, look, values: &[f64]| Series {
            name: name.to_owned(),
            look,
            values: values.iter().map(|v| Some(*v)).collect(),
            badness: None,
        };
        Chart {
            title: "t <script>".to_owned(),
            times: vec![0, 1_000, 2_000],
            series: vec![
                series("greatest", Look::RangeTop, &[3.0, 4.0, 5.0]),
                series("least", Look::RangeBottom, &[1.0, 1.0, 2.0]),
                series("mean", Look::Line, &[2.0, 3.0, 4.0]),
            ],
            bands: vec![Band {
                from: 4.5,
                to: f64::INFINITY,
                badness: 1.0,
                label: "bad".to_owned(),
            }],
        }
    }

    #[test]
    fn a_chart_is_an_svg_without_styles_or_scripts() {
        let svg = chart().svg();
        assert!(svg.starts_with("<svg aria-hidden"), "{}", &svg[..80]);
        assert!(svg.contains("viewBox=\"0 0 560 200\"") && svg.contains("</svg>"));
        for banned in ["style=", "<script", "<style", "onload", "href"] {
            assert!(!svg.contains(banned), "{banned}");
        }
        for mark in [AREA, CRITICAL, mark(0), INK] {
            let mark = format!("#{:02X}{:02X}{:02X}", mark.0, mark.1, mark.2);
            assert!(svg.contains(&mark), "{mark} in {svg}");
        }
    }

    #[test]
    fn what_rounds_to_nothing_has_no_sign() {
        let said = [-0.0, -0.004, 0.004, -0.5].map(short);
        assert_eq!(said, ["0", "0", "0", "-0.50"]);
    }

    #[test]
    fn bars_stand_on_those_before() {
        let stack = |values: &[f64]| Series {
            name: "s".to_owned(),
            look: Look::Stack,
            values: values.iter().map(|value| Some(*value)).collect(),
            badness: None,
        };
        let chart = Chart {
            times: vec![0, 1_000],
            series: vec![stack(&[1.0, 5.0]), stack(&[2.0, 0.0])],
            ..Chart::default()
        };
        assert!(
            (chart.stacked(1, 0) - 1.0).abs() < 1e-9 && (chart.stacked(2, 0) - 3.0).abs() < 1e-9
        );
        assert!(chart.limits().unwrap().1 > 5.0);
        assert_eq!(
            chart.svg().matches("#110001").count(),
            1,
            "a bar without height is not drawn"
        );
        assert_eq!(chart.legend().len(), 2);
    }

    #[test]
    fn nothing_to_draw_is_no_drawing() {
        assert_eq!(Chart::default().svg(), "");
        let one = Chart {
            times: vec![5],
            series: vec![Series {
                name: "a".to_owned(),
                look: Look::Line,
                values: vec![Some(0.0)],
                badness: None,
            }],
            ..Chart::default()
        };
        assert!(one.svg().contains("</svg>"), "a single moment");
    }

    #[test]
    fn the_summary_says_what_is_seen() {
        assert!(
            chart().summary().contains("mean: 4 last, 2 to 4"),
            "{}",
            chart().summary()
        );
        assert!(chart().hover().contains("\"00:00:01\""));
    }
}
