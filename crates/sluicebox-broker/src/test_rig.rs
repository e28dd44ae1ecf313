//! Both coordinators on a real directory, with a clock that tests move, to be opened again and
//! again as after a crash.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::Clock;
use crate::config::{BrokerConfig, Durability};
use crate::data_dir::Layout;
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
    syncer: Syncer,
}

impl Rig {
    /// Opens what is in the directory. Nothing is resumed or expired until the test says so.
    pub(crate) fn open(dir: &Path) -> Self {
        Self::open_on(dir, Arc::new(DiskStorage))
    }

    /// The same on another storage.
    pub(crate) fn open_on(dir: &Path, storage: Arc<dyn Storage>) -> Self {
        let layout = Layout::new(dir.to_owned());
        let config = BrokerConfig {
            data_dir: dir.to_owned(),
            ..BrokerConfig::default()
        };
        let clock = Arc::new(TestClock(AtomicI64::new(1_000_000)));
        let fatal = Arc::new(Fatal::new());
        let (syncer, _) = Syncer::start(Durability::Synced, fatal.clone()).unwrap();
        let context = LogContext {
            storage: storage.clone(),
            syncer: syncer.clone(),
            clock: clock.clone(),
        };
        let topics = Arc::new(Topics::open(&layout, context, &config).unwrap());
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
        let groups = Arc::new(groups.unwrap());
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
        Self {
            topics,
            groups,
            transactions: Arc::new(transactions.unwrap()),
            clock,
            syncer,
        }
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
