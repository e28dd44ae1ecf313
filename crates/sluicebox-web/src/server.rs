//! Serves a listener on threads of its own, and ends cleanly.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use hyper::Request;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use sluicebox_pipeline::state::TaskStatus;
use tokio::sync::{Semaphore, watch};

use crate::app::App;
use crate::collect::Collector;
use crate::config::WebConfig;
use crate::writes::Peer;
use crate::{health, limits};

/// A dashboard that is served until this value is dropped.
pub struct Web {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    app: Arc<App>,
    threads: Vec<JoinHandle<()>>,
}

/// Serves the dashboard.
///
/// One thread answers, one asks the cluster, and each search has its own; none of them touches a record
/// on its way through the pipeline.
///
/// # Errors
/// The listener cannot be used, or threads cannot be started.
pub fn start(listener: TcpListener, config: WebConfig) -> io::Result<Web> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(limits::BLOCKING_THREADS_MAX)
        .enable_all()
        .build()?;
    let (stop, stopped) = watch::channel(false);
    let (app, collector) = App::new(config, stopped.clone());
    let mut threads = vec![thread("web-collect", move || Collector::run(collector))?];
    let router = crate::app::router(Arc::clone(&app));
    threads.push(thread("web", move || {
        runtime.block_on(serve(listener, router, stopped));
        runtime.shutdown_timeout(limits::SHUTDOWN_WAIT);
    })?);
    Ok(Web {
        address,
        stop,
        app,
        threads,
    })
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
}

impl Web {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for a browser.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What it does, for health checks: it works when the cluster answered the last time it was asked,
    /// which is at most ten seconds ago.
    pub fn status(&self) -> TaskStatus {
        health::status(&self.app.collector.peek())
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        // The receivers are gone only when the threads are.
        let _ = self.stop.send(true);
        self.app.replays.stop();
        self.app.collector.wake();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!(
                    "a thread of the dashboard panicked; the pipeline is not concerned"
                );
            }
        }
        self.app.workers.join(limits::WORKERS_WAIT);
    }
}

async fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the dashboard cannot use its listener");
            return;
        }
    };
    let room = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        let Ok((socket, address)) = accepted else {
            // Out of descriptors, most likely: others of the process need them more.
            tokio::time::sleep(limits::SHUTDOWN_WAIT).await;
            continue;
        };
        // Small answers go out at once; a socket that refuses this is slower, nothing else.
        let _ = socket.set_nodelay(true);
        let router = TowerToHyperService::new(router.clone());
        let service = hyper::service::service_fn(move |mut request| {
            let extensions: &mut axum::http::Extensions = Request::extensions_mut(&mut request);
            extensions.insert(Peer(address));
            router.call(request)
        });
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits::REQUEST_HEAD_TIMEOUT)
                .max_buf_size(limits::REQUEST_HEAD_MAX_BYTES)
                .max_headers(limits::REQUEST_HEADERS_MAX_COUNT)
                .serve_connection(TokioIo::new(socket), service);
            tokio::select! {
                // A connection that breaks is the browser's business.
                _ = connection => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
            drop(permit);
        });
    }
}
