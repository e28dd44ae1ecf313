//! Ctrl-C and SIGTERM: the first one drains, the second one ends the process at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use sluicebox_pipeline::stop::{StopLevel, StopSignal};

use crate::limits::LEAVE_WAIT_MS;

/// Whether the user has asked for the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Whether a first signal has come.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Listens for signals from now on; `on_first` runs on the listening thread.
///
/// # Errors
/// The handlers cannot be installed.
pub(crate) fn listen(on_first: impl Fn() + Send + 'static) -> io::Result<Interrupt> {
    let interrupt = Interrupt::default();
    let flag = interrupt.clone();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            if flag.0.swap(true, Ordering::Relaxed) {
                // What is not committed stays uncommitted: the next start takes it up again.
                crate::terminal::step_aside(
                    b"ended at once by a second signal; the next start goes on from what is committed\n",
                );
                std::process::exit(1);
            }
            tracing::info!("stopping: finishing what has begun (again to end at once)");
            on_first();
        }
    })?;
    Ok(interrupt)
}

/// For a part that runs alone: the first signal makes it drain.
///
/// # Errors
/// The handlers cannot be installed.
pub(crate) fn drain_at_signal() -> io::Result<StopSignal> {
    let stop = StopSignal::new();
    let on_signal = stop.clone();
    listen(move || on_signal.raise(StopLevel::Drain))?;
    Ok(stop)
}

/// A write beyond the limit for the size of a file is to fail, and be waited out as a full disk is, instead
/// of ending the process: the system sends a signal with the error.
///
/// # Errors
/// The handler cannot be installed.
pub(crate) fn outlive_file_limits() -> io::Result<()> {
    // Nobody looks at the flag: a handler is what keeps the signal from ending us.
    let noted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGXFSZ, noted).map(|_| ())
}

/// For commands that only read and have nothing to finish: the first signal ends them well, also
/// while they wait for somebody to take what they print.
///
/// # Errors
/// The handlers cannot be installed.
pub(crate) fn leave_at_signal(stop: &StopSignal) -> io::Result<()> {
    let stop = stop.clone();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let leave = move || {
        if signals.forever().next().is_some() {
            stop.raise(StopLevel::Drain);
            std::thread::sleep(Duration::from_millis(LEAVE_WAIT_MS));
            crate::terminal::show(Vec::new());
            std::process::exit(0);
        }
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(leave)?;
    Ok(())
}
