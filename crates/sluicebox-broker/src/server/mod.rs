//! Sockets: accepting, framing, answering in order.

mod connection;
mod frame;
mod listener;

pub(crate) use listener::serve;
