//! Produces all the time, through every fault, and writes down what was acknowledged.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sluicebox_kafka::{ClientOptions, OutBatch, Producer, ProducerOptions};

use super::{Event, Ledger, Stream};
use crate::error::{ChaosError, Result, found};
use crate::limits::{
    DELIVERY_TIMEOUT_MS, LOAD_BATCH_RECORDS_MAX, LOAD_IN_FLIGHT_MAX, LOAD_TICK_MS, POLL_MS,
    SETTLE_MS,
};

/// A producer on a thread of its own.
#[derive(Debug)]
pub struct Load {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<()>>>,
}

#[derive(Debug)]
struct Shared {
    servers: String,
    rate: AtomicU64,
    stop: AtomicBool,
    waiting: AtomicU64,
    acknowledged: AtomicU64,
    /// Somebody waits for the ledger.
    wanted: AtomicBool,
    ledger: Mutex<Ledger>,
}

impl Load {
    /// Produces `rate` records per second to both source topics, which exist.
    pub fn start(servers: &str, rate: u64) -> Self {
        let shared = Arc::new(Shared {
            servers: servers.to_owned(),
            rate: AtomicU64::new(rate),
            stop: AtomicBool::new(false),
            waiting: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            wanted: AtomicBool::new(false),
            ledger: Mutex::default(),
        });
        let worker = Arc::clone(&shared);
        let thread = std::thread::spawn(move || Worker::new(worker)?.run());
        Self {
            shared,
            thread: Some(thread),
        }
    }

    /// Sets how many records are produced per second; 0 pauses.
    pub fn set_rate(&self, rate: u64) {
        self.shared.rate.store(rate, Ordering::SeqCst);
    }

    /// How many records are acknowledged by now.
    pub fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::SeqCst)
    }

    /// The ledger as it is now: the thread writes it when it is asked to.
    pub fn ledger(&self) -> Result<Ledger> {
        self.shared.wanted.store(true, Ordering::SeqCst);
        while self.shared.wanted.load(Ordering::SeqCst) {
            if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
                return Err(ChaosError::Fixture("the load has ended".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(POLL_MS));
        }
        let ledger = self.shared.ledger.lock();
        Ok(ledger.unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Pauses, and returns when everything produced so far is acknowledged.
    pub fn settle(&self) -> Result<Ledger> {
        self.set_rate(0);
        let deadline = Instant::now() + Duration::from_millis(SETTLE_MS);
        // A batch may be on its way from one tick to the next: quiet twice is quiet.
        let mut quiet = 0;
        while quiet < 3 {
            std::thread::sleep(Duration::from_millis(POLL_MS));
            let waiting = self.shared.waiting.load(Ordering::SeqCst);
            quiet = if waiting == 0 { quiet + 1 } else { 0 };
            if Instant::now() > deadline {
                return found(format!(
                    "{waiting} records are not acknowledged {SETTLE_MS} ms after the last fault"
                ));
            }
        }
        self.ledger()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(Ok(Err(error))) = self.thread.take().map(JoinHandle::join) {
            eprintln!("the load failed: {error}");
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    producer: Producer,
    /// What earlier producers had acknowledged.
    before: Ledger,
    /// Records that the present producer has taken.
    taken: u64,
    next: u64,
    owed: f64,
    batches: [OutBatch; 2],
}

impl Worker {
    fn new(shared: Arc<Shared>) -> Result<Self> {
        let producer = connect(&shared)?;
        Ok(Self {
            shared,
            producer,
            before: Ledger::default(),
            taken: 0,
            next: 0,
            owed: 0.0,
            batches: [OutBatch::new(), OutBatch::new()],
        })
    }

    fn run(mut self) -> Result<()> {
        let mut last = Instant::now();
        while !self.shared.stop.load(Ordering::SeqCst) {
            let rate = self.shared.rate.load(Ordering::SeqCst);
            self.owed += last.elapsed().as_secs_f64() * rate as f64;
            last = Instant::now();
            self.owed = self.owed.min(LOAD_BATCH_RECORDS_MAX as f64);
            if rate == 0 {
                self.owed = 0.0;
            }
            let count = self.owed as u64;
            if count > 0 && self.producer.in_flight() < LOAD_IN_FLIGHT_MAX {
                self.owed -= count as f64;
                self.produce(count)?;
            }
            self.producer.poll(Duration::from_millis(LOAD_TICK_MS));
            self.publish();
        }
        Ok(())
    }

    fn produce(&mut self, count: u64) -> Result<()> {
        self.batches.iter_mut().for_each(OutBatch::clear);
        for number in self.next..self.next + count {
            let event = Event(number);
            let batch = &mut self.batches[event.stream() as usize];
            let (key, value) = (event.key(), event.value());
            batch.push_with_headers(Some(key.as_bytes()), Some(value.as_bytes()), &[]);
        }
        self.next += count;
        for stream in Stream::ALL {
            let mut from = 0;
            while from < self.batches[stream as usize].len() {
                let batch = &self.batches[stream as usize];
                match self.producer.send(stream as u16, batch, from) {
                    Ok(0) => self.producer.poll(Duration::from_millis(LOAD_TICK_MS)),
                    Ok(taken) => {
                        from += taken;
                        self.taken += taken as u64;
                    }
                    // What the client gave up for good: the next one goes on with new numbers.
                    Err(error) => {
                        eprintln!("the load takes a new producer: {error}");
                        return self.replace_producer();
                    }
                }
            }
        }
        Ok(())
    }

    fn replace_producer(&mut self) -> Result<()> {
        self.before = self.ledger();
        self.producer = connect(&self.shared)?;
        self.taken = 0;
        Ok(())
    }

    /// The whole account as it stands now.
    fn ledger(&self) -> Ledger {
        let mut ledger = self.before.clone();
        ledger.attempted = self.next;
        let mut acknowledged = 0;
        for offsets in self.producer.acknowledged_offsets() {
            let stream = Stream::ALL[usize::from(offsets.topic)];
            let known = ledger
                .acknowledged
                .entry((stream, offsets.partition))
                .or_default();
            for range in offsets.offsets.ranges() {
                (range.start..range.end).for_each(|offset| known.add(offset));
                acknowledged += (range.end - range.start) as u64;
            }
        }
        ledger.unplaced += self.producer.delivery().unplaced;
        ledger.unknown += self.taken.saturating_sub(acknowledged);
        ledger
    }

    fn publish(&self) {
        let waiting = self.producer.in_flight() as u64;
        self.shared.waiting.store(waiting, Ordering::SeqCst);
        let acknowledged = self.before.acknowledged_count() + self.producer.delivery().acknowledged;
        self.shared
            .acknowledged
            .store(acknowledged, Ordering::SeqCst);
        if self.shared.wanted.load(Ordering::SeqCst) {
            let ledger = self.ledger();
            *self
                .shared
                .ledger
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = ledger;
            self.shared.wanted.store(false, Ordering::SeqCst);
        }
    }
}

fn connect(shared: &Shared) -> Result<Producer> {
    let mut options = ProducerOptions::new(Stream::ALL.map(|s| s.topic().to_owned()).to_vec());
    options.delivery_timeout_ms = DELIVERY_TIMEOUT_MS;
    let client = ClientOptions::new(shared.servers.clone(), "chaos-load");
    Ok(Producer::connect(&client, options)?)
}
