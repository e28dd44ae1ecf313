//! A client that outlives its broker: what it has been told, and what it does next.

use std::collections::{BTreeMap, BTreeSet};

use super::requests::{Done, GROUP, TOPIC, close, create, failed, log, more_partitions, offsets};
use super::script::{Batch, Script, Step};
use crate::log::AppendError;
use crate::log::batch::check_produced;
use crate::log::tests::{From, batch};
use crate::shared::TransactionGate;
use crate::test_rig::Rig;
use crate::transactions::machine::{NewProducer, Producer};
use kafka_protocol::records::Compression;

const ID: &str = "tx";

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    Counts,
    Open,
    Aborted,
}

/// The client, and all that it knows to be durable.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Client {
    pub(super) step: usize,
    plain: Option<i64>,
    transactional: Option<(i64, i16)>,
    /// Next sequence numbers by partition: plain, transactional.
    sequences: [BTreeMap<i32, i32>; 2],
    /// Every record is a number, in the order of sending.
    sent: i64,
    /// What each partition holds, in order.
    pub(super) records: BTreeMap<i32, Vec<(i64, Outcome)>>,
    pub(super) partitions: i32,
    /// What the group has committed, and what an open transaction will.
    pub(super) offset: Option<i64>,
    pub(super) pending_offset: Option<i64>,
    pub(super) is_in_transaction: bool,
    /// High watermark and last stable offset by partition, as last seen.
    pub(super) seen: BTreeMap<i32, (i64, i64)>,
    highest_producer_id: Option<i64>,
}

impl Client {
    /// What a `read_committed` reader of a partition finds.
    pub(super) fn visible(&self, partition: i32) -> Vec<i64> {
        let records = self.records.get(&partition).into_iter().flatten();
        records
            .take_while(|(_, outcome)| *outcome != Outcome::Open)
            .filter(|(_, outcome)| *outcome == Outcome::Counts)
            .map(|(number, _)| *number)
            .collect()
    }

    /// The client after its next step, as far as that changes what is in the broker.
    pub(super) fn expecting(&self, script: &Script) -> Self {
        let mut next = self.clone();
        if let Some(step) = script.steps.get(self.step) {
            next.note(step);
        }
        next
    }

    /// Does the next step. When it fails, the client stands where it was.
    pub(super) async fn take(&mut self, step: &Step, rig: &Rig) -> Done {
        let mut next = self.clone();
        next.ask(step, rig).await?;
        next.note(step);
        next.step += 1;
        next.look(rig);
        *self = next;
        Ok(())
    }

    fn look(&mut self, rig: &Rig) {
        let Some(topic) = rig.topics.by_name(TOPIC) else {
            return;
        };
        for (partition, log) in (0..).zip(topic.partitions()) {
            let ends = log.ends();
            self.seen
                .insert(partition, (ends.high_watermark, ends.last_stable));
        }
    }

    /// What the step changes.
    fn note(&mut self, step: &Step) {
        match step {
            Step::Topic(count, _) | Step::Partitions(count) => self.partitions = *count,
            Step::StartTransactional => {
                self.sequences[1].clear();
                self.end(false);
            }
            Step::Begin(_) => self.is_in_transaction = true,
            Step::Send(batches) => self.note_sent(batches, 0),
            Step::SendInTransaction(batches) => self.note_sent(batches, 1),
            Step::OffsetInTransaction(offset) => self.pending_offset = Some(*offset),
            Step::End { commit } => self.end(*commit),
            Step::CommitOffset(offset) => self.offset = Some(*offset),
            Step::DeleteRecords(partition) => {
                self.records.remove(partition);
            }
            Step::StartPlain | Step::Compact | Step::Retain | Step::OtherTopic | Step::Restart => {}
        }
    }

    fn note_sent(&mut self, batches: &[Batch], kind: usize) {
        let outcome = [Outcome::Counts, Outcome::Open][kind];
        for (partition, count) in batches {
            let records = self.records.entry(*partition).or_default();
            records.extend((self.sent..self.sent + count).map(|number| (number, outcome)));
            self.sent += count;
            *self.sequences[kind].entry(*partition).or_default() += *count as i32;
        }
    }

    fn end(&mut self, commit: bool) {
        let outcome = if commit {
            Outcome::Counts
        } else {
            Outcome::Aborted
        };
        for (_, record) in self.records.values_mut().flatten() {
            if *record == Outcome::Open {
                *record = outcome;
            }
        }
        let pending = self.pending_offset.take();
        if commit && pending.is_some() {
            self.offset = pending;
        }
        self.is_in_transaction = false;
    }

    /// Asks the broker, and waits until it has answered.
    async fn ask(&mut self, step: &Step, rig: &Rig) -> Done {
        match step {
            Step::Topic(count, settings) => create(rig, TOPIC, *count, settings).await,
            Step::Partitions(count) => more_partitions(rig, *count).await,
            Step::StartPlain => {
                let started = rig.transactions.init_idempotent().await;
                let id = started.map_err(failed("init"))?.id;
                self.plain = Some(id);
                self.fresh(id)
            }
            Step::StartTransactional => self.start_transactional(rig).await,
            Step::Begin(partitions) => {
                let places: BTreeSet<_> =
                    partitions.iter().map(|p| (TOPIC.to_owned(), *p)).collect();
                let producer = self.producer()?;
                let added = rig.transactions.add_partitions(ID, producer, places).await;
                added.map_err(failed("add partitions"))?;
                let added = rig.transactions.add_group(ID, producer, GROUP).await;
                added.map_err(failed("add offsets"))
            }
            Step::Send(batches) => self.send(rig, batches, 0).await,
            Step::SendInTransaction(batches) => self.send(rig, batches, 1).await,
            Step::OffsetInTransaction(offset) => {
                let (producer, request) = (self.producer()?, offsets(rig, *offset)?);
                let committed = rig.transactions.commit_offsets(ID, producer, request);
                committed.await.map_err(failed("offsets of a transaction"))
            }
            Step::End { commit } => {
                let ended = rig.transactions.end(ID, self.producer()?, *commit);
                ended.await.map_err(failed("end"))
            }
            Step::CommitOffset(offset) => {
                let committed = rig.groups.commit(offsets(rig, *offset)?).await;
                committed.map_err(failed("commit offsets"))
            }
            Step::Compact => {
                rig.transactions.compact();
                rig.groups.compact();
                Ok(())
            }
            Step::DeleteRecords(partition) => {
                let deleted = log(rig, *partition)?.delete_records(-1);
                deleted.map(drop).map_err(|e| e.to_string())
            }
            Step::Retain => log(rig, 0)?.apply_retention().map_err(|e| e.to_string()),
            Step::OtherTopic => {
                create(rig, "other", 2, &[]).await?;
                let deleted = rig.topics.delete("other").await;
                deleted.map(drop).map_err(|e| e.to_string())
            }
            Step::Restart => close(rig).map_err(|e| e.to_string()),
        }
    }

    /// No producer id is ever given out twice.
    fn fresh(&mut self, id: i64) -> Done {
        if self
            .highest_producer_id
            .is_some_and(|highest| id <= highest)
        {
            let highest = self.highest_producer_id;
            return Err(format!("producer id {id} was given out after {highest:?}"));
        }
        self.highest_producer_id = Some(id);
        Ok(())
    }

    async fn start_transactional(&mut self, rig: &Rig) -> Done {
        let request = NewProducer {
            goes_on_from: None,
            timeout_ms: 1_000,
        };
        let started = rig.transactions.init(ID, request).await;
        let producer = started.map_err(failed("init"))?;
        match self.transactional {
            Some((id, epoch)) if producer.id == id && producer.epoch > epoch => {}
            Some(before) => return Err(format!("{producer:?} does not fence {before:?}")),
            None => self.fresh(producer.id)?,
        }
        self.transactional = Some((producer.id, producer.epoch));
        Ok(())
    }

    fn producer(&self) -> Result<Producer, String> {
        let (id, epoch) = self.transactional.ok_or("no producer")?;
        Ok(Producer { id, epoch })
    }

    async fn send(&self, rig: &Rig, batches: &[Batch], kind: usize) -> Done {
        let (id, epoch) = if kind == 1 {
            self.transactional.ok_or("no producer")?
        } else {
            (self.plain.ok_or("no producer")?, 0)
        };
        let (mut sequences, mut number) = (self.sequences[kind].clone(), self.sent);
        let mut waiting = Vec::new();
        for (partition, count) in batches {
            let sequence = sequences.entry(*partition).or_default();
            let from = From {
                id,
                epoch,
                sequence: *sequence,
                transactional: kind == 1,
            };
            let numbers: Vec<i64> = (number..number + count).collect();
            let bytes = batch(from, Compression::None, &numbers);
            *sequence += *count as i32;
            number += count;
            let log = log(rig, *partition)?;
            let header = check_produced(&bytes, 0).map_err(|e| e.to_string())?;
            let permit = || {
                let allowed = kind == 0;
                let gate = &rig.transactions;
                let asked = || gate.may_produce(ID, id, epoch, TOPIC, *partition);
                let answer = if allowed { Ok(()) } else { asked() };
                answer.map_err(|code| AppendError::refused(code, "not in a transaction"))
            };
            let appended = log.append(&bytes, &header, permit);
            let appended = appended.map_err(|e| format!("append: {e}"))?;
            waiting.push((log, appended.next_offset));
        }
        for (log, next_offset) in waiting {
            let durable = log.durable(next_offset).await;
            durable.map_err(|e| format!("durable: {e}"))?;
        }
        Ok(())
    }
}
