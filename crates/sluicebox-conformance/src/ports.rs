//! Ports for servers that must come back on the same port after a restart.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range that the kernel hands to outgoing connections (32768 on Linux): a port from that
/// range may be taken by some client while the server behind it is being restarted.
const FIRST_PORT: u16 = 21_000;
const PORTS: u16 = 11_000;

/// A port of the loopback interface that is free now and that no other call in this process returns.
///
/// # Panics
/// When none of the 11,000 ports is free.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes that run at the same time start at different places.
    let start = (std::process::id() % u32::from(PORTS)) as u16;
    for _ in 0..PORTS {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % PORTS;
        let port =
            FIRST_PORT + ((u32::from(start) * 97 + u32::from(step)) % u32::from(PORTS)) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port from {FIRST_PORT} to {}", FIRST_PORT + PORTS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_calls_give_two_ports() {
        assert_ne!(free_port(), free_port());
    }
}
