//! What a failpoint does, and how it is written.

use std::fmt;
use std::io;
use std::time::Duration;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Crash,
    Error,
    Full,
    Delay(Duration),
}

impl Action {
    /// Reads `crash`, `error`, `full` or `delay(MS)`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "crash" => Some(Self::Crash),
            "error" => Some(Self::Error),
            "full" => Some(Self::Full),
            _ => {
                let ms = text.strip_prefix("delay(")?.strip_suffix(')')?;
                Some(Self::Delay(Duration::from_millis(ms.parse().ok()?)))
            }
        }
    }

    /// The error that the place is to return, as the operating system would say it.
    pub(crate) fn error(self) -> Option<io::Error> {
        match self {
            Self::Error => Some(io::Error::from_raw_os_error(EIO)),
            Self::Full => Some(io::Error::from_raw_os_error(ENOSPC)),
            Self::Crash | Self::Delay(_) => None,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash => f.write_str("crash"),
            Self::Error => f.write_str("error"),
            Self::Full => f.write_str("full"),
            Self::Delay(time) => write!(f, "delay({})", time.as_millis()),
        }
    }
}

/// A chain of actions as `fail` takes it: ours are what it is to return.
pub(crate) fn to_fail(chain: &str) -> Result<String, String> {
    let terms: Result<Vec<_>, _> = chain
        .split("->")
        .map(|term| term_to_fail(term.trim()))
        .collect();
    Ok(terms?.join("->"))
}

fn term_to_fail(term: &str) -> Result<String, String> {
    let at = term.rfind(['*', '%']).map_or(0, |at| at + 1);
    let (often, action) = term.split_at(at);
    if action == "off" {
        return Ok(term.to_owned());
    }
    if Action::read(action).is_none() {
        return Err(format!(
            "`{term}` is no action: crash, error, full, delay(MS) or off, with N* or P% before it"
        ));
    }
    Ok(format!(
        "{often}return({})",
        action.replace('(', ":").replace(')', "")
    ))
}

/// What `fail` returned, which has our action without parentheses.
pub(crate) fn from_fail(argument: &str) -> Option<Action> {
    match argument.split_once(':') {
        Some((word, ms)) => Action::read(&format!("{word}({ms})")),
        None => Action::read(argument),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_translated_and_read_back() {
        assert_eq!(
            to_fail("3*off->1*crash -> 5%20*delay(100)->error").unwrap(),
            "3*off->1*return(crash)->5%20*return(delay:100)->return(error)"
        );
        let delay = Action::Delay(Duration::from_millis(100));
        assert_eq!(from_fail("delay:100"), Some(delay));
        assert_eq!(from_fail("full"), Some(Action::Full));
    }

    #[test]
    fn what_is_no_action_is_refused() {
        for bad in ["explode", "3*", "delay", "delay(x)", "return(crash)", ""] {
            assert!(to_fail(bad).is_err(), "{bad}");
        }
    }
}
