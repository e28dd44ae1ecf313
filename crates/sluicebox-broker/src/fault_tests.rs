//! A whole broker on a failing disk, as its clients see it.

#[allow(dead_code, reason = "shared with suites that use more of it")]
#[path = "../tests/coordinators/client.rs"]
mod client;
#[allow(dead_code, reason = "shared with suites that use more of it")]
#[path = "../tests/data/requests.rs"]
mod requests;

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_protocol::ResponseError;

use crate::broker::start_on;
use crate::storage::{DiskStorage, FaultyStorage, Storage};
use crate::{Broker, BrokerConfig};
use client::Client;
use requests::{FETCH, PRODUCE, batch, create, fetch, produce, produced};

fn broker(dir: &Path, storage: Arc<dyn Storage>) -> Broker {
    let config = BrokerConfig {
        data_dir: dir.to_owned(),
        ..BrokerConfig::default()
    };
    start_on(TcpListener::bind("127.0.0.1:0").unwrap(), config, storage).unwrap()
}

#[test]
fn a_producer_on_a_full_disk_is_told_to_try_again_and_succeeds_when_there_is_space() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyStorage::default();
    let on = broker(dir.path(), Arc::new(disk.clone()));
    let mut client = Client::connect(&on);
    assert_eq!(create(&mut client, "t"), 0);
    assert_eq!(produced(&mut client, "t", b"first"), (0, 0));
    disk.fill("", 20);
    let refused = ResponseError::KafkaStorageError.code();
    assert_eq!(produced(&mut client, "t", b"second"), (refused, -1));
    assert_ne!(create(&mut client, "other"), 0);
    let answer = client.call(&fetch("t", 0, 0), FETCH);
    let partition = &answer.responses[0].partitions[0];
    assert_eq!(
        (partition.error_code, partition.high_watermark),
        (0, 1),
        "reading goes on"
    );
    assert_eq!(on.failed(), None);
    disk.make_room();
    assert_eq!(produced(&mut client, "t", b"second"), (0, 1));
    assert_eq!(create(&mut client, "other"), 0);
    drop(on);
    let on = broker(dir.path(), Arc::new(DiskStorage));
    assert_eq!(produced(&mut Client::connect(&on), "t", b"third"), (0, 2));
}

#[test]
fn a_broker_whose_sync_fails_says_so_and_serves_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyStorage::default();
    let on = broker(dir.path(), Arc::new(disk.clone()));
    let mut client = Client::connect(&on);
    assert_eq!(create(&mut client, "t"), 0);
    assert_eq!(produced(&mut client, "t", b"first"), (0, 0));
    let mut idle = TcpStream::connect(on.address()).unwrap();
    disk.fail_syncs();
    client.send(&produce("t", batch(b"second"), -1), PRODUCE);
    let deadline = Instant::now() + Duration::from_secs(20);
    while on.failed().is_none() {
        assert!(Instant::now() < deadline, "the broker goes on");
        std::thread::sleep(Duration::from_millis(1));
    }
    let reason = on.failed().unwrap();
    assert!(reason.contains("the disk is broken"), "{reason}");
    idle.set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let ended = idle.read(&mut [0]);
    assert!(
        matches!(&ended, Ok(0)) || ended.is_err_and(|e| e.kind() == ErrorKind::ConnectionReset),
        "open connections are closed"
    );
    drop(on);
    let on = broker(dir.path(), Arc::new(DiskStorage));
    let (code, offset) = produced(&mut Client::connect(&on), "t", b"third");
    assert_eq!(code, 0);
    assert!(offset >= 1, "the first record was acknowledged: {offset}");
}

#[test]
fn a_topics_journal_that_has_lost_a_topic_does_not_cost_the_topics_records() {
    let dir = tempfile::tempdir().unwrap();
    let on = broker(dir.path(), Arc::new(DiskStorage));
    let mut client = Client::connect(&on);
    assert_eq!(create(&mut client, "t"), 0);
    assert_eq!(produced(&mut client, "t", b"first"), (0, 0));
    drop(on);
    let journal = dir.path().join("topics.journal");
    let whole = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &whole[..16]).unwrap();
    let config = BrokerConfig {
        data_dir: dir.path().to_owned(),
        ..BrokerConfig::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let started = start_on(listener, config, Arc::new(DiskStorage));
    let refused = started.map(drop).unwrap_err().to_string();
    assert!(refused.contains("does not know the topic"), "{refused}");
    std::fs::write(&journal, &whole).unwrap();
    let on = broker(dir.path(), Arc::new(DiskStorage));
    assert_eq!(produced(&mut Client::connect(&on), "t", b"second"), (0, 1));
}
