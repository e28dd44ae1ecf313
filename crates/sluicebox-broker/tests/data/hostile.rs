//! What no honest client sends: each of these ended the whole broker once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId, ListOffsetsRequest};

use super::broker;
use super::client::Client;
use super::requests::{PRODUCE, batch, create, name, produce};

/// Sends one frame and waits for the connection's end.
fn is_closed(broker: &sluicebox_broker::Broker, body: &[u8]) -> bool {
    let mut socket = TcpStream::connect(broker.address()).expect("a connection");
    let wait = Some(Duration::from_secs(10));
    socket.set_read_timeout(wait).expect("a timeout");
    let length = body.len() as i32;
    socket.write_all(&length.to_be_bytes()).expect("a length");
    socket.write_all(body).expect("a frame");
    matches!(socket.read(&mut [0; 64]), Ok(0))
}

#[test]
fn a_request_that_claims_more_than_it_has_loses_its_connection_only() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    // Metadata 1 and 9, produce 3: arrays of two thousand million elements.
    for body in [
        &b"\0\x03\0\x01\0\0\0\x01\xff\xff\x7f\xff\xff\xff"[..],
        b"\0\x03\0\x09\0\0\0\x01\xff\xff\0\xff\xff\xff\xff\x0f",
        b"\0\0\0\x03\0\0\0\x01\xff\xff\xff\xff\0\x01\0\0\0\0\x7f\xff\xff\xff",
    ] {
        assert!(is_closed(&broker, body), "{body:?}");
    }
    let mut client = Client::connect(&broker);
    assert_eq!(create(&mut client, "t"), 0, "the others are served");
}

#[test]
fn a_record_that_claims_two_thousand_million_headers_does_not_end_a_search_by_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let mut client = Client::connect(&broker);
    assert_eq!(create(&mut client, "t"), 0);
    let mut bytes = batch(b"value").to_vec();
    // The number of headers is the last byte of the batch: four more, and the record's size, which
    // is the first byte behind the header, and the batch's length and checksum follow.
    bytes.pop();
    bytes.extend_from_slice(&[0xfe, 0xff, 0xff, 0xff, 0x0f]);
    bytes[61] += 2 * 4;
    bytes[11] += 4;
    let crc = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    let answer = client.call(&produce("t", bytes.into(), -1), PRODUCE);
    assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
    let wanted = ListOffsetsPartition::default().with_timestamp(1);
    let topic = ListOffsetsTopic::default()
        .with_name(name("t"))
        .with_partitions(vec![wanted]);
    let request = ListOffsetsRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_topics(vec![topic]);
    let found = &client.call(&request, 4).topics[0].partitions[0];
    assert_eq!((found.error_code, found.offset), (0, 0));
}
