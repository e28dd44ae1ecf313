//! A broker that is not there is reported, with what was tried.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::net::TcpListener;
use std::time::{Duration, Instant};

use sluicebox_kafka::{
    Admin, ClientOptions, ErrorClass, KafkaError, TransactionOptions, TransactionalProducer,
};

const WAIT: Duration = Duration::from_secs(2);

/// A port where nobody listens.
fn dead_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn admin_error(servers: &str) -> (KafkaError, Duration) {
    let started = Instant::now();
    let error = Admin::connect(&ClientOptions::new(servers, "test"), WAIT)
        .err()
        .unwrap();
    (error, started.elapsed())
}

#[test]
fn a_refused_connection_is_named_in_time() {
    let address = format!("127.0.0.1:{}", dead_port());
    let (error, took) = admin_error(&address);
    assert_eq!(error.class, ErrorClass::Retry);
    assert!(
        error.message.contains(&address) && error.message.contains("refused"),
        "{error}"
    );
    assert!(took < WAIT + Duration::from_secs(2), "took {took:?}");
}

#[test]
fn a_name_that_does_not_resolve_is_named() {
    let (error, _) = admin_error("no-such-host.invalid:9092");
    assert!(error.message.contains("no-such-host.invalid"), "{error}");
    assert!(error.message.to_lowercase().contains("resolve"), "{error}");
}

#[test]
fn every_address_that_was_tried_is_named() {
    let (one, two) = (dead_port(), dead_port());
    let (error, _) = admin_error(&format!("127.0.0.1:{one},127.0.0.1:{two}"));
    assert!(
        error.message.contains(&format!("127.0.0.1:{one}: ")),
        "{error}"
    );
    assert!(
        error.message.contains(&format!("127.0.0.1:{two}: ")),
        "{error}"
    );
}

#[test]
fn a_silent_listener_is_no_broker() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (error, took) = admin_error(&listener.local_addr().unwrap().to_string());
    assert_eq!(error.class, ErrorClass::Retry, "{error}");
    assert!(took < WAIT + Duration::from_secs(2), "took {took:?}");
}

#[test]
fn a_transactional_producer_names_what_it_tried() {
    let address = format!("127.0.0.1:{}", dead_port());
    let started = Instant::now();
    let transactions = TransactionOptions::new("unreachable");
    let options = ClientOptions::new(&address, "test");
    let error = TransactionalProducer::connect(&options, transactions, WAIT)
        .err()
        .unwrap();
    assert_eq!(error.class, ErrorClass::Retry);
    assert!(error.message.contains("refused"), "{error}");
    assert!(
        started.elapsed() < WAIT + Duration::from_secs(2),
        "took {:?}",
        started.elapsed()
    );
}
