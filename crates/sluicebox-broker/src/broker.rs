//! The life of a broker: start, run, stop.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::clock::{Clock, SystemClock};
use crate::config::BrokerConfig;
use crate::coordinators::{Coordinators, Foundation};
use crate::data_dir::{self, DataDirLock, Layout, LockError, StatusFile, cluster_id};
use crate::fatal::Fatal;
use crate::limits::DROP_WAIT_MS;
use crate::log::LogContext;
use crate::memory::Answers;
use crate::retention;
use crate::server;
use crate::shared::{Shared, TransactionGate};
use crate::start_error::StartError;
use crate::storage::{DiskStorage, OverlayStorage, Storage};
use crate::sync::Syncer;
use crate::topics::Topics;

/// A running broker. Dropping it ends it as a crash would, apart from the process: logs are not
/// closed, the next start recovers them. Use [`Broker::stop`].
pub struct Broker {
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
    stop: watch::Sender<bool>,
    sync_threads: Vec<JoinHandle<()>>,
    status: Option<StatusFile>,
    _lock: Option<DataDirLock>,
}

/// Starts a broker that serves `listener`. It is ready when this returns.
///
/// # Errors
/// See [`StartError`]; nothing is left running.
pub fn start(listener: TcpListener, config: BrokerConfig) -> Result<Broker, StartError> {
    start_on(listener, config, Arc::new(DiskStorage))
}

/// Serves what a stopped broker has left in its data directory, and changes nothing there: what recovery
/// cuts, and what clients write, is in memory. Nothing expires. Others may start on the directory meanwhile;
/// what they write is not seen.
///
/// # Errors
/// See [`StartError`]; [`StartError::Locked`] while a broker runs there.
pub fn look(listener: TcpListener, config: BrokerConfig) -> Result<Broker, StartError> {
    DataDirLock::look(&config.data_dir)?;
    open_on(listener, config, Arc::new(OverlayStorage::default()), None)
}

/// Whether a broker runs on this data directory, by its lock: nothing is left of that when its process
/// has died. `None`: it may not be looked at.
pub fn is_held(data_dir: &Path) -> Option<bool> {
    match DataDirLock::look(data_dir) {
        Ok(()) => Some(false),
        Err(LockError::Held { .. }) => Some(true),
        Err(LockError::Io { .. }) => None,
    }
}

/// As [`start`], on this storage.
pub(crate) fn start_on(
    listener: TcpListener,
    config: BrokerConfig,
    storage: Arc<dyn Storage>,
) -> Result<Broker, StartError> {
    let layout = Layout::new(config.data_dir.clone());
    let dir = layout.root().display().to_string();
    data_dir::create(storage.as_ref(), layout.root())
        .map_err(StartError::io(format!("create {dir}")))?;
    let lock = DataDirLock::take(layout.root())?;
    open_on(listener, config, storage, Some(lock))
}

/// Opens what is there and serves it; without a lock nobody else is to hear of it.
fn open_on(
    listener: TcpListener,
    config: BrokerConfig,
    storage: Arc<dyn Storage>,
    lock: Option<DataDirLock>,
) -> Result<Broker, StartError> {
    let layout = Layout::new(config.data_dir.clone());
    let dir = layout.root().display().to_string();
    let is_ours = lock.is_some();
    let prepare = || StartError::io("prepare the listener");
    let address = listener.local_addr().map_err(prepare())?;
    let advertised = advertised(config.advertise.as_deref(), address)?;
    listener.set_nonblocking(true).map_err(prepare())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.worker_threads.max(1))
        .thread_name("broker")
        .enable_all()
        .build()
        .map_err(StartError::io("start the broker's threads"))?;
    let fatal = Arc::new(Fatal::new());
    let (syncer, sync_threads) = Syncer::start(config.durability, fatal.clone())
        .map_err(StartError::io("start the sync threads"))?;
    let stop = watch::Sender::new(false);
    let opened = runtime.block_on(async {
        let on = Ground {
            config,
            layout,
            address,
            advertised,
            storage,
            syncer: syncer.clone(),
            fatal,
        };
        let shared = on.open()?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(prepare())?;
        let status = is_ours.then(|| StatusFile::write(&shared)).transpose();
        let status = status.map_err(StartError::io(format!("write to {dir}")))?;
        if is_ours {
            tokio::spawn(retention::keep(shared.clone()));
        }
        tokio::spawn(server::serve(listener, shared.clone(), stop.subscribe()));
        Ok::<_, StartError>((shared, status))
    });
    // On an error the runtime ends with its tasks, and the sync threads are told to.
    let (shared, status) = opened.inspect_err(|_| syncer.stop())?;
    Ok(Broker {
        shared,
        runtime: Some(runtime),
        stop,
        sync_threads,
        status,
        _lock: lock,
    })
}

/// What a broker's state is opened on.
struct Ground {
    config: BrokerConfig,
    layout: Layout,
    address: SocketAddr,
    advertised: (String, u16),
    storage: Arc<dyn Storage>,
    syncer: Syncer,
    fatal: Arc<Fatal>,
}

impl Ground {
    /// Replays journals and logs; call it within the runtime.
    fn open(self) -> Result<Arc<Shared>, StartError> {
        let Self {
            config,
            layout,
            address,
            advertised,
            storage,
            syncer,
            fatal,
        } = self;
        let cluster_id = cluster_id(storage.as_ref(), &layout)
            .map_err(StartError::io(format!("read {}", layout.root().display())))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let context = LogContext {
            storage: storage.clone(),
            syncer: syncer.clone(),
            clock: clock.clone(),
        };
        let topics = Topics::open(&layout, context, &config)
            .map_err(|error| StartError::Damaged(error.to_string()))?;
        let topics = Arc::new(topics);
        let coordinators = Coordinators::open(Foundation {
            layout: &layout,
            config: &config,
            storage,
            syncer: syncer.clone(),
            clock: clock.clone(),
            topics: topics.clone(),
            fatal: fatal.clone(),
        })?;
        let gate: Arc<dyn TransactionGate> = coordinators.transactions.clone();
        Ok(Arc::new(Shared {
            config,
            layout,
            cluster_id,
            address,
            advertised,
            clock,
            syncer,
            fatal,
            topics,
            groups: coordinators.groups,
            transactions: coordinators.transactions,
            transaction_gate: OnceLock::from(gate),
            answers: Answers::default(),
        }))
    }
}

fn advertised(setting: Option<&str>, address: SocketAddr) -> Result<(String, u16), StartError> {
    let Some(setting) = setting else {
        // A wildcard address is no place to connect to.
        let host = if address.ip().is_unspecified() {
            "localhost".to_owned()
        } else {
            address.ip().to_string()
        };
        return Ok((host, address.port()));
    };
    let parsed = setting.rsplit_once(':').and_then(|(host, port)| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some((host.to_owned(), port.parse().ok()?))
    });
    match parsed {
        Some((host, port)) if !host.is_empty() && port != 0 => Ok((host, port)),
        _ => Err(StartError::Advertise(setting.to_owned())),
    }
}

impl Broker {
    /// What its handlers reach.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The cluster's id, kept for the life of the data directory.
    pub fn cluster_id(&self) -> &str {
        &self.shared.cluster_id
    }

    /// Why the broker has stopped serving, when it has: a failed `fsync`, for example.
    pub fn failed(&self) -> Option<String> {
        self.shared.fatal.reason().map(str::to_owned)
    }

    /// Stops: no more requests, what has been written is synced, and where the next start may go
    /// on is written down. Returns after `wait` at the latest, or soon after it.
    pub fn stop(mut self, wait: Duration) {
        if self.shut_down(wait) {
            let shared = &self.shared;
            for topic in shared.topics.all() {
                for log in topic.partitions() {
                    if let Err(error) = log.close() {
                        tracing::warn!(log = log.name, %error, "the next start reads all of it");
                    }
                }
            }
            let closed = (shared.topics.close())
                .and_then(|()| shared.groups.close())
                .and_then(|()| shared.transactions.close());
            if let Err(error) = closed {
                tracing::warn!(%error, "a journal was not closed");
            }
        }
    }

    /// True when nothing runs any more.
    fn shut_down(&mut self, wait: Duration) -> bool {
        let deadline = Instant::now() + wait;
        let Some(runtime) = self.runtime.take() else {
            return false;
        };
        self.status = None;
        self.stop.send_replace(true);
        runtime.shutdown_timeout(wait);
        self.shared.syncer.stop();
        let stopped = || self.sync_threads.iter().all(JoinHandle::is_finished);
        while Instant::now() < deadline && !stopped() {
            std::thread::sleep(Duration::from_millis(1));
        }
        stopped()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.shut_down(Duration::from_millis(DROP_WAIT_MS));
    }
}
