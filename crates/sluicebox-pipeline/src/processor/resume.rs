//! Where the group's word is missing, or was put there by somebody else: what the outputs say.

use sluicebox_kafka::LogRange;

use super::instance::Instance;
use super::start::Known;
use crate::error::PipelineError;
use crate::output_scan::{ScanOutcome, scan_outputs};
use crate::same_source::{self, LastKnown};
use crate::skipped::{self, Span};

impl Instance {
    /// Fills in the offsets that the group does not have, and checks those that no processor has
    /// committed. `Ok(false)`: told to stop.
    pub(super) fn compare_with_outputs(
        &mut self,
        known: &mut [Known],
    ) -> Result<bool, PipelineError> {
        // Only where there is something to repeat or to leave out.
        let asks = |known: &Known| !known.ours && known.log.high_watermark > known.log.earliest;
        if !known.iter().any(asks) {
            return Ok(true);
        }
        let ScanOutcome::Done(highest) = scan_outputs(&self.config, &self.topics, &self.patience)?
        else {
            return Ok(false);
        };
        // Others may have gone on while the outputs were read, or this process may have slept: an output
        // is never of a record that the log does not have yet.
        for known in known.iter_mut().filter(|known| asks(known)) {
            let Some(log) = self.log_range(known.at)? else {
                return Ok(false);
            };
            known.log = log;
        }
        let (mut lasts, mut spans) = (Vec::new(), Vec::new());
        for known in known.iter_mut().filter(|known| asks(known)) {
            let last = highest.last(known.at.topic, known.at.partition);
            match (known.offset, last) {
                (None, None) => {}
                (None, Some(last)) => known.offset = Some(self.resume_after(last, known.log)?),
                (Some(_), None) => self.say_set_by_another(known),
                (Some(_), Some(last)) => spans.extend(self.doubt(known, last)),
            }
            // Outside the log there is nothing to compare; the position is judged later.
            let inside = |last: &LastKnown| is_inside(last.at.offset, known.log);
            lasts.extend(last.filter(inside));
        }
        let names: Vec<_> = self.topics.iter().map(|(name, _)| name.clone()).collect();
        if !same_source::check(&self.config, &names, &lasts, &self.patience)? {
            return Ok(false);
        }
        let Some(skipped) = skipped::with_records(&self.config, &names, spans, &self.patience)?
        else {
            return Ok(false);
        };
        skipped
            .iter()
            .try_for_each(|span| self.accept_skipped(span))?;
        Ok(true)
    }

    /// The group has no offset: reading goes on after the last record that the outputs know.
    fn resume_after(&self, last: LastKnown, log: LogRange) -> Result<i64, PipelineError> {
        let topic = self.topic_name(last.at.topic_partition());
        let (partition, offset) = (last.at.partition, last.at.offset);
        // The group forgets a topic that is deleted; a log that was only cut it would still know.
        if offset >= log.high_watermark {
            return Err(PipelineError::OtherSource {
                topic,
                partition,
                offset,
            });
        }
        tracing::warn!(
            topic,
            partition,
            offset = offset + 1,
            "the group has no offset; going on after the highest one found in the outputs"
        );
        Ok(offset + 1)
    }

    /// Compares an offset that no processor has committed with the last record in the outputs: what
    /// lies between may hold records that nobody has processed.
    fn doubt(&self, known: &Known, last: LastKnown) -> Option<Span> {
        let (offset, next) = (known.offset?, last.at.offset + 1);
        if offset < next {
            let (topic, partition) = (self.topic_name(known.at), known.at.partition);
            tracing::warn!(
                topic,
                partition,
                offset,
                processed_up_to = next,
                "somebody set the group's offset back: records are processed again; the sink stops where they repeat, unless it is told to --skip-repeats"
            );
        }
        let span = Span {
            at: known.at,
            from: next.max(known.log.earliest),
            to: offset.min(known.log.high_watermark),
        };
        (span.from < span.to).then_some(span)
    }

    fn say_set_by_another(&self, known: &Known) {
        let (topic, partition) = (self.topic_name(known.at), known.at.partition);
        tracing::warn!(
            topic,
            partition,
            offset = known.offset,
            earliest = known.log.earliest,
            "the group's offset was set by somebody else, and the outputs have nothing of the partition; going on there"
        );
    }

    fn accept_skipped(&self, span: &Span) -> Result<(), PipelineError> {
        let skipped = PipelineError::Skipped {
            topic: self.topic_name(span.at),
            partition: span.at.partition,
            group: self.config.group.clone(),
            from: span.from,
            to: span.to,
        };
        if !self.config.accept_loss {
            return Err(skipped);
        }
        let lost = span.to.abs_diff(span.from);
        tracing::warn!(%skipped, lost, "loss accepted");
        self.metrics.process_lost_offsets.add(lost);
        Ok(())
    }
}

fn is_inside(offset: i64, log: LogRange) -> bool {
    (log.earliest..log.high_watermark).contains(&offset)
}
