//! The delayed-`EndTxn` attack (KAFKA-17754), on the product's own client.
//!
//! The network keeps a request that ends a transaction, or that moves its offsets. The client gives
//! up, or repeats it without a word, and goes on. The request is delivered in the middle of a later
//! transaction of the same transactional id. Brokers tell transactions apart by the producer's
//! epoch alone, and the client library does not raise it from one transaction to the next (it does
//! not speak KIP-890 part 2): so whoever goes on in the same epoch after such an accident has a
//! later transaction committed or aborted in its middle.
//!
//! Each [`worker`] is a processor in small: numbers go out, and the next number to be sent is what
//! its group commits, in one transaction. Nothing is wrong when at the end every number below the
//! committed one is in the output exactly once. [`rounds`] are the kinds of accidents. [`processes`]
//! does the same to the whole program.

mod account;
mod answers;
mod processes;
mod rounds;
mod worker;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sluicebox_conformance::ports::free_port;
use sluicebox_conformance::real_kafka::{KafkaCluster, KafkaOptions};
use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{Admin, ClientOptions};

use crate::context::Context;
use crate::error::{ChaosError, Result, found};
use crate::proxy::{Proxy, Route};
pub(super) use processes::{control, run as processes};
use rounds::{Kind, Report};
use worker::Worker;

/// Transactional ids that are attacked at the same time.
const WORKERS: usize = 6;
const OUTPUT: &str = "late-out";
const OUTPUT_PARTITIONS: i32 = 3;
const WAIT: Duration = Duration::from_secs(30);

/// A real one-node cluster behind a proxy; every round is one accident of one id.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let front = free_port();
    let kafka = KafkaOptions::nodes(1).advertised_at(vec![front]);
    let cluster = KafkaCluster::start(&kafka)?;
    let upstream = ([127, 0, 0, 1], cluster.client_ports()[0]).into();
    let proxy = Arc::new(Proxy::start(
        &[Route { front, upstream }],
        context.options.seed,
    )?);
    let direct = ClientOptions::new(cluster.direct_servers(), "chaos-direct");
    create_topics(&direct)?;

    let (tickets, reports, threads) = start_workers(context, &proxy, &direct)?;
    while context.next_round() {
        let kind = *context.dice.pick(&Kind::ALL);
        if tickets.send(kind).is_err() {
            break;
        }
    }
    drop(tickets);
    let mut ends = Vec::new();
    for thread in threads {
        let ended = thread.join();
        let ended = ended.map_err(|_| ChaosError::Fixture("a worker panicked".to_owned()))?;
        ends.push(ended?);
    }
    let mut took_effect = 0;
    for report in reports {
        took_effect += report.took_effect();
        report.count(context);
    }
    eprintln!("  the proxy: {}", proxy.counts());
    account::judge(&direct, &ends)?;
    context.judged.acknowledged += ends.iter().map(|end| end.committed as u64).sum::<u64>();
    if took_effect > 0 {
        return found(format!("{took_effect} late requests took effect"));
    }
    Ok(())
}

fn create_topics(direct: &ClientOptions) -> Result<()> {
    let topic = |name: String, partitions| NewTopic {
        name,
        partitions,
        replication_factor: 1,
        configs: Vec::new(),
    };
    let inputs = (0..WORKERS).map(|number| topic(worker::input(number), 1));
    let mut topics: Vec<_> = inputs.collect();
    topics.push(topic(OUTPUT.to_owned(), OUTPUT_PARTITIONS));
    Ok(Admin::connect(direct, WAIT)?.create_topics(&topics)?)
}

type Started = (
    mpsc::SyncSender<Kind>,
    Receiver<Report>,
    Vec<thread::JoinHandle<Result<account::End>>>,
);

fn start_workers(context: &Context, proxy: &Arc<Proxy>, direct: &ClientOptions) -> Result<Started> {
    // No round waits in the queue: `--duration` and a failure end the attack at once.
    let (tickets, todo) = mpsc::sync_channel(0);
    let todo = Arc::new(Mutex::new(todo));
    let (reports, done) = mpsc::channel();
    let mut threads = Vec::new();
    for number in 0..WORKERS {
        let worker = Worker::join(number, context.options.seed, proxy, direct)?;
        let (todo, reports) = (Arc::clone(&todo), reports.clone());
        let thread = thread::Builder::new().name(format!("late-{number}"));
        threads.push(thread.spawn(move || work(worker, &todo, &reports))?);
    }
    Ok((tickets, done, threads))
}

fn work(
    mut worker: Worker,
    todo: &Mutex<Receiver<Kind>>,
    reports: &Sender<Report>,
) -> Result<account::End> {
    loop {
        let next = {
            let todo = todo.lock().unwrap_or_else(PoisonError::into_inner);
            // Not for ever: the group's member has to be polled.
            todo.recv_timeout(Duration::from_millis(100))
        };
        match next {
            Ok(kind) => {
                let report = rounds::make(&mut worker, kind)?;
                let _ = reports.send(report);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => worker.keep_membership()?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return worker.end(),
        }
    }
}
