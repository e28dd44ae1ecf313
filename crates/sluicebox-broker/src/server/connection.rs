//! One client's connection: requests are taken in order, answers go out in the same order.
//!
//! A reader and a writer share the connection. The reader runs each request up to the point where
//! its effects are in order and hands the answer, which may still wait for the disk, to the
//! writer through a short queue: five produce requests in flight share a sync. A full queue, or a
//! full memory budget, stops the reading, and TCP tells the client. A client that does not read
//! its answers holds up only itself.

use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use tokio::time::timeout;

use super::frame;
use crate::dispatch::{Answer, Encoded, dispatch};
use crate::limits::{MEMORY_UNIT_BYTES, PIPELINED_ANSWERS_MAX_COUNT, REQUEST_READ_MAX_MS};
use crate::memory::Held;
use crate::shared::Shared;

/// An answer on its way, with the memory its request still holds.
struct Owed {
    answer: Pin<Box<dyn Future<Output = Encoded> + Send>>,
    memory: OwnedSemaphorePermit,
    held: Option<Held>,
}

/// What a connection needs.
pub(super) struct Connection {
    peer: SocketAddr,
    shared: Arc<Shared>,
    memory: Arc<Semaphore>,
}

impl Connection {
    pub(super) fn new(peer: SocketAddr, shared: Arc<Shared>, memory: Arc<Semaphore>) -> Self {
        Self {
            peer,
            shared,
            memory,
        }
    }

    /// Serves the socket until the client goes, breaks the protocol, or `stop` turns true.
    pub(super) async fn run(self, socket: TcpStream, mut stop: watch::Receiver<bool>) {
        let peer = self.peer;
        // Answers are whole when they are written: waiting for more would only delay them.
        let _ = socket.set_nodelay(true);
        let (reader, writer) = socket.into_split();
        let (owe, owed) = mpsc::channel(PIPELINED_ANSWERS_MAX_COUNT);
        let fatal = self.shared.fatal.clone();
        let ended = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => Ok(()),
            () = fatal.wait() => Ok(()),
            ended = async { tokio::try_join!(self.read(reader, owe), write(writer, owed)) } => {
                ended.map(|_| ())
            }
        };
        match ended {
            Ok(()) => tracing::debug!(%peer, "connection closed"),
            Err(error) if is_departure(&error) => tracing::debug!(%peer, %error, "client gone"),
            Err(error) => tracing::warn!(%peer, %error, "closed a connection"),
        }
    }

    async fn read(&self, mut reader: OwnedReadHalf, owe: mpsc::Sender<Owed>) -> io::Result<()> {
        while let Some(length) = frame::read_length(&mut reader).await? {
            let units = length.div_ceil(MEMORY_UNIT_BYTES).max(1) as u32;
            let memory = self.memory.clone().acquire_many_owned(units).await;
            let memory = memory.map_err(io::Error::other)?;
            let limit = Duration::from_millis(REQUEST_READ_MAX_MS);
            let body = timeout(limit, frame::read_body(&mut reader, length)).await??;
            let answer = dispatch(self.shared.clone(), self.peer.ip(), body).await;
            let (answer, held): (Pin<Box<dyn Future<Output = Encoded> + Send>>, _) =
                match answer.map_err(io::Error::other)? {
                    Answer::Ready(encoded) => (Box::pin(ready(encoded)), None),
                    Answer::Held(encoded, held) => (Box::pin(ready(encoded)), Some(held)),
                    Answer::Deferred(later) => (later, None),
                    Answer::Silent => continue,
                };
            if owe
                .send(Owed {
                    answer,
                    memory,
                    held,
                })
                .await
                .is_err()
            {
                break;
            }
        }
        Ok(())
    }
}

async fn write(mut writer: OwnedWriteHalf, mut owed: mpsc::Receiver<Owed>) -> io::Result<()> {
    while let Some(Owed {
        answer,
        memory,
        held,
    }) = owed.recv().await
    {
        let body = answer.await.map_err(io::Error::other)?;
        drop(memory);
        frame::write(&mut writer, &body).await?;
        drop((body, held));
    }
    Ok(())
}

fn is_departure(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionAborted
    )
}
