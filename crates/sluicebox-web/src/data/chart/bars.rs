//! Bars: counts, beside each other or on top of each other.

use plotters::prelude::*;

use super::{Chart, Look, Plot, Series, mark};

impl Chart {
    /// Whether there are bars in it: their height is a count, from zero on.
    pub(super) fn is_barred(&self) -> bool {
        self.series
            .iter()
            .any(|series| matches!(series.look, Look::Bar | Look::Stack))
    }

    /// Height of the bars of the first so many series at a step.
    pub(super) fn stacked(&self, series: usize, step: usize) -> f64 {
        let stacks = self
            .series
            .iter()
            .take(series)
            .filter(|series| series.look == Look::Stack);
        stacks
            .filter_map(|series| series.values.get(step).copied().flatten())
            .sum()
    }

    pub(super) fn draw_bars<B: DrawingBackend>(
        &self,
        plot: &mut Plot<'_, B>,
        series: &Series,
        step: i64,
    ) -> Option<()> {
        let bars = self.known(series).into_iter().map(|(time, value)| {
            Rectangle::new([(time, 0.0), (time + step, value)], mark(0).filled())
        });
        plot.draw_series(bars).ok().map(|_| ())
    }

    pub(super) fn draw_stack<B: DrawingBackend>(
        &self,
        plot: &mut Plot<'_, B>,
        index: usize,
        series: &Series,
        step: i64,
    ) -> Option<()> {
        let values = self.times.iter().zip(&series.values).enumerate();
        let bars = values.filter_map(|(at, (time, value))| {
            let (base, value) = (self.stacked(index, at), (*value)?);
            let corners = [(*time, base), (time + step, base + value)];
            (value > 0.0).then(|| Rectangle::new(corners, mark(self.number(index)).filled()))
        });
        plot.draw_series(bars).ok().map(|_| ())
    }
}
