//! The processor and the sink over a broker, whole.
//!
//! The broker is the embedded one, in this process. With `SLUICEBOX_TEST_BOOTSTRAP_SERVERS` the
//! same tests run against that cluster instead (topics and groups have names of their own).

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

mod bad_input;
mod dead_letters;
mod dlq;
mod dlq_outage;
mod happy_path;
mod instances;
mod moved;
mod no_timestamp;
mod positions;
mod recovery;
mod sink_group;
mod stage;
mod verify;
