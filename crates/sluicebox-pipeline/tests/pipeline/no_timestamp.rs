//! Records whose timestamp is -1, as very old or hand-made producers send them. librdkafka cannot: the
//! request is made here.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::stage::Stage;

#[test]
fn a_record_without_a_timestamp_is_a_row_or_a_letter_like_any_other() {
    let stage = Stage::new("timeless");
    let good =
        br#"{"sensor_id":"s","temperature":1,"humidity":2,"timestamp":"2024-05-01T00:00:00Z"}"#;
    produce(&stage, &[good, b"{}"]);
    stage.run_to_end();
    let rows = stage.lines("processed_data_sensor.csv");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows[1].starts_with("s,2024-05-01T00:00:00.000Z,1,2,"),
        "{rows:?}"
    );
    let letters = stage.lines("dead_letters.csv");
    assert_eq!(letters.len(), 2, "{letters:?}");
    assert!(letters[1].contains(",missing_field,"), "{letters:?}");
}

/// One batch of the key `s` and these values to partition 0 (Produce 3, acks=-1).
fn produce(stage: &Stage, values: &[&[u8]]) {
    let batch = batch(values);
    let topic = stage.source("sensor");
    let mut frame = b"\0\0\0\x03\0\0\0\x01\xff\xff\xff\xff\xff\xff\0\0\x75\x30\0\0\0\x01".to_vec();
    frame.extend_from_slice(&(topic.len() as u16).to_be_bytes());
    frame.extend_from_slice(topic.as_bytes());
    frame.extend_from_slice(b"\0\0\0\x01\0\0\0\0");
    frame.extend_from_slice(&(batch.len() as u32).to_be_bytes());
    frame.extend_from_slice(&batch);
    let mut socket = TcpStream::connect(stage.client().bootstrap_servers).unwrap();
    socket
        .write_all(&(frame.len() as u32).to_be_bytes())
        .unwrap();
    socket.write_all(&frame).unwrap();
    let mut length = [0; 4];
    socket.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    socket.read_exact(&mut answer).unwrap();
    // Correlation id, one topic with its name, one partition with its number, then the code.
    let code = 4 + 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(answer[code..code + 2], [0, 0], "{answer:?}");
}

/// A record batch whose timestamps are -1 (KIP-98).
fn batch(values: &[&[u8]]) -> Vec<u8> {
    let mut records = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let mut record = vec![0, 0, zigzag(index), zigzag(1), b's'];
        // Lengths from 64 on take two bytes.
        let length = 2 * value.len();
        record.extend_from_slice(&[length as u8 | 0x80, (length >> 7) as u8]);
        record.extend_from_slice(value);
        record.push(0);
        let size = 2 * record.len();
        records.extend_from_slice(&[size as u8 | 0x80, (size >> 7) as u8]);
        records.extend_from_slice(&record);
    }
    let mut checked = vec![0, 0];
    let count = values.len() as u32;
    checked.extend_from_slice(&(count - 1).to_be_bytes());
    // Both timestamps, producer id, epoch and sequence: -1.
    checked.extend_from_slice(&[0xff; 8 + 8 + 8 + 2 + 4]);
    checked.extend_from_slice(&count.to_be_bytes());
    checked.extend_from_slice(&records);
    let mut batch = vec![0; 8];
    batch.extend_from_slice(&(checked.len() as u32 + 9).to_be_bytes());
    batch.extend_from_slice(b"\0\0\0\0\x02");
    batch.extend_from_slice(&crc32c::crc32c(&checked).to_be_bytes());
    batch.extend_from_slice(&checked);
    batch
}

fn zigzag(number: usize) -> u8 {
    2 * number as u8
}
