//! Requests that are kept back: the network has them, the broker does not have them yet.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::frame::Frame;
use super::limits::{CONNECT_TIMEOUT, HELD_FRAMES_MAX, LATE_ANSWER_TIMEOUT};

/// A place for held requests; clones are the same place.
#[derive(Debug, Clone, Default)]
pub struct Hold(Arc<Mutex<Vec<Parcel>>>);

/// What one connection has held, shared with the connection.
pub(super) type Parcel = Arc<Mutex<Held>>;

#[derive(Debug)]
pub(super) struct Held {
    frames: Vec<Frame>,
    upstream: SocketAddr,
    /// To go on with while the client is still there; `None` once it is gone.
    server: Option<TcpStream>,
    released: bool,
}

/// A request that was delivered after its client had given up.
#[derive(Debug, Clone)]
pub struct Late {
    /// The request.
    pub request: Frame,
    /// What the broker said to it, which nobody was told; `None`: it closed the connection.
    pub answer: Option<Frame>,
}

/// What a release did.
#[derive(Debug, Clone, Default)]
pub struct Released {
    /// Requests that went on while their client still waited for the answer.
    pub resumed: usize,
    /// Requests that came late, in the order in which they were held on their connection.
    pub late: Vec<Late>,
}

impl Hold {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many requests are held now.
    pub fn len(&self) -> usize {
        let parcels = lock(&self.0);
        parcels.iter().map(|parcel| lock(parcel).frames.len()).sum()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The requests that are held now, in the order in which their connections were stopped.
    pub fn requests(&self) -> Vec<Frame> {
        let parcels = lock(&self.0);
        let frames = parcels
            .iter()
            .flat_map(|parcel| lock(parcel).frames.clone());
        frames.collect()
    }

    /// Whether the clients of all that is held have closed their connections.
    pub fn is_orphaned(&self) -> bool {
        lock(&self.0)
            .iter()
            .all(|parcel| lock(parcel).server.is_none())
    }

    /// Delivers everything that is held, in order. Where the client has closed its connection
    /// meanwhile, over a new one, and the answers stay here.
    ///
    /// # Errors
    /// The broker cannot be connected to. What was not delivered by then is gone.
    pub(super) fn release(&self) -> io::Result<Released> {
        let mut done = Released::default();
        for parcel in std::mem::take(&mut *lock(&self.0)) {
            let mut held = lock(&parcel);
            held.released = true;
            let frames = std::mem::take(&mut held.frames);
            if let Some(mut server) = held.server.take() {
                // Locked meanwhile: what the client sends next comes after this.
                for frame in &frames {
                    server.write_all(frame.bytes())?;
                }
                done.resumed += frames.len();
            } else {
                let upstream = held.upstream;
                drop(held);
                done.late.extend(deliver(upstream, frames)?);
            }
        }
        Ok(done)
    }

    /// Forgets everything that is held: the network lost it. Clients that still wait get nothing.
    pub fn discard(&self) {
        lock(&self.0).clear();
    }

    pub(super) fn keep(
        &self,
        frame: Frame,
        upstream: SocketAddr,
        server: Option<TcpStream>,
    ) -> Parcel {
        let held = Held {
            frames: vec![frame],
            upstream,
            server,
            released: false,
        };
        let parcel = Arc::new(Mutex::new(held));
        lock(&self.0).push(Arc::clone(&parcel));
        parcel
    }
}

/// What became of a request behind a held one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Behind {
    Held,
    /// Nothing is held on its connection any more: it is the caller's again.
    Free(Frame),
    Full,
}

/// Keeps a request behind the ones that are held on its connection already.
pub(super) fn keep_behind(parcel: &Parcel, frame: Frame) -> Behind {
    let mut held = lock(parcel);
    if held.released {
        return Behind::Free(frame);
    }
    if held.frames.len() >= HELD_FRAMES_MAX {
        return Behind::Full;
    }
    held.frames.push(frame);
    Behind::Held
}

/// The client has closed its connection: what is held for it is delivered over a new one.
pub(super) fn client_is_gone(parcel: &Parcel) {
    lock(parcel).server = None;
}

/// Sends requests over a new connection and waits for each answer: in order, and done when this
/// returns.
fn deliver(upstream: SocketAddr, frames: Vec<Frame>) -> io::Result<Vec<Late>> {
    let mut stream = TcpStream::connect_timeout(&upstream, CONNECT_TIMEOUT)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LATE_ANSWER_TIMEOUT))?;
    let mut late = Vec::new();
    for request in frames {
        let sent = stream.write_all(request.bytes());
        // An error means the same as the end: the broker did not want to hear it.
        let answer = sent
            .and_then(|()| Frame::read_answer(&mut stream))
            .unwrap_or(None);
        late.push(Late { request, answer });
    }
    Ok(late)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
