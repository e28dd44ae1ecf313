//! Both coordinators on a real directory, with a clock that tests move, to be opened again and
//! again as after a crash.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::Clock;
use crate::config::{BrokerConfig, Durability};
use crate::data_dir::{self, Layout, cluster_id};
use crate::fatal::Fatal;
use crate::groups::{Groups, GroupsSettings};
use crate::log::LogContext;
use crate::storage::{DiskStorage, Storage};
use crate::sync::Syncer;
use crate::topics::{NewTopic, TopicConfig, Topics};
use crate::transactions::{Outcome, Transactions, TransactionsSettings};

/// Epoch milliseconds that stand still.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One life of a broker's coordinators.
pub(crate) struct Rig {
    pub(crate) topics: Arc<Topics>,
    pub(crate) groups: Arc<Groups>,
    pub(crate) transactions: Arc<Transactions>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) syncer: Syncer,
}

impl Rig {
    /// Opens what is in the directory. Nothing is resumed or expired until the test says so.
    pub(crate) fn open(dir: &Path) -> Self {
        Self::open_on(dir, Arc::new(DiskStorage))
    }

    /// The same on another storage.
    pub(crate) fn open_on(dir: &Path, storage: Arc<dyn Storage>) -> Self {
        let fatal = Arc::new(Fatal::new());
        let (syncer, _) = Syncer::start(Durability::Synced, fatal.clone()).unwrap();
        Self::try_open(dir, storage, syncer, fatal).unwrap()
    }

    /// The same in a directory that need not be there yet, as a start of the broker does it.
    pub(crate) fn start(
        dir: &Path,
        storage: Arc<dyn Storage>,
        syncer: Syncer,
        fatal: Arc<Fatal>,
    ) -> Result<Self, String> {
        let layout = Layout::new(dir.to_owned());
        data_dir::create(storage.as_ref(), layout.root()).map_err(|e| e.to_string())?;
        cluster_id(storage.as_ref(), &layout).map_err(|e| e.to_string())?;
        Self::try_open(dir, storage, syncer, fatal)
    }

    /// The same with this way to sync; the error says what is refused.
    pub(crate) fn try_open(
        dir: &Path,
        storage: Arc<dyn Storage>,
        syncer: Syncer,
        fatal: Arc<Fatal>,
    ) -> Result<Self, String> {
        let layout = Layout::new(dir.to_owned());
        let config = BrokerConfig {
            data_dir: dir.to_owned(),
            ..BrokerConfig::default()
        };
        let clock = Arc::new(TestClock(AtomicI64::new(1_000_000)));
        let context = LogContext {
            storage: storage.clone(),
            syncer: syncer.clone(),
            clock: clock.clone(),
        };
        let topics = Topics::open(&layout, context, &config).map_err(|e| e.to_string())?;
        let topics = Arc::new(topics);
        let settings = GroupsSettings {
            min_session_timeout_ms: 10,
            max_session_timeout_ms: 60_000,
            offsets_retention_ms: 1_000,
        };
        let groups = Groups::open(
            storage.clone(),
            syncer.clone(),
            &layout.groups_journal(),
            clock.clone(),
            settings,
        );
        let groups = Arc::new(groups.map_err(|e| e.to_string())?);
        let settings = TransactionsSettings {
            max_timeout_ms: 900_000,
            expiry_interval_ms: 10,
            id_retention_ms: 10_000_000,
        };
        let transactions = Transactions::open(
            storage,
            syncer.clone(),
            &layout.transactions_journal(),
            clock.clone(),
            settings,
            Outcome::new(topics.clone(), groups.clone(), fatal),
        );
        Ok(Self {
            topics,
            groups,
            transactions: Arc::new(transactions.map_err(|e| e.to_string())?),
            clock,
            syncer,
        })
    }

    pub(crate) async fn create_topic(&self, name: &str, partitions: i32) {
        let config = TopicConfig::new(std::collections::BTreeMap::new()).unwrap();
        let new = NewTopic {
            name: name.to_owned(),
            partitions,
            config,
        };
        self.topics.create(new).await.unwrap();
    }

    /// Records in a partition, markers included.
    pub(crate) fn log_end(&self, topic: &str, partition: i32) -> i64 {
        let log = self
            .topics
            .by_name(topic)
            .unwrap()
            .partition(partition)
            .unwrap();
        log.ends().log_end
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.syncer.stop();
    }
}

/// Bytes as golden files hold them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
