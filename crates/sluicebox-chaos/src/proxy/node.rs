//! The listener in front of one broker, and its connections.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::limits::{CONNECT_TIMEOUT, CONNECTIONS_MAX, POLL};
use super::link::Link;
use super::weather::Weather;
use super::{Route, Shared};

#[derive(Debug)]
pub(super) struct Node {
    front: Front,
    listener: Option<JoinHandle<()>>,
}

/// What the listener's thread and the attack share.
#[derive(Debug, Clone)]
struct Front {
    number: usize,
    route: Route,
    weather: Arc<Weather>,
    links: Arc<Links>,
    shared: Arc<Shared>,
}

/// The open connections.
#[derive(Debug, Default)]
pub(super) struct Links {
    next: AtomicU64,
    open: Mutex<Vec<(u64, Arc<Link>)>>,
}

impl Links {
    fn open(&self) -> MutexGuard<'_, Vec<(u64, Arc<Link>)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Node {
    pub(super) fn start(
        number: usize,
        route: Route,
        seed: u64,
        shared: &Arc<Shared>,
    ) -> io::Result<Self> {
        let front = Front {
            number,
            route,
            weather: Arc::new(Weather::new(seed, number)),
            links: Arc::default(),
            shared: Arc::clone(shared),
        };
        let listener = front.listen()?;
        let thread = thread::Builder::new().name(format!("proxy-{number}"));
        let accepting = front.clone();
        let listener = thread.spawn(move || accepting.accept_until_stopped(listener))?;
        Ok(Self {
            front,
            listener: Some(listener),
        })
    }

    pub(super) fn front(&self) -> u16 {
        self.front.route.front
    }

    pub(super) fn weather(&self) -> &Weather {
        &self.front.weather
    }

    #[cfg(test)]
    pub(super) fn open_connections(&self) -> usize {
        self.front.links.open().len()
    }

    pub(super) fn drop_connections(&self) -> usize {
        let links = std::mem::take(&mut *self.front.links.open());
        for (_, link) in &links {
            link.close();
        }
        links.len()
    }

    /// Waits for the listener, then closes what it let in. `stopped` is set.
    pub(super) fn stop(&mut self) {
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        self.drop_connections();
    }
}

impl Front {
    fn listen(&self) -> io::Result<TcpListener> {
        let listener = TcpListener::bind(("127.0.0.1", self.route.front))?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }

    fn accept_until_stopped(&self, first: TcpListener) {
        let mut listener = Some(first);
        while !self.shared.stopped.load(Ordering::Acquire) {
            if self.weather.refuses() {
                if listener.take().is_some() {
                    self.shared.counters.refusals.add(1);
                }
            } else if listener.is_none() {
                // Somebody else may have the port for a moment: tried again.
                listener = self.listen().ok();
            }
            match listener.as_ref().map(TcpListener::accept) {
                Some(Ok((client, _))) => self.let_in(client),
                _ => thread::sleep(POLL),
            }
        }
    }

    fn let_in(&self, client: TcpStream) {
        self.shared.counters.connections.add(1);
        if self.links.open().len() >= CONNECTIONS_MAX {
            return;
        }
        let front = self.clone();
        let thread = thread::Builder::new().name(format!("proxy-{}-link", self.number));
        // Without a thread the client's connection is closed, which it survives.
        let _ = thread.spawn(move || front.connect(client));
    }

    fn connect(&self, client: TcpStream) {
        let Ok(server) = TcpStream::connect_timeout(&self.route.upstream, CONNECT_TIMEOUT) else {
            return;
        };
        let prepared = client
            .set_nonblocking(false)
            .and_then(|()| client.set_nodelay(true))
            .and_then(|()| server.set_nodelay(true));
        if prepared.is_err() {
            return;
        }
        let link = Link::new(
            self.number,
            self.route.upstream,
            client,
            server,
            Arc::clone(&self.weather),
            Arc::clone(&self.shared),
        );
        let link = Arc::new(link);
        let id = self.links.next.fetch_add(1, Ordering::Relaxed);
        self.links.open().push((id, Arc::clone(&link)));
        if self.shared.stopped.load(Ordering::Acquire) {
            link.close();
        }
        link.run();
        self.links.open().retain(|(other, _)| *other != id);
    }
}
