//! Positions that somebody moved, and records that are gone.

use std::collections::BTreeSet;

use super::site::Site;
use crate::error::{Result, found};
use crate::ledger::Stream;

const SOME: u64 = 240;
const MOVED: i64 = 7;

fn all_written(site: &mut Site<'_>) -> Result<()> {
    site.produce(SOME)?;
    site.process()?;
    site.sink()
}

pub(super) fn processor_back(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    site.move_group(&site.processor_group, -MOVED)?;
    site.produce(SOME)?;
    site.process()?;
    site.refuses(
        "sink",
        &[],
        &["repeats", "that is in the files already", "--skip-repeats"],
    )?;
    site.works("sink", &["--skip-repeats"])?;
    all_written(site)?;
    site.judge(&[&site.out])
}

pub(super) fn processor_forward(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    let before = site.admin()?.committed_offsets(&site.processor_group)?;
    site.produce(SOME)?;
    site.move_group(&site.processor_group, MOVED)?;
    site.refuses(
        "process",
        &[],
        &["were never processed", "--reset-offsets", "--accept-loss"],
    )?;
    site.set_group(&site.processor_group, &before)?;
    site.process()?;
    site.sink()?;
    all_written(site)?;
    site.judge(&[&site.out])
}

pub(super) fn forward_accepted(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    site.produce(SOME)?;
    let before = total(site, &site.processor_group)?;
    site.move_group(&site.processor_group, MOVED)?;
    let lost = total(site, &site.processor_group)? - before;
    site.works("process", &["--accept-loss"])?;
    site.sink()?;
    gives_up(site, lost)?;
    all_written(site)?;
    site.judge(&[&site.out])
}

/// Exactly so many records are in no file, and are forgotten.
fn gives_up(site: &mut Site<'_>, lost: i64) -> Result<()> {
    let seen: BTreeSet<u64> = super::files::numbers(&site.out)?.into_iter().collect();
    let missing: BTreeSet<u64> = site.made.difference(&seen).copied().collect();
    if missing.len() as i64 != lost {
        return found(format!(
            "{} records are missing, given up were {lost}",
            missing.len()
        ));
    }
    site.forget(&missing);
    Ok(())
}

fn total(site: &Site<'_>, group: &str) -> Result<i64> {
    let offsets = site.admin()?.committed_offsets(group)?;
    Ok(offsets.iter().map(|at| at.offset).sum())
}

pub(super) fn sink_group(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    for by in [-MOVED, MOVED] {
        site.produce(SOME)?;
        site.process()?;
        site.move_group(&site.sink_group, by)?;
        site.sink()?;
    }
    site.judge(&[&site.out])
}

/// Removes the records of a topic up to `MOVED` offsets past where the group stands; how many
/// offsets of it the group has not read.
fn remove_past(site: &Site<'_>, topic: &str, group: &str) -> Result<()> {
    let admin = site.admin()?;
    let mut before = Vec::new();
    for at in admin.committed_offsets(group)? {
        if at.topic == topic {
            before.push((at.partition, at.offset + MOVED));
        }
    }
    Ok(admin.delete_records(topic, &before)?)
}

pub(super) fn processor_retention(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    site.produce(SOME)?;
    let topic = site.source(Stream::Activity);
    remove_past(site, &topic, &site.processor_group)?;
    site.refuses(
        "process",
        &[],
        &["were removed (retention)", "--accept-loss"],
    )?;
    site.works("process", &["--accept-loss"])?;
    site.sink()?;
    gives_up(site, MOVED * i64::from(super::site::PARTITIONS))?;
    all_written(site)?;
    site.judge(&[&site.out])
}

pub(super) fn sink_retention(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    site.produce(SOME)?;
    site.process()?;
    remove_past(site, &site.processed, &site.sink_group)?;
    site.refuses("sink", &[], &["were removed (retention)", "--accept-loss"])?;
    site.works("sink", &["--accept-loss"])?;
    let seen: BTreeSet<u64> = super::files::numbers(&site.out)?.into_iter().collect();
    let missing: BTreeSet<u64> = site.made.difference(&seen).copied().collect();
    // A transaction's marker may be among the removed offsets of each partition.
    let most = MOVED as usize * super::site::PARTITIONS as usize;
    if missing.is_empty() || missing.len() > most {
        return found(format!(
            "{} records are missing, removed were {most}",
            missing.len()
        ));
    }
    site.forget(&missing);
    all_written(site)?;
    site.judge(&[&site.out])
}

pub(super) fn processor_group_deleted(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    site.admin()?.delete_group(&site.processor_group)?;
    all_written(site)?;
    site.judge(&[&site.out])
}

pub(super) fn sink_group_deleted(site: &mut Site<'_>) -> Result<()> {
    all_written(site)?;
    let admin = site.admin()?;
    let limit = std::time::Duration::from_secs(30);
    crate::world::wait_until(limit, "the group is deleted", || {
        admin.delete_group(&site.sink_group).is_ok()
    })?;
    all_written(site)?;
    site.judge(&[&site.out])
}
