//! Every class of bad input, mixed with good records at full rate.
//!
//! Each round sends one record of every class and some good ones. At the end each bad record must be
//! exactly one dead letter, with its class's reason and all that came with it, and each good one
//! exactly one row. `verify` is not asked: the records in the output topics are foreign on purpose.

use std::time::{Duration, Instant};

use crate::bad_input::{Class, Expected, classes};
use crate::context::Context;
use crate::error::{Result, found};
use crate::limits::FINDINGS_MAX;

mod letters;
mod rows;
mod sender;

use sender::Sender;

/// Good records for each bad one.
const GOOD_FOR_A_BAD: u64 = 4;
/// Without new bytes for so long, all is written.
const QUIET_MS: u64 = 10_000;
/// In the short form, a class whose records are a megabyte takes part in one round of so many.
const HEAVY_ONE_IN: u64 = 10;

/// Two processors and a sink; a round is a record of each class.
pub(super) fn run(context: &mut Context) -> Result<()> {
    let mut world = context.world()?;
    let classes: Vec<&Class> = classes().collect();
    let mut sender = Sender::connect(&world.servers)?;
    let mut expected = Expected::default();
    world.spawn(&["process"])?;
    world.spawn(&["process"])?;
    world.spawn(&["sink"])?;
    let began = Instant::now();
    while context.next_round() {
        let number = context.rounds_done - 1;
        for (index, class) in classes.iter().enumerate() {
            if class.heavy && context.options.short && !number.is_multiple_of(HEAVY_ONE_IN) {
                continue;
            }
            let bad = class.record(index, number);
            expected.sent(index, &bad);
            sender.bad(class.place, &bad);
            // Where it stands among the good ones is drawn anew each time.
            let good = context.dice.between(0, 2 * GOOD_FOR_A_BAD);
            sender.good(good);
        }
        sender.send()?;
    }
    sender.flush()?;
    let seconds = began.elapsed().as_secs_f64();
    let bad: u64 = expected.tallies.iter().map(|tally| tally.sent).sum();
    context.faults.insert("bad records".to_owned(), bad);
    let all = bad + sender.next_good;
    eprintln!("  {all} records, {bad} of them bad, in {seconds:.1} s");
    // Those who were there all the time read it, until nothing more comes: the drain has a time limit.
    while world
        .rows_grow_within(Duration::from_millis(QUIET_MS))
        .is_ok()
    {}
    world.all_run()?;
    world.stop_parts()?;
    world.drain()?;

    let dir = world.output_dir();
    letters::read_file(&dir.join("dead_letters.csv"), &classes, &mut expected)?;
    let mut wrong = rows::wrong_rows(&dir, sender.next_good)?;
    wrong.append(&mut letters::wrong_letters(&world.servers, &classes)?);
    wrong.append(&mut expected.wrong.clone());
    print_table(&classes, &expected);
    let missing = expected.missing();
    wrong.extend(
        missing
            .iter()
            .map(|class| format!("{}: a record has no letter", classes[*class].name)),
    );
    context.judged.acknowledged = all;
    context.judged.rows = sender.next_good;
    context.judged.letters = bad;
    if wrong.is_empty() {
        return Ok(());
    }
    world.keep();
    let count = wrong.len();
    wrong.truncate(FINDINGS_MAX);
    found(format!("{count} places:\n  {}", wrong.join("\n  ")))
}

fn print_table(classes: &[&Class], expected: &Expected) {
    eprintln!(
        "  {:36} {:9} {:24} {:>7} {:>7}",
        "class", "stage", "reason", "records", "letters"
    );
    for (class, tally) in classes.iter().zip(&expected.tallies) {
        let (name, stage, reason) = (class.name, class.place.stage(), class.reason);
        let (sent, letters) = (tally.sent, tally.letters);
        eprintln!("  {name:36} {stage:9} {reason:24} {sent:>7} {letters:>7}");
    }
}
