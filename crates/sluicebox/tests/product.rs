//! Failpoints and planted bugs are in the program for tests and nowhere else.

use sluicebox_faults::planted::BUGS;
use sluicebox_faults::points::POINTS;

/// Everything that only a program with faults has in it.
fn marks() -> Vec<&'static str> {
    let names = POINTS.iter().map(|point| point.name);
    let bugs = BUGS.iter().map(|bug| bug.name);
    let variables = ["FAILPOINTS", "SLUICEBOX_PLANT", "sluicebox-faults: "];
    names.chain(bugs).chain(variables).collect()
}

/// The marks that are in a program.
fn found(program: &str) -> Vec<&'static str> {
    let bytes = std::fs::read(program).unwrap_or_else(|e| panic!("{program}: {e}"));
    // As `strings` does: a debug build is large, and its text is not.
    let texts = bytes.split(|byte| !(b' '..=b'~').contains(byte));
    let texts = texts.filter(|text| text.len() >= 8);
    let text = String::from_utf8_lossy(&texts.collect::<Vec<_>>().join(&b'\n')).into_owned();
    marks()
        .into_iter()
        .filter(|mark| text.contains(mark))
        .collect()
}

#[cfg(not(feature = "faults"))]
#[test]
fn the_product_has_no_failpoint_and_no_planted_bug() {
    let none: [&str; 0] = [];
    assert_eq!(found(env!("CARGO_BIN_EXE_sluicebox")), none);
}

#[cfg(feature = "faults")]
#[test]
fn the_program_under_attack_has_all_of_them() {
    assert_eq!(found(env!("CARGO_BIN_EXE_sluicebox-faulty")), marks());
}
