//! Names that no other test uses.

use std::sync::atomic::{AtomicU32, Ordering};

/// `what` with a number that is new in this process; processes have clusters of their own.
pub fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{what}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
