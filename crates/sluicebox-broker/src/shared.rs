//! What every handler can reach.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use kafka_protocol::ResponseError;

use crate::clock::Clock;
use crate::config::BrokerConfig;
use crate::data_dir::Layout;
use crate::fatal::Fatal;
use crate::groups::Groups;
use crate::memory::Answers;
use crate::sync::Syncer;
use crate::topics::Topics;
use crate::transactions::Transactions;

/// The id of the only node there is.
pub(crate) const NODE_ID: i32 = 1;

/// Says whether a transactional batch may be appended (the transaction coordinator does).
pub(crate) trait TransactionGate: Send + Sync {
    /// Ok when the partition is in an ongoing transaction of this producer and epoch.
    fn may_produce(
        &self,
        transactional_id: &str,
        producer_id: i64,
        producer_epoch: i16,
        topic: &str,
        partition: i32,
    ) -> Result<(), ResponseError>;
}

/// State of one broker.
pub(crate) struct Shared {
    pub(crate) config: BrokerConfig,
    pub(crate) layout: Layout,
    pub(crate) cluster_id: String,
    /// The listener's own address.
    pub(crate) address: SocketAddr,
    /// What clients are told to connect to.
    pub(crate) advertised: (String, u16),
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) syncer: Syncer,
    pub(crate) fatal: Arc<Fatal>,
    pub(crate) topics: Arc<Topics>,
    pub(crate) groups: Arc<Groups>,
    pub(crate) transactions: Arc<Transactions>,
    /// What fetches have read and not yet sent.
    pub(crate) answers: Answers,
    /// Set once, before the first connection is accepted.
    pub(crate) transaction_gate: OnceLock<Arc<dyn TransactionGate>>,
}
