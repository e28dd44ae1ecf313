//! A proxy in front of the brokers that knows where a Kafka frame begins and ends.
//!
//! ```text
//! client ──► listener of node N ──► link: requests ──► broker N
//!                                   link: answers  ◄──
//!                                     │
//!                  weather (delay, blackhole, refuse) and rules (hold, cut, lose) of the attack
//! ```
//!
//! - [`frame`]: frames, and the few bytes of their header that matter here.
//! - [`rules`]: what happens to chosen requests, or to their answers.
//! - [`hold`]: requests that are kept back, and delivered late, in their order.
//! - [`weather`]: what happens to everything on the way to a node.
//! - [`counters`]: what was done, so that an attack can prove that it took place.
//!
//! Brokers listen on their own ports and advertise those of the proxy, so that every client goes
//! through it; the brokers among themselves do not.

pub mod counters;
pub mod frame;
pub mod hold;
pub mod limits;
mod link;
mod node;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod weather;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use counters::{Counters, Counts};
use hold::{Hold, Released};
use node::Node;
use rules::{Rule, RuleId, Rules};
use weather::Weather;

/// What all listeners and links of a proxy have in common.
#[derive(Debug)]
struct Shared {
    rules: Rules,
    counters: Counters,
    stopped: AtomicBool,
}

/// A running proxy; dropping it closes all its connections.
#[derive(Debug)]
pub struct Proxy {
    nodes: Vec<Node>,
    shared: Arc<Shared>,
}

/// One broker: where clients connect, and where they are connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The port of the loopback interface that clients know.
    pub front: u16,
    /// The broker's own address.
    pub upstream: SocketAddr,
}

impl Proxy {
    /// Listens for every broker. Delays are drawn from `seed`.
    pub fn start(routes: &[Route], seed: u64) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            rules: Rules::default(),
            counters: Counters::default(),
            stopped: AtomicBool::new(false),
        });
        let nodes = routes.iter().enumerate();
        let nodes = nodes.map(|(number, route)| Node::start(number, *route, seed, &shared));
        let nodes = nodes.collect::<io::Result<_>>()?;
        Ok(Self { nodes, shared })
    }

    /// `host:port` of every listener, comma separated.
    pub fn bootstrap_servers(&self) -> String {
        let fronts = self.nodes.iter().map(Node::front);
        let fronts: Vec<String> = fronts.map(|port| format!("127.0.0.1:{port}")).collect();
        fronts.join(",")
    }

    /// How many brokers there are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// What happens to everything on the way to node `node`, from 0.
    pub fn weather(&self, node: usize) -> &Weather {
        self.nodes[node].weather()
    }

    /// From now on this happens to the requests that it chooses. The first rule that fits wins.
    pub fn add(&self, rule: Rule) -> RuleId {
        self.shared.rules.add(rule)
    }

    /// Takes a rule back.
    pub fn remove(&self, rule: RuleId) {
        self.shared.rules.remove(rule);
    }

    /// Closes all connections of node `node`, on both sides; how many there were.
    pub fn drop_connections(&self, node: usize) -> usize {
        let dropped = self.nodes[node].drop_connections();
        self.shared.counters.dropped_connections.add(dropped as u64);
        dropped
    }

    /// Delivers everything that is held, in order. Where the client has closed its connection
    /// meanwhile, over a new one, and the answers stay here.
    ///
    /// # Errors
    /// The broker cannot be connected to. What was not delivered by then is gone.
    pub fn release(&self, hold: &Hold) -> io::Result<Released> {
        let released = hold.release()?;
        self.shared.counters.resumed.add(released.resumed as u64);
        self.shared.counters.late.add(released.late.len() as u64);
        Ok(released)
    }

    /// No rules, and fair weather everywhere. What is held stays with its [`Hold`].
    pub fn calm(&self) {
        self.shared.rules.clear();
        for node in &self.nodes {
            node.weather().calm();
        }
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.shared.counters.now()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        for node in &mut self.nodes {
            node.stop();
        }
    }
}
