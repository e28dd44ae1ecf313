//! The one-way switch for failures the broker must not survive.
//!
//! After a failed `fsync` Linux may have dropped the dirty pages, so that a retry which succeeds
//! proves nothing: the broker stops answering and says why.

use std::sync::OnceLock;

use tokio::sync::watch;

/// Set once, seen by every connection and every waiter.
#[derive(Debug)]
pub(crate) struct Fatal {
    reason: OnceLock<String>,
    raised: watch::Sender<bool>,
}

impl Fatal {
    pub(crate) fn new() -> Self {
        Self {
            reason: OnceLock::new(),
            raised: watch::Sender::new(false),
        }
    }

    /// Records the first reason; later ones only reach the log.
    pub(crate) fn raise(&self, reason: String) {
        tracing::error!(%reason, "the broker cannot go on");
        if self.reason.set(reason).is_ok() {
            self.raised.send_replace(true);
        }
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.get().map(String::as_str)
    }

    /// Resolves when the switch is thrown.
    pub(crate) async fn wait(&self) {
        let mut raised = self.raised.subscribe();
        // The sender lives as long as `self`, so the wait ends by the value only.
        let _ = raised.wait_for(|raised| *raised).await;
    }
}
