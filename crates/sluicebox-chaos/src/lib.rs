//! Attacks on a running Sluicebox, and the judgement afterwards.
//!
//! ```text
//! load ──► cluster ──► process ──► sink ──► files      an attack breaks any of these, by a seed
//!   │                                         │
//!   └──► ledger: what was acknowledged ──► verdict ◄── sluicebox verify
//! ```
//!
//! - [`world`]: a cluster and the program's processes, each killable.
//! - [`ledger`]: records made from numbers, what was acknowledged of them, and what the files hold:
//!   read without any code of the product.
//! - [`verdict`]: everything drains, then ledger and `verify` must find nothing.
//! - [`proxy`]: between clients and brokers, for faults of the network.
//! - [`attacks`]: a file per attack, and their table.
//!
//! For development only: nothing of the product depends on this crate.

pub mod attacks;
pub mod bad_input;
pub mod context;
pub mod dice;
pub mod error;
pub mod ledger;
pub mod limits;
pub mod planted;
pub mod proxy;
pub mod results;
pub mod verdict;
pub mod world;
