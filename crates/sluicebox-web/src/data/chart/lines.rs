//! Lines, and the area between two of them.

use plotters::prelude::*;

use super::{AREA, Chart, Plot, Series, mark};

impl Chart {
    pub(super) fn draw_line<B: DrawingBackend>(
        &self,
        plot: &mut Plot<'_, B>,
        index: usize,
        series: &Series,
    ) -> Option<()> {
        let style = mark(self.number(index)).stroke_width(2);
        let line = LineSeries::new(self.known(series), style);
        plot.draw_series(line).ok().map(|_| ())
    }

    /// The area from this series up to the one before it.
    pub(super) fn draw_range<B: DrawingBackend>(
        &self,
        plot: &mut Plot<'_, B>,
        index: usize,
        series: &Series,
    ) -> Option<()> {
        let mut outline = self.known(self.series.get(index.checked_sub(1)?)?);
        outline.extend(self.known(series).into_iter().rev());
        let area = Polygon::new(outline, AREA.filled());
        plot.draw_series([area]).ok().map(|_| ())
    }
}
