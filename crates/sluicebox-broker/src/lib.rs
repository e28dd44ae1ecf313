//! An embedded single-node broker that speaks the Kafka protocol.
//!
//! Hand [`start`] a bound listener and a [`BrokerConfig`]; it answers with a running [`Broker`]
//! that owns its threads. `README.md` of the crate is the map of its modules, `SKIPPED.md` lists
//! what it deliberately does not do.

// Clients that tests share name the broker as others do.
#[cfg(test)]
extern crate self as sluicebox_broker;

mod broker;
mod clock;
mod config;
mod coordinators;
mod data_dir;
mod dispatch;
mod fatal;
#[cfg(test)]
mod fault_tests;
mod fields;
mod forms;
#[doc(hidden)]
pub mod fuzzing;
mod groups;
mod handlers;
mod journal;
mod limits;
mod log;
mod memory;

#[cfg(test)]
mod power_tests;
mod retention;
mod server;
mod shared;
mod start_error;
mod storage;
mod sync;
#[cfg(test)]
mod test_rig;
mod topics;
mod transactions;

pub use broker::{Broker, is_held, look, start};
pub use config::{BrokerConfig, Durability};
pub use start_error::StartError;
