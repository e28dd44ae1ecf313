//! Order, waiting, limits, and clients that misbehave.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{FetchRequest, MetadataRequest, ProduceRequest};

use crate::broker;
use crate::client::Client;
use crate::requests::{FETCH, PRODUCE, batch, create, fetch, produce, produced};

#[test]
fn pipelined_batches_are_answered_in_their_order_with_rising_offsets() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let mut client = Client::connect(&broker);
    assert_eq!(create(&mut client, "t"), 0);
    for version in 3..=10 {
        let first = client.next_id();
        for _ in 0..5 {
            client.send(&produce("t", batch(b"x"), -1), version);
        }
        for i in 0..5 {
            client.expect(first + i as i32);
            let answer = client.receive::<ProduceRequest>(version);
            let partition = &answer.responses[0].partition_responses[0];
            assert_eq!(partition.error_code, 0);
            assert_eq!(partition.base_offset, i64::from(version - 3) * 5 + i);
        }
    }
}

#[test]
fn a_waiting_fetch_is_woken_by_an_append() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let (mut reader, mut writer) = (Client::connect(&broker), Client::connect(&broker));
    create(&mut writer, "t");
    let began = Instant::now();
    reader.send(&fetch("t", 0, 15_000), FETCH);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(produced(&mut writer, "t", b"now"), (0, 0));
    let answer = reader.receive::<FetchRequest>(FETCH);
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "it waited for its time to pass"
    );
    let records = answer.responses[0].partitions[0].records.clone();
    assert_eq!(records.expect("records").len(), batch(b"now").len());
}

#[test]
fn the_first_batch_comes_even_when_it_is_larger_than_asked_for() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let mut client = Client::connect(&broker);
    create(&mut client, "t");
    let value = vec![b'x'; 300_000];
    produced(&mut client, "t", &value);
    produced(&mut client, "t", &value);
    let mut request = fetch("t", 0, 100);
    request.max_bytes = 10;
    request.topics[0].partitions[0].partition_max_bytes = 10;
    let answer = client.call(&request, FETCH);
    let records = answer.responses[0].partitions[0].records.clone();
    assert_eq!(records.expect("records").len(), batch(&value).len());
}

#[test]
fn a_batch_over_the_limit_and_an_offset_outside_of_the_log_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let mut client = Client::connect(&broker);
    create(&mut client, "t");
    let (code, _) = produced(&mut client, "t", &vec![b'x'; 2 << 20]);
    assert_eq!(code, ResponseError::MessageTooLarge.code());
    let (code, _) = produced(&mut client, "none", b"x");
    assert_eq!(code, ResponseError::UnknownTopicOrPartition.code());
    let answer = client.call(&fetch("t", 5, 100), FETCH);
    let code = answer.responses[0].partitions[0].error_code;
    assert_eq!(code, ResponseError::OffsetOutOfRange.code());
}

#[test]
fn clients_that_break_the_protocol_or_do_not_read_hold_up_nobody_else() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let mut client = Client::connect(&broker);
    create(&mut client, "t");
    produced(&mut client, "t", &vec![b'x'; 1 << 19]);
    let mut deaf = Client::connect(&broker);
    for _ in 0..60 {
        deaf.send(&fetch("t", 0, 0), FETCH);
    }
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0, 0, 0, 2, 0, 0],
        &[0, 0, 0, 8, 1, 1, 1, 1, 1, 1, 1, 1],
    ] {
        let mut socket = TcpStream::connect(broker.address()).expect("a connection");
        socket.write_all(garbage).expect("garbage");
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a timeout");
        let mut answer = Vec::new();
        let closed = socket.read_to_end(&mut answer);
        assert!(
            closed.is_ok()
                || closed.is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionReset)
        );
        assert!(answer.is_empty());
    }
    let began = Instant::now();
    assert_eq!(produced(&mut client, "t", b"x"), (0, 1));
    assert_eq!(client.call(&MetadataRequest::default(), 12).topics.len(), 0);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(broker.failed(), None);
}

#[test]
fn without_acknowledgement_the_next_answer_is_that_of_the_next_request() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let mut client = Client::connect(&broker);
    create(&mut client, "t");
    client.send(&produce("t", batch(b"x"), 0), PRODUCE);
    assert_eq!(produced(&mut client, "t", b"y"), (0, 1));
}
