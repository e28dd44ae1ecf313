//! The embedded broker as a process of its own, so that it can be killed.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, Restart};
use crate::guard::Guard;
use crate::ports::free_port;

/// What the `embedded-broker` program prints when it answers clients.
pub const READY_LINE: &str = "embedded broker is ready";
const READY_WAIT: Duration = Duration::from_secs(30);
const STOP_WAIT: Duration = Duration::from_secs(15);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// One embedded broker in a child process.
#[derive(Debug)]
pub struct EmbeddedCluster {
    bootstrap_servers: String,
    guard: Mutex<Guard>,
}

impl EmbeddedCluster {
    /// Starts `program` (the `embedded-broker` binary of this crate; only tests know its path).
    ///
    /// # Panics
    /// When the broker does not start.
    pub fn start(program: &Path) -> Self {
        let home = tempfile::Builder::new()
            .prefix("sluicebox-broker-")
            .tempdir();
        let directory = home.expect("a temporary directory").keep().join("node");
        fs::create_dir(&directory).expect("a directory for the broker");
        let port = free_port();
        let data = directory.join("data").display().to_string();
        let command = [program.display().to_string(), data, port.to_string()];
        let mut guard = Guard::new(&directory, &directory.join("log"), &command).expect("a shell");
        start_and_wait(&mut guard);
        Self {
            bootstrap_servers: format!("127.0.0.1:{port}"),
            guard: Mutex::new(guard),
        }
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster for EmbeddedCluster {
    fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    fn replication_factor(&self) -> i32 {
        1
    }

    fn restart(&self, how: Restart) {
        let mut guard = self.guard();
        if how == Restart::Stop {
            guard.terminate().expect("the broker can be told to stop");
            let stopped = guard
                .ended_within(STOP_WAIT)
                .expect("the broker can be waited for");
            assert!(
                stopped,
                "not stopped after {STOP_WAIT:?}:\n{}",
                guard.log_tail()
            );
        }
        guard.kill().expect("the broker can be killed");
        start_and_wait(&mut guard);
    }

    fn logs(&self) -> String {
        self.guard().log_tail()
    }
}

fn start_and_wait(guard: &mut Guard) {
    let wanted = guard.log().matches(READY_LINE).count() + 1;
    guard.start().expect("the broker's program can be started");
    let deadline = Instant::now() + READY_WAIT;
    while guard.log().matches(READY_LINE).count() < wanted {
        let running = guard.is_running() && Instant::now() < deadline;
        assert!(
            running,
            "the embedded broker did not start:\n{}",
            guard.log_tail()
        );
        thread::sleep(POLL_INTERVAL);
    }
}
