//! Charts as SVG. Colours are marks that the style sheet gives their meaning, so that they follow the
//! theme; see `assets/chart.css`.

use std::fmt::Write as _;

use plotters::prelude::*;

use crate::format;

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

    fn limits(&self) -> Option<(f64, f64)> {
        let values = || {
            self.series
                .iter()
                .flat_map(|series| series.values.iter().flatten().copied())
        };
        let least = values().reduce(f64::min)?;
        let highest_stack = (0..self.times.len()).map(|step| self.stacked(self.series.len(), step));
        let greatest = values().chain(highest_stack).reduce(f64::max)?;
        let counted = self
            .series
            .iter()
            .any(|series| matches!(series.look, Look::Bar | Look::Stack))
            || self.bands.is_empty() && least >= 0.0;
        let room = ((greatest - least) * 0.08).max(f64::EPSILON);
        let room = if greatest - least > 0.0 {
            room
        } else {
            (greatest.abs() * 0.1).max(1.0)
        };
        Some((if counted { 0.0 } else { least - room }, greatest + room))
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

    /// Height of the bars of the first so many series at a step.
    fn stacked(&self, series: usize, step: usize) -> f64 {
        let stacks = self
            .series
            .iter()
            .take(series)
            .filter(|series| series.look == Look::Stack);
        stacks
            .filter_map(|series| series.values.get(step).copied().flatten())
            .sum()
    }

    fn draw(&self, svg: &mut String) -> Option<()> {
        let (low, high) = self.limits()?;
        let (first, last) = (*self.times.first()?, *self.times.last()?);
        // The last bar has a width as well.
        let step = self.times.get(1).map_or(1, |second| second - first);
        let is_barred = self
            .series
            .iter()
            .any(|series| matches!(series.look, Look::Bar | Look::Stack));
        let last = last.max(first + 1) + if is_barred { step } else { 0 };
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(6)
            .margin_right(14)
            .x_label_area_size(22)
            .y_label_area_size(52)
            .build_cartesian_2d(first..last, low..high)
            .ok()?;
        for band in self.bands.iter().filter(|band| band.badness > 0.0) {
            let (from, to) = (band.from.max(low), band.to.min(high));
            if from < to {
                let mark = if band.badness < 1.0 {
                    WARNING
                } else {
                    CRITICAL
                };
                chart
                    .draw_series([Rectangle::new([(first, from), (last, to)], mark.filled())])
                    .ok()?;
            }
        }
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(6)
            .y_labels(5)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(GRID)
            .label_style(("sans-serif", TEXT, &INK))
            .x_label_formatter(&|ms| format::clock(*ms))
            .y_label_formatter(&|value| short(*value))
            .draw()
            .ok()?;
        for (index, series) in self.series.iter().enumerate() {
            self.draw_series(&mut chart, index, series, step)?;
        }
        area.present().ok()
    }

    fn draw_series<DB: DrawingBackend>(
        &self,
        chart: &mut ChartContext<
            '_,
            DB,
            Cartesian2d<
                plotters::coord::types::RangedCoordi64,
                plotters::coord::types::RangedCoordf64,
            >,
        >,
        index: usize,
        series: &Series,
        step: i64,
    ) -> Option<()> {
        let known = |series: &Series| -> Vec<(i64, f64)> {
            let pairs = self.times.iter().zip(&series.values);
            pairs
                .filter_map(|(time, value)| Some((*time, (*value)?)))
                .collect()
        };
        match series.look {
            Look::Line => {
                let line = LineSeries::new(known(series), mark(self.number(index)).stroke_width(2));
                chart.draw_series(line).ok()?;
            }
            Look::Bar => {
                let bars = known(series).into_iter().map(|(time, value)| {
                    Rectangle::new([(time, 0.0), (time + step, value)], mark(0).filled())
                });
                chart.draw_series(bars).ok()?;
            }
            Look::Stack => {
                let values = self.times.iter().zip(&series.values).enumerate();
                let bars = values.filter_map(|(at, (time, value))| {
                    let (base, value) = (self.stacked(index, at), (*value)?);
                    let corners = [(*time, base), (time + step, base + value)];
                    (value > 0.0)
                        .then(|| Rectangle::new(corners, mark(self.number(index)).filled()))
                });
                chart.draw_series(bars).ok()?;
            }
            Look::RangeTop => {}
            Look::RangeBottom => {
                let mut outline = known(self.series.get(index.checked_sub(1)?)?);
                outline.extend(known(series).into_iter().rev());
                chart
                    .draw_series([Polygon::new(outline, AREA.filled())])
                    .ok()?;
            }
        }
        Some(())
    }
}

/// A value with as many digits as matter.
fn short(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size >= 1e6 => format!("{:.1}M", value / 1e6),
        _ if size >= 1e4 => format!("{:.0}k", value / 1e3),
        _ if size >= 100.0 || size.fract() == 0.0 => format!("{value:.0}"),
        _ if size >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
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
