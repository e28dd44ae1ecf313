//! A sink that makes its files for the first time.

use std::time::Duration;

use super::fault::Fault;
use super::target::Target;
use crate::error::{Result, found};
use crate::limits::{READY_MS, STOP_MS};
use crate::world::{NewDirectories, wait_until};

/// Strikes a new sink on a new directory, and sees it work there after its next start.
pub(super) fn strike(directories: &NewDirectories, fault: &Fault) -> Result<()> {
    let mut part = directories.sink()?;
    part.set_failpoints(&fault.setting())?;
    part.start()?;
    let mut target = Target {
        part: &mut part,
        companion: None,
        address: None,
    };
    target.strike(fault)?;
    let limit = Duration::from_millis(READY_MS);
    let works = || part.log().contains("the sink has all partitions");
    wait_until(limit, "the sink works in its new directory", works)?;
    part.terminate()?;
    let code = part.exit_code_within(Duration::from_millis(STOP_MS))?;
    if code != Some(0) {
        let said = part.log_tail();
        return found(format!(
            "a sink on a new directory ended with {code:?}:\n{said}"
        ));
    }
    Ok(())
}
