//! The client library's own mock cluster, for faults that only it can inject. It gives transactions
//! no meaning, so nothing else is tested on it.

use std::ffi::{CStr, CString, c_int};
use std::time::Duration;

use rdkafka_sys as sys;

use crate::ffi::{Conf, Handle, Kind};
use crate::options::ClientOptions;

/// Requests, by their API keys.
pub(crate) const PRODUCE: i16 = 0;
pub(crate) const END_TXN: i16 = 26;

/// One broker, inside a client that is used for nothing else.
pub(crate) struct MockCluster {
    cluster: *mut sys::rd_kafka_mock_cluster_t,
    _client: std::sync::Arc<Handle>,
}

impl MockCluster {
    pub(crate) fn start() -> Self {
        let client = Handle::new(Kind::Producer, "mock", Conf::new()).unwrap();
        // SAFETY: the client is alive, and outlives the cluster.
        let cluster = unsafe { sys::rd_kafka_mock_cluster_new(client.as_ptr(), 1) };
        assert!(!cluster.is_null());
        Self {
            cluster,
            _client: client,
        }
    }

    pub(crate) fn options(&self) -> ClientOptions {
        // SAFETY: a string that lives with the cluster.
        let servers =
            unsafe { CStr::from_ptr(sys::rd_kafka_mock_cluster_bootstraps(self.cluster)) };
        ClientOptions::new(servers.to_str().unwrap(), "test")
    }

    pub(crate) fn create_topic(&self, name: &str, partitions: c_int) {
        let name = CString::new(name).unwrap();
        // SAFETY: the cluster is alive; the name is copied.
        unsafe { sys::rd_kafka_mock_topic_create(self.cluster, name.as_ptr(), partitions, 1) };
    }

    /// The next answer to such a request carries this error, after this delay.
    pub(crate) fn fail(&self, api_key: i16, error: sys::rd_kafka_resp_err_t, delay: Duration) {
        // SAFETY: the cluster is alive; as many pairs follow as are announced.
        unsafe {
            sys::rd_kafka_mock_broker_push_request_error_rtts(
                self.cluster,
                1,
                api_key,
                1,
                error,
                delay.as_millis() as c_int,
            );
        }
    }
}

impl Drop for MockCluster {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { sys::rd_kafka_mock_cluster_destroy(self.cluster) };
    }
}
