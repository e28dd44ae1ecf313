//! A group member for tests to kill: `group-member BOOTSTRAP_SERVERS GROUP TOPIC`, for ever.

use std::process::ExitCode;
use std::time::Duration;

use sluicebox_kafka::{ClientOptions, Consumer, ConsumerOptions, Polled, TopicPartitionOffset};

const SESSION_TIMEOUT_MS: u32 = 3_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [servers, group, topic] = arguments.as_slice() else {
        eprintln!("Usage: group-member BOOTSTRAP_SERVERS GROUP TOPIC");
        return ExitCode::from(2);
    };
    match consume(servers, group, topic) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn consume(servers: &str, group: &str, topic: &str) -> Result<(), sluicebox_kafka::KafkaError> {
    let mut wanted = ConsumerOptions::new(group, vec![topic.to_owned()]);
    wanted.session_timeout_ms = SESSION_TIMEOUT_MS;
    let mut consumer = Consumer::subscribe(&ClientOptions::new(servers, "group-member"), wanted)?;
    loop {
        match consumer.poll(100, Duration::from_millis(100))? {
            Polled::Assigned(partitions) => {
                let at = |p: &sluicebox_kafka::TopicPartition| TopicPartitionOffset {
                    topic: p.topic,
                    partition: p.partition,
                    offset: 0,
                };
                consumer.assign(&partitions.iter().map(at).collect::<Vec<_>>())?;
                println!("{} partitions", partitions.len());
            }
            Polled::Revoked(_) | Polled::Lost(_) => consumer.unassign()?,
            _ => {}
        }
    }
}
