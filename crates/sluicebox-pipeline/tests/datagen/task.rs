use crate::support::{definition, options};
use sluicebox_conformance::in_process::InProcessBroker;
use sluicebox_conformance::wait::eventually;
use sluicebox_kafka::{ClientOptions, Producer, ProducerOptions};
use sluicebox_pipeline::datagen::limits::BATCH_RECORDS;
use sluicebox_pipeline::datagen::{
    Amount, Brake, DatagenError, DatagenReport, DatagenStream, DatagenTask, Generator,
    GeneratorOptions, Progress, Rate,
};
use sluicebox_pipeline::stop::{StopLevel, StopSignal};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

struct Run {
    task: DatagenTask,
    progress: Arc<Progress>,
    stop: StopSignal,
}

/// A task over both built-in streams; records that wait longer than `timeout_ms` fail.
fn run(servers: &str, timeout_ms: u32, options: GeneratorOptions, amount: Amount) -> Run {
    let streams: Vec<_> = ["sensor", "activity"]
        .iter()
        .map(|name| DatagenStream::of(&definition(name)))
        .collect();
    let topics = streams
        .iter()
        .map(|stream| stream.topic().to_owned())
        .collect();
    let producer_options = ProducerOptions {
        delivery_timeout_ms: timeout_ms,
        ..ProducerOptions::new(topics)
    };
    let client = ClientOptions::new(servers, "datagen-test");
    let producer = Producer::connect(&client, producer_options).unwrap();
    let progress = Arc::new(Progress::new(streams.len()));
    let stop = StopSignal::new();
    let generator = Generator::new(options, streams);
    let task = DatagenTask::new(
        generator,
        amount,
        producer,
        Arc::clone(&progress),
        stop.clone(),
    );
    Run {
        task,
        progress,
        stop,
    }
}

fn acknowledged_offsets(report: &DatagenReport) -> u64 {
    report
        .acknowledged_offsets
        .iter()
        .map(|partition| partition.offsets.count())
        .sum()
}

#[test]
fn every_record_is_acknowledged_and_its_offset_known() {
    let broker = InProcessBroker::start();
    let options = GeneratorOptions {
        rate: Rate::Max,
        invalid: "0.1".parse().unwrap(),
        value_max_bytes: Some(100_000),
        ..options()
    };
    let run = run(broker.address(), 30_000, options, Amount::Records(20_001));
    let progress = Arc::clone(&run.progress);
    let report = run.task.run().unwrap();
    assert_eq!(
        (report.made(), report.acknowledged, report.failed),
        (20_001, 20_001, 0)
    );
    assert_eq!(
        (report.streams[0].made, report.streams[1].made),
        (10_001, 10_000)
    );
    assert_eq!(
        (report.streams[0].invalid, report.streams[1].invalid),
        (1_000, 1_000)
    );
    assert_eq!(
        report.invalid.iter().map(|(_, count)| count).sum::<u64>(),
        2_000
    );
    assert_eq!(acknowledged_offsets(&report), 20_001);
    assert!(
        report
            .acknowledged_offsets
            .iter()
            .all(|p| p.offsets.ranges().len() == 1)
    );
    assert_eq!((progress.sent(), progress.acknowledged()), (20_001, 20_001));
}

#[test]
fn those_behind_hold_datagen_back() {
    let broker = InProcessBroker::start();
    let options = GeneratorOptions {
        rate: Rate::Max,
        ..options()
    };
    let run = run(broker.address(), 30_000, options, Amount::Endless);
    let (used, held) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let made = Arc::clone(&run.progress);
    let (counted, holds) = (Arc::clone(&used), Arc::clone(&held));
    let backlog = move || {
        let backlog = made.sent().saturating_sub(counted.load(Ordering::Relaxed));
        if backlog > 5_000 {
            holds.fetch_add(1, Ordering::Relaxed);
        }
        backlog
    };
    let task = run.task.with_brake(Brake::new(5_000, backlog));
    let running = std::thread::spawn(move || task.run());
    let most_made = |used: u64| used + 5_000 + BATCH_RECORDS;
    for used_now in [0, 20_000] {
        used.store(used_now, Ordering::Relaxed);
        eventually("datagen goes on", || run.progress.sent() > used_now + 5_000);
        let before = held.load(Ordering::Relaxed);
        eventually("it is held back, again and again", || {
            held.load(Ordering::Relaxed) >= before + 4
        });
        assert!(
            run.progress.sent() <= most_made(used_now),
            "{}",
            run.progress.sent()
        );
    }
    run.stop.raise(StopLevel::Drain);
    let report = running.join().unwrap().unwrap();
    assert!(report.acknowledged <= most_made(20_000));
}

#[test]
fn a_rate_is_kept_over_two_real_seconds() {
    let broker = InProcessBroker::start();
    let options = GeneratorOptions {
        rate: Rate::per_second(2_000),
        ..options()
    };
    let amount = Amount::Duration(Duration::from_secs(2));
    let report = run(broker.address(), 30_000, options, amount)
        .task
        .run()
        .unwrap();
    // A busy machine may be late; too many would be a mistake of ours.
    assert!(
        (1_000..=4_000).contains(&report.made()),
        "{}",
        report.made()
    );
    assert!(
        report.elapsed >= Duration::from_millis(1_900),
        "{:?}",
        report.elapsed
    );
}

#[test]
fn a_stop_ends_it_soon_with_everything_acknowledged() {
    let broker = InProcessBroker::start();
    let options = GeneratorOptions {
        rate: Rate::Max,
        ..options()
    };
    let run = run(broker.address(), 30_000, options, Amount::Endless);
    let (stop, progress) = (run.stop, run.progress);
    let thread = std::thread::spawn(move || run.task.run());
    eventually("records are acknowledged", || {
        progress.acknowledged() >= 1_000
    });
    stop.raise(StopLevel::Drain);
    let asked = Instant::now();
    let report = thread.join().unwrap().unwrap();
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(report.made(), acknowledged_offsets(&report));
    assert!(report.made() >= 1_000);
}

#[test]
fn records_that_nobody_takes_are_an_error_at_the_end() {
    // A port that is bound and does not answer: nobody can take it in the meantime.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let options = GeneratorOptions {
        rate: Rate::per_second(100),
        ..options()
    };
    let run = run(&address, 1_000, options, Amount::Records(20));
    let error = run.task.run().unwrap_err();
    let DatagenError::Delivery { first, report } = &error else {
        panic!("{error}");
    };
    // The first one of a topic is waited for, and no more are sent when it has failed.
    let made = report.made();
    assert!((1..20).contains(&made), "{made}");
    assert_eq!((report.acknowledged, report.failed), (0, made));
    assert!(
        first.contains("partition") || first.contains("topic"),
        "{first}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("{made} of {made} records were not delivered")),
        "{error}"
    );
}
