//! What the proxy has done.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// One number that grows.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! counts {
    ($($(#[$about:meta])* $name:ident, $says:literal;)*) => {
        #[derive(Debug, Default)]
        pub(super) struct Counters {
            $(pub(super) $name: Counter,)*
        }

        /// What was done so far, by kind.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Counts {
            $($(#[$about])* pub $name: u64,)*
        }

        impl Counters {
            pub(super) fn now(&self) -> Counts {
                Counts { $($name: self.$name.get(),)* }
            }
        }

        impl fmt::Display for Counts {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let all = [$((self.$name, $says),)*];
                let parts = all.iter().filter(|(count, _)| *count > 0);
                let parts: Vec<String> =
                    parts.map(|(count, says)| format!("{count} {says}")).collect();
                f.write_str(&parts.join(", "))
            }
        }
    };
}

counts! {
    /// Connections that clients made.
    connections, "connections";
    /// Requests that were passed on.
    requests, "requests";
    /// Answers that were passed on.
    answers, "answers";
    /// Frames that came late because of a delay.
    delayed, "frames delayed";
    /// Frames that waited in a blackhole.
    stalled, "frames stalled";
    /// Times that a listener went away.
    refusals, "listeners taken away";
    /// Connections that were closed under their clients.
    dropped_connections, "connections dropped";
    /// Frames of which only the beginning was passed on.
    cut, "frames cut";
    /// Frames that were thrown away.
    lost, "frames lost";
    /// Requests that were held.
    held, "requests held";
    /// Held requests that went on while their client still waited.
    resumed, "held requests resumed";
    /// Held requests that were delivered after their client had given up.
    late, "requests delivered late";
}
