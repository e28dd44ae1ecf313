//! A chart on a page: drawing, title, legend, and what a pointer shows.

use maud::{Markup, PreEscaped, html};

use crate::collect::Point;
use crate::data::{Chart, Look, Series};
use crate::groups_past::LagPoint;
use crate::visible::Visible;

/// A chart.
pub(super) fn figure(chart: &Chart) -> Markup {
    let svg = chart.svg();
    html! {
        figure.chart data-chart=(chart.hover()) {
            figcaption {
                span.title { (chart.title) }
                span.legend {
                    @for (index, name) in chart.legend() {
                        span.key { i class={ "mark-" (index) } {} (Visible(name)) }
                    }
                }
            }
            div.plot role="img" aria-label=(chart.summary()) {
                @if svg.is_empty() { p.quiet { "Nothing to draw yet." } } @else { (PreEscaped(svg)) }
            }
        }
    }
}

/// A chart of the lag of a group.
pub(super) fn lag(points: &[LagPoint]) -> Markup {
    figure(&Chart {
        title: "Lag, in offsets".to_owned(),
        times: points.iter().map(|(at_ms, _)| *at_ms).collect(),
        series: vec![Series {
            name: "lag".to_owned(),
            look: Look::Line,
            values: points.iter().map(|(_, lag)| Some(*lag as f64)).collect(),
            badness: None,
        }],
        bands: Vec::new(),
    })
}

/// What is drawn of a point.
pub(super) type Value = fn(&Point) -> f64;

/// A chart of the past of the pipeline.
pub(super) fn past(title: &str, points: &[Point], lines: &[(&str, Value)]) -> Markup {
    let series = lines.iter().map(|(name, value)| Series {
        name: (*name).to_owned(),
        look: Look::Line,
        values: points.iter().map(|point| Some(value(point))).collect(),
        badness: None,
    });
    figure(&Chart {
        title: title.to_owned(),
        times: points.iter().map(|point| point.at_ms).collect(),
        series: series.collect(),
        bands: Vec::new(),
    })
}
