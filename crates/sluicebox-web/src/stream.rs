//! Answers that come in pieces, from a thread that waits for whoever takes them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use tokio::sync::mpsc;

use crate::limits::ANSWER_QUEUE_PIECES;

/// Takes the pieces; dropped when the browser goes away, and then sending fails.
pub(crate) struct Pieces(mpsc::Receiver<Bytes>);

/// Hands pieces over.
#[derive(Clone)]
pub(crate) struct Sender(mpsc::Sender<Bytes>);

/// The two ends of an answer.
pub(crate) fn pieces() -> (Sender, Pieces) {
    pieces_of(ANSWER_QUEUE_PIECES)
}

/// As [`pieces`], with room for so many that wait.
pub(crate) fn pieces_of(room: usize) -> (Sender, Pieces) {
    let (sender, receiver) = mpsc::channel(room);
    (Sender(sender), Pieces(receiver))
}

/// Nobody takes the answer any more.
#[derive(Debug)]
pub(crate) struct Gone;

impl Sender {
    /// Waits until there is room: a slow browser slows its own answer. For threads, not for tasks.
    pub(crate) fn send(&self, piece: impl Into<Bytes>) -> Result<(), Gone> {
        self.0.blocking_send(piece.into()).map_err(|_| Gone)
    }

    /// As [`send`](Self::send), for tasks.
    pub(crate) async fn send_async(&self, piece: impl Into<Bytes>) -> Result<(), Gone> {
        self.0.send(piece.into()).await.map_err(|_| Gone)
    }

    /// Resolves when nobody takes the answer any more.
    pub(crate) async fn gone(&self) {
        self.0.closed().await;
    }

    /// One event of a stream of server-sent events. `data` may have several lines.
    pub(crate) fn event(&self, name: &str, data: &str) -> Result<(), Gone> {
        self.send(event(name, data))
    }
}

/// A server-sent event as text.
pub(crate) fn event(name: &str, data: &str) -> String {
    let mut text = format!("event: {name}\n");
    for line in data.split('\n') {
        text.push_str("data: ");
        // A carriage return would end the line.
        text.extend(line.chars().filter(|c| *c != '\r'));
        text.push('\n');
    }
    text.push('\n');
    text
}

impl Stream for Pieces {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|piece| piece.map(Ok))
    }
}

impl Pieces {
    /// As an answer of this type.
    pub(crate) fn response(self, content_type: &'static str) -> Response {
        (
            [(header::CONTENT_TYPE, content_type)],
            Body::from_stream(self),
        )
            .into_response()
    }

    /// As server-sent events.
    pub(crate) fn events(self) -> Response {
        self.response("text/event-stream; charset=utf-8")
    }

    /// As a file to keep.
    pub(crate) fn download(self, content_type: &'static str, name: &str) -> Response {
        let safe: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "._-".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let disposition = format!("attachment; filename=\"{safe}\"");
        let mut response = self.response(content_type);
        if let Ok(value) = disposition.parse() {
            response
                .headers_mut()
                .insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_line_breaks_stays_one_event() {
        assert_eq!(
            event("record", "a\r\nb\n\nevent: x"),
            "event: record\ndata: a\ndata: b\ndata: \ndata: event: x\n\n"
        );
    }
}
