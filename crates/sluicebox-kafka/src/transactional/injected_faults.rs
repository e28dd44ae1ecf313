//! Faults that only the client library's own mock cluster can inject. It gives transactions no
//! meaning, so nothing else is tested on it.

use std::ffi::{CStr, c_int};
use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use super::{TransactionOptions, TransactionalProducer};
use crate::error::ErrorClass;
use crate::ffi::{Conf, Handle, Kind};
use crate::options::ClientOptions;
use crate::out_batch::OutBatch;

const END_TXN: i16 = 26;
const PATIENCE: Duration = Duration::from_secs(20);

/// A mock cluster of one broker, inside a client that is used for nothing else.
struct Mock {
    cluster: *mut sys::rd_kafka_mock_cluster_t,
    _client: std::sync::Arc<Handle>,
}

impl Mock {
    fn start() -> Self {
        let client = Handle::new(Kind::Producer, "mock", Conf::new()).unwrap();
        // SAFETY: the client is alive, and outlives the cluster.
        let cluster = unsafe { sys::rd_kafka_mock_cluster_new(client.as_ptr(), 1) };
        assert!(!cluster.is_null());
        Self {
            cluster,
            _client: client,
        }
    }

    fn options(&self) -> ClientOptions {
        // SAFETY: a string that lives with the cluster.
        let servers =
            unsafe { CStr::from_ptr(sys::rd_kafka_mock_cluster_bootstraps(self.cluster)) };
        ClientOptions::new(servers.to_str().unwrap(), "test")
    }

    /// The next answers to `EndTxn` carry this error, after this delay.
    fn fail_end_txn(&self, error: sys::rd_kafka_resp_err_t, delay: Duration) {
        // SAFETY: the cluster is alive; as many pairs follow as are announced.
        unsafe {
            sys::rd_kafka_mock_broker_push_request_error_rtts(
                self.cluster,
                1,
                END_TXN,
                1,
                error,
                delay.as_millis() as c_int,
            );
        }
    }

    fn in_transaction(&self, id: &str) -> TransactionalProducer {
        let transactions = TransactionOptions::new(id);
        let mut producer =
            TransactionalProducer::connect(&self.options(), transactions, PATIENCE).unwrap();
        let mut batch = OutBatch::new();
        batch.push_with_headers(Some(b"k"), Some(b"v"), &[]);
        producer.begin().unwrap();
        producer.send("topic", batch).unwrap();
        producer.flush(PATIENCE).unwrap();
        producer
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { sys::rd_kafka_mock_cluster_destroy(self.cluster) };
    }
}

#[test]
fn a_commit_that_is_not_answered_in_time_has_an_unknown_outcome() {
    let mock = Mock::start();
    let mut producer = mock.in_transaction("slow");
    let none = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
    mock.fail_end_txn(none, Duration::from_secs(8));
    let started = Instant::now();
    let error = producer.commit_records(Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.class, ErrorClass::RebuildProducer, "{error}");
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "took {:?}",
        started.elapsed()
    );
    // It is dead, lends nothing back, and lets go in time.
    assert_eq!(
        producer.begin().unwrap_err().class,
        ErrorClass::RebuildProducer
    );
    assert!(
        producer.take_arenas().is_empty(),
        "librdkafka may still point into the batch"
    );
    let started = Instant::now();
    producer.abandon(Duration::from_millis(300));
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "took {:?}",
        started.elapsed()
    );
}

#[test]
fn a_commit_that_finds_its_epoch_fenced_says_so() {
    let mock = Mock::start();
    let mut producer = mock.in_transaction("fenced");
    let fenced = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_PRODUCER_FENCED;
    mock.fail_end_txn(fenced, Duration::ZERO);
    let error = producer.commit_records(PATIENCE).unwrap_err();
    assert_eq!(error.class, ErrorClass::Fenced, "{error}");
    producer.abandon(Duration::from_millis(100));
}

/// The library repeats `EndTxn` by itself when the connection breaks, and the commit succeeds. The
/// first one may still be in the network, where it would end the next transaction.
#[test]
fn a_commit_that_was_repeated_silently_is_the_last_one_of_its_producer() {
    let mock = Mock::start();
    let mut producer = mock.in_transaction("repeated");
    let disconnect = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__TRANSPORT;
    mock.fail_end_txn(disconnect, Duration::ZERO);
    producer.commit_records(PATIENCE).unwrap();
    assert!(!producer.is_usable());
    assert_eq!(
        producer.begin().unwrap_err().class,
        ErrorClass::RebuildProducer
    );
    producer.abandon(Duration::from_millis(100));

    let mut producer = mock.in_transaction("answered");
    producer.commit_records(PATIENCE).unwrap();
    assert!(producer.is_usable());
    producer.begin().unwrap();
    producer.abandon(Duration::from_millis(100));
}
