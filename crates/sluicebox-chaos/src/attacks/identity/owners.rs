//! Two processes with one identity.

use std::time::{Duration, Instant};

use super::running::Running;
use super::site::Site;
use crate::error::{Result, found};

const SOME: u64 = 60;
const LIMIT: Duration = Duration::from_mins(2);

fn copy_state(site: &Site<'_>) -> Result<std::path::PathBuf> {
    let copied = site.dir.join("state-copied");
    std::fs::create_dir_all(&copied)?;
    for entry in std::fs::read_dir(&site.state)? {
        let entry = entry?;
        std::fs::copy(entry.path(), copied.join(entry.file_name()))?;
    }
    Ok(copied)
}

/// Produces until one of the two has ended, and leaves the other running.
fn one_ends(site: &mut Site<'_>, two: &mut [Running; 2]) -> Result<usize> {
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        site.produce(SOME)?;
        std::thread::sleep(Duration::from_millis(300));
        if let Some(ended) = two.iter_mut().position(Running::has_ended) {
            return Ok(ended);
        }
    }
    let logs: Vec<String> = two.iter().map(Running::said).collect();
    found(format!(
        "two processes shared one identity for {LIMIT:?}:\n{}",
        logs.join("\n---\n")
    ))
}

pub(super) fn two_processors(site: &mut Site<'_>) -> Result<()> {
    site.produce(SOME)?;
    site.process()?;
    let first = Running::start(site, "first", "process")?;
    let copied = copy_state(site)?;
    let own = std::mem::replace(&mut site.state, copied);
    let second = Running::start(site, "second", "process")?;
    site.state = own;
    let mut two = [first, second];
    let ended = one_ends(site, &mut two)?;
    let said = two[ended].fails()?;
    site.check_said(
        "process",
        &said,
        &["keeps taking the transactional id", "remove the copy"],
    )?;
    drop(two);
    site.process()?;
    site.sink()?;
    site.judge(&[&site.out])
}

pub(super) fn two_sinks(site: &mut Site<'_>) -> Result<()> {
    site.produce(SOME)?;
    site.process()?;
    site.sink()?;
    let copied = copy_state(site)?;
    let processor = Running::start(site, "processor", "process")?;
    let first = Running::start(site, "first", "sink")?;
    let own = (site.state.clone(), site.out.clone());
    // The other group member begins at the beginning: a copy of the whole directory.
    let other = site.dir.join("out-copied");
    std::fs::create_dir_all(&other)?;
    for entry in std::fs::read_dir(&site.out)? {
        let entry = entry?;
        std::fs::copy(entry.path(), other.join(entry.file_name()))?;
    }
    (site.state, site.out) = (copied, other);
    let second = Running::start(site, "second", "sink")?;
    (site.state, site.out) = own;
    let mut two = [first, second];
    let ended = one_ends(site, &mut two)?;
    let said = two[ended].fails()?;
    site.check_said("sink", &said, &["keeps taking the name", "remove the copy"])?;
    drop((two, processor));
    site.process()?;
    site.sink()?;
    site.judge(&[&site.out])
}
