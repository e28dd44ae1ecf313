//! Bits flip, sectors read as zeros, files are cut: the sink refuses and says which file and where,
//! or what it goes on to write is what it would have been.

#![allow(clippy::unwrap_used, reason = "a test helper fails like the test")]

mod common;

use std::collections::BTreeMap;

use common::simulated::SimulatedStorage;
use common::{Acknowledged, DEAD, MANIFEST, ROWS, assert_complete, open, opening, run};
use sluicebox_crashsim::{Damage, Dice, Image, say, seed_from_environment};

const FLIPS: usize = 1_000;
const LARGE: usize = 300;

/// A directory with all rows in it, whose manifest has several records.
fn written() -> Image {
    let storage = SimulatedStorage::default();
    let mut opening = opening();
    opening.options.manifest_log_max_bytes = 1 << 20;
    run(&storage, opening, &mut Acknowledged::new()).unwrap();
    storage.disk.image()
}

/// What became of a damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Refused,
    /// The manifest's last records are taken for unfinished ones: the rows they stood for are cut
    /// and written again, since the positions go back as well.
    WrittenAgain,
}

/// Opens a damaged directory, and goes on if that is possible.
fn judge(image: &Image, name: &str, damage: Damage) -> Outcome {
    let mut damaged = image.clone();
    let mut content = image.file(name).unwrap().to_vec();
    damage.apply(&mut content);
    if Some(content.as_slice()) == image.file(name) {
        return Outcome::WrittenAgain;
    }
    damaged.put(name, content);
    let storage = SimulatedStorage::found(&damaged);
    match open(&storage, opening()) {
        Err(error) => {
            let text = error.to_string();
            let says_where = text.contains("byte") || text.contains("its first line");
            assert!(
                text.contains(name) && says_where,
                "{name}, {damage}: {text}"
            );
            assert_eq!(storage.disk.image(), damaged, "{name}, {damage}: changed");
            Outcome::Refused
        }
        Ok(sink) => {
            assert_eq!(name, MANIFEST, "{damage} was not noticed");
            drop(sink);
            run(&storage, opening(), &mut Acknowledged::new()).unwrap();
            assert_complete(&storage, &|| format!("{name}, {damage}"));
            Outcome::WrittenAgain
        }
    }
}

fn judge_many(count: usize, seed: u64, any: fn(usize, &mut Dice) -> Damage) {
    let (image, mut dice) = (written(), Dice::new(seed));
    let mut outcomes = BTreeMap::<_, usize>::new();
    for round in 0..count {
        let name = [ROWS, DEAD, MANIFEST][round % 3];
        let damage = any(image.file(name).unwrap().len(), &mut dice);
        *outcomes
            .entry((name, judge(&image, name, damage)))
            .or_default() += 1;
    }
    let text = format!("sink, {count} damages: {outcomes:?}, SLUICEBOX_CRASH_SEED={seed}");
    say(&text);
    assert!(outcomes[&(ROWS, Outcome::Refused)] > count / 4, "{text}");
    assert!(
        outcomes[&(MANIFEST, Outcome::Refused)] > count / 10,
        "{text}"
    );
}

#[test]
fn a_flipped_bit_is_refused_with_its_file_or_harmless() {
    judge_many(FLIPS, seed_from_environment(), Damage::flip);
}

#[test]
fn a_zeroed_sector_and_a_cut_file_are_refused_or_harmless() {
    judge_many(LARGE, seed_from_environment(), Damage::large);
}
