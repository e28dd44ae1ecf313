//! Topics and clusters that are others than before.

use sluicebox_conformance::real_kafka::KafkaOptions;

use super::site::{PARTITIONS, Site};
use crate::error::Result;
use crate::ledger::Stream;
use crate::world::{ClusterKind, World};

const SOME: u64 = 120;

fn all_written(site: &mut Site<'_>, records: u64) -> Result<()> {
    site.produce(records)?;
    site.process()?;
    site.sink()
}

pub(super) fn other_cluster(site: &mut Site<'_>) -> Result<()> {
    all_written(site, SOME)?;
    let here = site.servers.clone();
    let kafka = KafkaOptions::nodes(1);
    let other = World::start(&site.world.program, ClusterKind::Embedded, &kafka)?;
    site.servers.clone_from(&other.servers);
    site.refuses(
        "sink",
        &[],
        &["belongs to the cluster", "choose another output directory"],
    )?;
    // The way out: a directory for each cluster.
    let out = site.out.clone();
    site.out = site.dir.join("other");
    site.sink()?;
    (site.servers, site.out) = (here, out);
    all_written(site, SOME)?;
    site.judge(&[&site.out])
}

pub(super) fn source_fewer(site: &mut Site<'_>) -> Result<()> {
    source_anew(site, SOME / 6)
}

pub(super) fn source_more(site: &mut Site<'_>) -> Result<()> {
    source_anew(site, SOME * 4)
}

fn source_anew(site: &mut Site<'_>, records: u64) -> Result<()> {
    all_written(site, SOME)?;
    site.recreate(&site.source(Stream::Sensor))?;
    site.produce(records)?;
    outputs_of_its_own(site)
}

/// Both refuse; the way out gives the new topic outputs of its own.
pub(super) fn outputs_of_its_own(site: &mut Site<'_>) -> Result<()> {
    let way_out = [
        "made anew",
        "other names under [topics]",
        "another --output-dir",
    ];
    site.refuses("process", &[], &way_out)?;
    site.refuses("process", &["--accept-loss"], &way_out)?;
    site.refuses("sink", &[], &["was recreated"])?;
    let old = site.out.clone();
    site.processed.push_str("-2");
    site.letters.push_str("-2");
    site.out = site.dir.join("out-2");
    site.process()?;
    site.sink()?;
    site.judge(&[&old, &site.out])
}

pub(super) fn processed(site: &mut Site<'_>) -> Result<()> {
    output_anew(site, &site.processed.clone())
}

pub(super) fn letters(site: &mut Site<'_>) -> Result<()> {
    output_anew(site, &site.letters.clone())
}

fn output_anew(site: &mut Site<'_>, topic: &str) -> Result<()> {
    all_written(site, SOME)?;
    site.recreate(topic)?;
    site.produce(SOME * 2)?;
    site.process()?;
    goes_on_in_a_new_directory(site)
}

/// The sink refuses; the way out is a new directory that begins where the old one ends.
pub(super) fn goes_on_in_a_new_directory(site: &mut Site<'_>) -> Result<()> {
    site.refuses(
        "sink",
        &[],
        &[
            "was recreated",
            "move the whole directory aside",
            "--accept-loss",
        ],
    )?;
    let aside = site.move_aside()?;
    site.works("sink", &["--accept-loss"])?;
    all_written(site, SOME)?;
    site.judge(&[&aside, &site.out])
}

pub(super) fn partitions(site: &mut Site<'_>) -> Result<()> {
    all_written(site, SOME)?;
    let admin = site.admin()?;
    let more = PARTITIONS as usize + 2;
    for topic in site.topics() {
        admin.add_partitions(&topic, more)?;
        crate::world::wait_until(std::time::Duration::from_secs(30), "new partitions", || {
            admin
                .describe(&topic)
                .is_ok_and(|t| t.partitions.len() == more)
        })?;
    }
    drop(admin);
    all_written(site, SOME)?;
    all_written(site, SOME)?;
    site.judge(&[&site.out])
}
