//! Accepts connections until told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::Connection;
use crate::limits::{ACCEPT_RETRY_MS, MEMORY_UNIT_BYTES, REQUESTS_IN_MEMORY_MAX_BYTES};
use crate::shared::Shared;

/// Serves `listener` until `stop` turns true or the broker fails; then every connection has ended.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let memory = Arc::new(Semaphore::new(
        REQUESTS_IN_MEMORY_MAX_BYTES / MEMORY_UNIT_BYTES,
    ));
    let open = Arc::new(AtomicUsize::new(0));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            () = shared.fatal.wait() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: wait until a connection has gone.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(ACCEPT_RETRY_MS)).await;
                continue;
            }
        };
        let limit = shared.config.max_connections;
        if open.load(Ordering::Relaxed) >= limit {
            tracing::warn!(%peer, limit, "refused a connection: there are too many");
            continue;
        }
        open.fetch_add(1, Ordering::Relaxed);
        let connection = Connection::new(peer, shared.clone(), memory.clone());
        let (stop, open) = (stop.clone(), open.clone());
        connections.spawn(async move {
            connection.run(socket, stop).await;
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
    connections.shutdown().await;
}
