//! A processor in small: it holds to the rules of the product's `processor/lane.rs` and
//! `processor/recovery.rs`, and can be stopped at any place of a transaction.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sluicebox_kafka::{
    ClientOptions, Consumer, ConsumerOptions, ErrorClass, GroupMetadata, KafkaError, OutBatch,
    Polled, TopicPartition, TopicPartitionOffset, TransactionOptions, TransactionalProducer,
};

use super::account::End;
use super::{OUTPUT, WAIT};
use crate::dice::Dice;
use crate::error::{ChaosError, Result, found};
use crate::proxy::Proxy;
use crate::proxy::rules::RuleId;

const SESSION_TIMEOUT_MS: u32 = 30_000;
const TRANSACTION_TIMEOUT_MS: u32 = 10_000;
/// After this time a request counts as lost, and the library repeats it.
const REQUEST_TIMEOUT_MS: u32 = 1_000;
const ABANDON: Duration = Duration::from_millis(400);
const POLL: Duration = Duration::from_millis(20);
const NUMBERS_MAX: u64 = 12;
const KEYS: i64 = 7;
const INPUT: TopicPartition = TopicPartition {
    topic: 0,
    partition: 0,
};

/// The topic whose offsets worker `number` commits.
pub(super) fn input(number: usize) -> String {
    format!("late-in-{number}")
}

pub(super) struct Worker {
    pub(super) proxy: Arc<Proxy>,
    pub(super) dice: Dice,
    number: usize,
    id: String,
    client: ClientOptions,
    consumer: Consumer,
    producer: Option<TransactionalProducer>,
    /// All numbers below are sent and committed.
    next: i64,
    /// How many are in the open transaction.
    open: i64,
}

impl Worker {
    pub(super) fn join(
        number: usize,
        seed: u64,
        proxy: &Arc<Proxy>,
        direct: &ClientOptions,
    ) -> Result<Self> {
        let id = format!("late-id-{number}");
        let mut client = ClientOptions::new(proxy.bootstrap_servers(), "chaos-worker");
        let timeout = REQUEST_TIMEOUT_MS.to_string();
        client
            .properties
            .insert("socket.timeout.ms".to_owned(), timeout);
        let group = ConsumerOptions {
            session_timeout_ms: SESSION_TIMEOUT_MS,
            ..ConsumerOptions::new(id.clone(), vec![input(number)])
        };
        let mut worker = Self {
            proxy: Arc::clone(proxy),
            dice: Dice::new(seed, &id),
            number,
            id,
            client,
            consumer: Consumer::subscribe(direct, group)?,
            producer: None,
            next: 0,
            open: 0,
        };
        worker.recover()?;
        Ok(worker)
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Begins a transaction and sends some numbers in it, all acknowledged.
    pub(super) fn begin(&mut self) -> Result<()> {
        self.keep_membership()?;
        let deadline = Instant::now() + WAIT;
        loop {
            self.open = self.dice.between(1, NUMBERS_MAX) as i64;
            let batch = self.batch();
            let producer = self.producer()?;
            let sent = producer
                .begin()
                .and_then(|()| producer.send(OUTPUT, batch))
                .and_then(|()| producer.flush(WAIT));
            match sent {
                Ok(()) => return Ok(()),
                Err(error) => self.failed("begin", &error, deadline)?,
            }
        }
    }

    fn batch(&self) -> OutBatch {
        let mut batch = OutBatch::new();
        for number in self.next..self.next + self.open {
            let key = (number % KEYS).to_string();
            let written: std::result::Result<(), Infallible> =
                batch.push(Some(key.as_bytes()), |out| {
                    out.extend_from_slice(format!("{}:{number}", self.number).as_bytes());
                    Ok(())
                });
            let Ok(()) = written;
        }
        batch
    }

    /// Commits the open transaction; when that fails, recovers as the product does.
    pub(super) fn commit(&mut self, wait: Duration) -> Result<()> {
        let (offset, member) = (self.next + self.open, self.member()?);
        let offsets = [(input(self.number), 0, offset)];
        match self.producer()?.commit(&offsets, &member, wait) {
            Ok(()) => {
                self.next = offset;
                self.expect_committed()?;
                if !self.producer()?.is_usable() {
                    self.recover()?;
                }
                Ok(())
            }
            Err(_) => self.call_off(),
        }
    }

    /// The same, while a rule is in force that is taken back before the recovery: sometimes before
    /// the failed producer is abandoned, sometimes after.
    pub(super) fn commit_under_rule(&mut self, wait: Duration, rule: RuleId) -> Result<()> {
        let (offset, member) = (self.next + self.open, self.member()?);
        let offsets = [(input(self.number), 0, offset)];
        let early = self.dice.one_in(2);
        let committed = self.producer()?.commit(&offsets, &member, wait);
        if early || committed.is_ok() {
            self.proxy.remove(rule);
        }
        if committed.is_ok() {
            self.next = offset;
            self.expect_committed()?;
            if self.producer()?.is_usable() {
                return Ok(());
            }
        }
        self.abandon();
        self.proxy.remove(rule);
        self.recover()
    }

    /// A transaction from its beginning to its end.
    pub(super) fn whole_transaction(&mut self, wait: Duration) -> Result<()> {
        self.begin()?;
        self.commit(wait)
    }

    /// Gives the open transaction up, as after a rebalance: a new producer, back to what is
    /// committed.
    pub(super) fn call_off(&mut self) -> Result<()> {
        self.abandon();
        self.recover()
    }

    fn abandon(&mut self) {
        if let Some(producer) = self.producer.take() {
            producer.abandon(ABANDON);
        }
    }

    /// A new producer, unless there is one that is to be kept, and back to the committed offset.
    fn recover(&mut self) -> Result<()> {
        self.keep_membership()?;
        self.open = 0;
        let deadline = Instant::now() + WAIT;
        if self
            .producer
            .as_ref()
            .is_none_or(|producer| !producer.is_usable())
        {
            self.abandon();
        }
        while self.producer.is_none() {
            let wanted = TransactionOptions {
                timeout_ms: TRANSACTION_TIMEOUT_MS,
                ..TransactionOptions::new(self.id.clone())
            };
            match TransactionalProducer::connect(&self.client, wanted, WAIT) {
                Ok(producer) => self.producer = Some(producer),
                Err(error) if Instant::now() < deadline && error.class != ErrorClass::Stop => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.next = self.committed()?;
        Ok(())
    }

    fn failed(&mut self, what: &str, error: &KafkaError, deadline: Instant) -> Result<()> {
        if Instant::now() > deadline {
            return found(format!("{}: cannot {what} for {WAIT:?}: {error}", self.id));
        }
        self.call_off()
    }

    fn producer(&mut self) -> Result<&mut TransactionalProducer> {
        let none = || ChaosError::Fixture("a worker without a producer".to_owned());
        self.producer.as_mut().ok_or_else(none)
    }

    /// Polls, so that the group keeps its member; waits until it has its partition.
    pub(super) fn keep_membership(&mut self) -> Result<()> {
        let deadline = Instant::now() + WAIT;
        let mut wait = Duration::ZERO;
        loop {
            match self.consumer.poll(1, wait)? {
                Polled::Assigned(partitions) => {
                    let start = |p: &TopicPartition| TopicPartitionOffset {
                        topic: p.topic,
                        partition: p.partition,
                        offset: 0,
                    };
                    let positions: Vec<_> = partitions.iter().map(start).collect();
                    self.consumer.assign(&positions)?;
                }
                Polled::Revoked(_) | Polled::Lost(_) => self.consumer.unassign()?,
                _ => {}
            }
            if self.consumer.group_metadata().is_some() && !self.consumer.positions().is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(ChaosError::Fixture(format!("{} is no member", self.id)));
            }
            wait = POLL;
        }
    }

    fn member(&mut self) -> Result<GroupMetadata> {
        self.keep_membership()?;
        let none = || ChaosError::Fixture("no member".to_owned());
        self.consumer.group_metadata().ok_or_else(none)
    }

    fn committed(&self) -> Result<i64> {
        let deadline = Instant::now() + WAIT;
        loop {
            match self.consumer.committed(&[INPUT], WAIT) {
                Ok(offsets) => return Ok(offsets.first().copied().flatten().unwrap_or(0)),
                Err(error) if Instant::now() > deadline => return Err(error.into()),
                Err(_) => std::thread::sleep(POLL),
            }
        }
    }

    fn expect_committed(&self) -> Result<()> {
        let committed = self.committed()?;
        if committed == self.next {
            return Ok(());
        }
        let (id, next) = (&self.id, self.next);
        found(format!(
            "{id}: committed {next}, and the group has {committed}"
        ))
    }

    /// Leaves the group.
    pub(super) fn end(mut self) -> Result<End> {
        self.abandon();
        let committed = self.committed()?;
        self.consumer.close(WAIT);
        Ok(End {
            worker: self.number,
            committed,
        })
    }
}
