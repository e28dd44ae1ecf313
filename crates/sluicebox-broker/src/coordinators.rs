//! Opens the coordinators of groups and transactions and keeps them in time.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::BrokerConfig;
use crate::data_dir::Layout;
use crate::fatal::Fatal;
use crate::groups::{Groups, GroupsSettings};
use crate::journal::JournalError;
use crate::limits::TRANSACTIONAL_ID_RETENTION_MS;
use crate::storage::Storage;
use crate::sync::Syncer;
use crate::topics::Topics;
use crate::transactions::{Outcome, Transactions, TransactionsSettings};

/// What both coordinators stand on.
pub(crate) struct Foundation<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) config: &'a BrokerConfig,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) syncer: Syncer,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) topics: Arc<Topics>,
    pub(crate) fatal: Arc<Fatal>,
}

/// The coordinators of a broker.
pub(crate) struct Coordinators {
    pub(crate) groups: Arc<Groups>,
    pub(crate) transactions: Arc<Transactions>,
}

impl Coordinators {
    /// Replays both journals and starts the background work; call it within the runtime. What a
    /// crash has interrupted is completed meanwhile.
    pub(crate) fn open(on: Foundation<'_>) -> Result<Self, JournalError> {
        let config = on.config;
        let groups = Arc::new(Groups::open(
            on.storage.clone(),
            on.syncer.clone(),
            &on.layout.groups_journal(),
            on.clock.clone(),
            GroupsSettings {
                min_session_timeout_ms: config.group_min_session_timeout_ms,
                max_session_timeout_ms: config.group_max_session_timeout_ms,
                offsets_retention_ms: i64::try_from(config.offsets_retention_ms)
                    .unwrap_or(i64::MAX),
            },
        )?);
        groups.forget_missing_topics(|id| on.topics.by_id(id).is_some());
        let transactions = Arc::new(Transactions::open(
            on.storage,
            on.syncer,
            &on.layout.transactions_journal(),
            on.clock,
            TransactionsSettings {
                max_timeout_ms: config.transaction_max_timeout_ms,
                expiry_interval_ms: config.transaction_expiry_interval_ms,
                id_retention_ms: TRANSACTIONAL_ID_RETENTION_MS,
            },
            Outcome::new(on.topics, groups.clone(), on.fatal.clone()),
        )?);
        transactions.resume();
        tokio::spawn(groups.clone().keep_time(on.fatal.clone()));
        tokio::spawn(transactions.clone().keep_time(on.fatal));
        Ok(Self {
            groups,
            transactions,
        })
    }
}
