//! The frame of a chart: which values it spans, the grid, and the numbers at it.

use plotters::prelude::*;

use super::{CRITICAL, Chart, GRID, INK, Plot, TEXT, WARNING};
use crate::format;

impl Chart {
    /// The least and the greatest value that the drawing has room for.
    pub(super) fn limits(&self) -> Option<(f64, f64)> {
        let values = || {
            self.series
                .iter()
                .flat_map(|series| series.values.iter().flatten().copied())
        };
        let least = values().reduce(f64::min)?;
        let highest_stack = (0..self.times.len()).map(|step| self.stacked(self.series.len(), step));
        let greatest = values().chain(highest_stack).reduce(f64::max)?;
        let counted = self.is_barred() || self.bands.is_empty() && least >= 0.0;
        let room = ((greatest - least) * 0.08).max(f64::EPSILON);
        let room = if greatest - least > 0.0 {
            room
        } else {
            (greatest.abs() * 0.1).max(1.0)
        };
        Some((if counted { 0.0 } else { least - room }, greatest + room))
    }

    /// What values mean, behind them.
    pub(super) fn draw_bands<B: DrawingBackend>(
        &self,
        plot: &mut Plot<'_, B>,
        (first, last): (i64, i64),
        (low, high): (f64, f64),
    ) -> Option<()> {
        for band in self.bands.iter().filter(|band| band.badness > 0.0) {
            let (from, to) = (band.from.max(low), band.to.min(high));
            if from < to {
                let mark = if band.badness < 1.0 {
                    WARNING
                } else {
                    CRITICAL
                };
                plot.draw_series([Rectangle::new([(first, from), (last, to)], mark.filled())])
                    .ok()?;
            }
        }
        Some(())
    }
}

/// The grid, and the numbers at its edges.
pub(super) fn draw<B: DrawingBackend>(plot: &mut Plot<'_, B>) -> Option<()> {
    plot.configure_mesh()
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
        .ok()
}

/// A value with as many digits as matter.
pub(super) fn short(value: f64) -> String {
    // What rounds to nothing has no sign.
    let value = if value.abs() < 0.005 { 0.0 } else { value };
    let size = value.abs();
    match size {
        _ if size >= 1e6 => format!("{:.1}M", value / 1e6),
        _ if size >= 1e4 => format!("{:.0}k", value / 1e3),
        _ if size >= 100.0 || size.fract() == 0.0 => format!("{value:.0}"),
        _ if size >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
