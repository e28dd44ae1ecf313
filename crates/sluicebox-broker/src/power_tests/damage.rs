//! Bits flip, sectors read as zeros, files are cut while the broker is stopped. It refuses to start
//! or to read, and says which file and where; or all that it serves is what it was. Only the end of
//! a file may go, where damage cannot be told from the torn tail of a crash.

use std::collections::BTreeMap;
use std::path::Path;

use sluicebox_crashsim::{Damage, Dice, Disk, History, Image, say, seed_from_environment};

use super::client::Client;
use super::script::{SCRIPTS, Script};
use super::served::{Served, served};
use super::{disk_of, world};

const FLIPS: usize = 1_000;
const LARGE: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Refused,
    /// Everything served is as it was: rebuilt from what is whole, or of no account.
    Harmless,
    /// A record at the very end of a file that was not closed is taken for a torn one.
    TailCut,
}

/// A directory after the script, as a kill leaves it or as a stop does.
fn written(script: &Script, is_stopped: bool) -> Image {
    let disk = disk_of(script);
    let mut client = Client::default();
    let mut history = History::begin(&disk, client.clone());
    world::run(script, &disk, &mut client, &mut history).unwrap();
    if is_stopped {
        world::stop(&disk).unwrap();
    }
    disk.image()
}

fn judge(image: &Image, before: &Served, path: &str, damage: Damage) -> Outcome {
    let mut content = image.file(path).unwrap().to_vec();
    let length = content.len();
    damage.apply(&mut content);
    if Some(content.as_slice()) == image.file(path) {
        return Outcome::Harmless;
    }
    let mut damaged = image.clone();
    damaged.put(path, content);
    let case = || format!("{path} of {length} bytes, {damage}");
    match served(&Disk::from_image(&damaged)) {
        Err(text) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            let topic = path.split('/').find(|part| part.len() == 36);
            // A topics journal without its end may still want what is gone since.
            let misses_logs = name == "topics.journal" && text.contains("/logs/");
            let of_topic = topic.is_some_and(|id| text.contains(id));
            let names_it = text.contains(name) || of_topic || misses_logs;
            assert!(names_it, "{}: {text}", case());
            Outcome::Refused
        }
        Ok(found) if found == *before => Outcome::Harmless,
        Ok(found) => {
            let end = Path::new(path).extension().unwrap_or_default();
            let is_appended_to = end == "log" || end == "journal";
            assert!(is_appended_to, "{}: it serves something else", case());
            assert!(
                found.is_earlier_than(before, path),
                "{}: {found:?} is no earlier state of {before:?}",
                case()
            );
            Outcome::TailCut
        }
    }
}

fn judge_many(count: usize, any: fn(usize, &mut Dice) -> Damage) {
    let seed = seed_from_environment();
    let mut dice = Dice::new(seed);
    for is_stopped in [false, true] {
        let mut outcomes = BTreeMap::<_, usize>::new();
        for script in &SCRIPTS[..2] {
            let image = written(script, is_stopped);
            let before = served(&Disk::from_image(&image)).unwrap();
            let files: Vec<(&str, usize)> = image
                .files()
                .filter(|(_, content)| !content.is_empty())
                .map(|(path, content)| (path, content.len()))
                .collect();
            for round in 0..count / 4 {
                let (path, length) = files[round % files.len()];
                let outcome = judge(&image, &before, path, any(length, &mut dice));
                let kind = path.rsplit(['/', '.']).next().unwrap_or(path);
                *outcomes.entry((kind.to_owned(), outcome)).or_default() += 1;
            }
        }
        let state = if is_stopped { "stopped" } else { "killed" };
        say(&format!(
            "broker, {state}, {} damages: {outcomes:?}, SLUICEBOX_CRASH_SEED={seed}",
            count / 2
        ));
        let refused = outcomes[&("log".to_owned(), Outcome::Refused)];
        assert!(refused > count / 20, "{outcomes:?}");
        if is_stopped {
            // Only a journal that has lost the mark of its stop as well may have one.
            let mut kinds = outcomes.keys();
            let cut = kinds.find(|(kind, outcome)| {
                *outcome == Outcome::TailCut && (kind != "journal" || count == FLIPS)
            });
            assert_eq!(cut, None, "what was closed has no torn tail");
        }
    }
}

#[test]
fn a_flipped_bit_is_refused_with_its_file_or_harmless() {
    judge_many(FLIPS, Damage::flip);
}

#[test]
fn a_zeroed_sector_and_a_cut_file_are_refused_or_harmless() {
    judge_many(LARGE, Damage::large);
}
