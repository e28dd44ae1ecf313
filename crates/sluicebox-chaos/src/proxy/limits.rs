//! Every time and size of the proxy.

use std::time::Duration;

/// Longest frame that is passed on; Kafka's own limit is 100 MiB (`socket.request.max.bytes`).
pub const FRAME_BYTES_MAX: usize = 100 * 1024 * 1024;
/// Connections to a node at a time; more are closed at once.
pub const CONNECTIONS_MAX: usize = 1_000;
/// Frames that one connection may have held; it is closed when it has more.
pub const HELD_FRAMES_MAX: usize = 1_000;
/// Between two looks for a new connection, or at whether a fault is over.
pub const POLL: Duration = Duration::from_millis(2);
/// How long a connection to a broker may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the answer to a request that is delivered late may take.
pub const LATE_ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
