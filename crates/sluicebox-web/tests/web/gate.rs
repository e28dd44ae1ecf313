//! A broker that is lost at a certain request: all that clients and broker say to each other goes through
//! here, until then.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// How the broker is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It answers no more.
    Silence,
    /// The same, but it gets the request.
    SilenceAfter,
    /// Connections break, and new ones as well.
    Breaks,
}

#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// The number of the request (Kafka's API key).
    at: i16,
    loss: Loss,
    is_lost: AtomicBool,
    is_armed: AtomicBool,
    broker: OnceLock<SocketAddr>,
    open: Mutex<Vec<TcpStream>>,
}

impl Gate {
    pub(crate) fn new(at: i16, loss: Loss) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            at,
            loss,
            is_lost: AtomicBool::new(false),
            is_armed: AtomicBool::new(false),
            broker: OnceLock::new(),
            open: Mutex::default(),
        });
        let for_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                for_thread.connect(client.unwrap());
            }
        });
        Self { address, shared }
    }

    pub(crate) fn lead_to(&self, broker: SocketAddr) {
        self.shared.broker.set(broker).unwrap();
    }

    /// From now on the broker is lost at the first such request.
    pub(crate) fn arm(&self) {
        self.shared.is_armed.store(true, Ordering::Release);
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.shared.is_lost.load(Ordering::Acquire)
    }
}

impl Shared {
    fn connect(self: &Arc<Self>, client: TcpStream) {
        let is_lost = self.is_lost.load(Ordering::Acquire);
        if is_lost && self.loss == Loss::Breaks {
            return;
        }
        // At the end of a test it is gone.
        let Ok(broker) = TcpStream::connect(self.broker.get().unwrap()) else {
            return;
        };
        let ends = [&client, &broker].map(|end| end.try_clone().unwrap());
        self.open.lock().unwrap().extend(ends);
        let (to_client, from_broker) = (client.try_clone(), broker.try_clone());
        let shared = Arc::clone(self);
        std::thread::spawn(move || shared.requests(client, broker));
        let shared = Arc::clone(self);
        std::thread::spawn(move || shared.answers(from_broker.unwrap(), to_client.unwrap()));
    }

    fn requests(&self, mut client: TcpStream, mut broker: TcpStream) {
        let mut length = [0; 4];
        while client.read_exact(&mut length).is_ok() {
            let mut request = vec![0; u32::from_be_bytes(length) as usize];
            if client.read_exact(&mut request).is_err() {
                break;
            }
            let is_it = i16::from_be_bytes([request[0], request[1]]) == self.at
                && self.is_armed.load(Ordering::Acquire);
            let was_lost = self.is_lost.fetch_or(is_it, Ordering::AcqRel);
            let is_passed = !is_it || self.loss == Loss::SilenceAfter;
            if !was_lost && is_passed {
                let sent = broker
                    .write_all(&length)
                    .and_then(|()| broker.write_all(&request));
                if sent.is_err() {
                    break;
                }
            }
            if is_it && self.loss == Loss::Breaks {
                for end in self.open.lock().unwrap().drain(..) {
                    let _ = end.shutdown(Shutdown::Both);
                }
            }
        }
        let _ = broker.shutdown(Shutdown::Both);
    }

    fn answers(&self, mut broker: TcpStream, mut client: TcpStream) {
        let mut bytes = [0; 8 * 1024];
        while let Ok(count @ 1..) = broker.read(&mut bytes) {
            if !self.is_lost.load(Ordering::Acquire) && client.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
    }
}
