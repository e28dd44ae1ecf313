//! From the batch that was filled to a transaction, and to its end.

use std::time::Duration;

use sluicebox_faults::{planted, point};

use super::instance::Instance;
use crate::error::PipelineError;
use crate::limits::POLL_WAIT_MS;
use crate::state::TaskState;
use crate::stop::StopLevel;

impl Instance {
    /// Hands the batch over when it is old enough or large enough, and a lane is free.
    pub(super) fn submit_if_due(&mut self) -> Result<(), PipelineError> {
        let limits = self.config.transaction;
        let old = self
            .filling
            .began
            .is_some_and(|began| began.elapsed() >= limits.linger);
        let large = self.filling.records >= limits.records_max.div_ceil(2)
            || self.filling.bytes() >= limits.bytes_max.div_ceil(2);
        if (old || large) && self.lanes.is_free() {
            self.submit()?;
        }
        Ok(())
    }

    /// Hands over what is filled, and positions that moved past transaction markers.
    pub(super) fn submit(&mut self) -> Result<(), PipelineError> {
        // A stop may come between the dropping of records and the way back to them.
        if self.is_ahead && !planted!("processor-commits-dropped-records") {
            return Ok(());
        }
        let positions = self.consumer.positions();
        let moved = positions.iter().filter(|position| {
            self.submitted.get(&position.topic_partition()) != Some(&position.offset)
        });
        let offsets: Vec<_> = moved
            .map(|at| {
                (
                    self.topic_name(at.topic_partition()),
                    at.partition,
                    at.offset,
                )
            })
            .collect();
        if offsets.is_empty() {
            return Ok(());
        }
        // The broker does not check an unset membership (KIP-447), so it is checked here.
        let member = self.consumer.group_metadata();
        let Some(member) = member.filter(|now| Some(now) == self.member.as_ref()) else {
            tracing::debug!(
                instance = self.number,
                "not a member any more: the batch is dropped"
            );
            self.drop_records();
            return self.rewind().map(|_| ());
        };
        let notes = self.notes.clone();
        point!("process.submit.before");
        self.lanes.submit(&mut self.filling, offsets, notes, member);
        self.submitted = positions
            .iter()
            .map(|at| (at.topic_partition(), at.offset))
            .collect();
        Ok(())
    }

    /// Drops what was read and not handed over; [`Self::rewind`] has to follow.
    pub(super) fn drop_records(&mut self) {
        self.filling.clear();
        self.is_ahead = true;
    }

    /// Commits what is at hand and waits for it. A failure is not repeated: nothing is lost by
    /// it, the next start does it again.
    pub(super) fn drain(&mut self) -> Result<(), PipelineError> {
        self.metrics
            .set_process_state(self.number, TaskState::Draining);
        while !self.lanes.is_free() && !self.lanes.has_failed() {
            self.lanes.check_threads()?;
            if self.stop.level() == StopLevel::Now {
                return Ok(());
            }
            if let Some(event) = self.lanes.next_event(Duration::from_millis(POLL_WAIT_MS)) {
                self.note(event);
            }
        }
        if !self.lanes.has_failed() && self.member.is_some() {
            self.submit()?;
        }
        self.settle()?;
        if let Some(error) = self.lanes.take_failure() {
            tracing::warn!(instance = self.number, %error, "the last transaction was not committed; the next start does it again");
        }
        Ok(())
    }

    /// Waits until nothing is under way. `Ok(false)`: to stop at once.
    pub(super) fn settle(&mut self) -> Result<bool, PipelineError> {
        let mut committed = Vec::new();
        let settled = self
            .lanes
            .settle(&self.stop, |counts| committed.push(counts))?;
        for counts in &committed {
            self.committed(counts);
        }
        Ok(settled)
    }
}
