//! The hooks as they are with the feature.

use std::collections::BTreeSet;
use std::io;
use std::sync::OnceLock;

use crate::action::{Action, from_fail};
use crate::{planted, settings};

const POINTS_VARIABLE: &str = "FAILPOINTS";
const PLANTED_VARIABLE: &str = "SLUICEBOX_PLANT";
/// What a wrong variable ends the process with, as a wrong argument does.
const EXIT_USAGE: i32 = 2;

static PLANTED: OnceLock<BTreeSet<String>> = OnceLock::new();

/// Reads the environment, once. Ends the process when it makes no sense: a test that plants nothing
/// proves nothing.
pub(crate) fn configure() -> &'static BTreeSet<String> {
    PLANTED.get_or_init(|| {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let points = settings::from_variable(&variable(POINTS_VARIABLE));
        let read = points.and_then(|()| plant(&variable(PLANTED_VARIABLE)));
        read.unwrap_or_else(|problem| refuse(&problem))
    })
}

/// Ends the process.
pub(crate) fn refuse(problem: &str) -> ! {
    eprintln!("sluicebox-faults: {problem}");
    std::process::exit(EXIT_USAGE);
}

fn plant(text: &str) -> Result<BTreeSet<String>, String> {
    let names = text.split(',').map(str::trim);
    let planted: BTreeSet<String> = names.filter(|n| !n.is_empty()).map(str::to_owned).collect();
    for name in &planted {
        if planted::find(name).is_none() {
            return Err(format!("there is no planted bug {name}"));
        }
        eprintln!("sluicebox-faults: planted {name}");
    }
    Ok(planted)
}

/// Whether a planted bug is switched on; see [`planted!`](crate::planted!).
pub fn is_planted(name: &str) -> bool {
    configure().contains(name)
}

/// A place that can crash or be delayed; see [`point!`](crate::point!).
pub fn pass(name: &str) {
    let _ = may_fail(name);
}

/// A place that can fail as well; see [`io_point!`](crate::io_point!).
pub fn may_fail(name: &str) -> io::Result<()> {
    may_tear(name, || {})
}

/// A write that can be cut off; see [`torn_point!`](crate::torn_point!).
pub fn may_tear(name: &str, half: impl FnOnce()) -> io::Result<()> {
    configure();
    let Some(action) = evaluate(name) else {
        return Ok(());
    };
    eprintln!("sluicebox-faults: {action} at {name}");
    match action {
        Action::Delay(time) => std::thread::sleep(time),
        Action::Crash => {
            half();
            std::process::abort();
        }
        Action::Error | Action::Full => half(),
    }
    action.error().map_or(Ok(()), Err)
}

fn evaluate(name: &str) -> Option<Action> {
    fail::fail_point!(name, |argument| from_fail(&argument?));
    None
}
