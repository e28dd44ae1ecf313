//! Every input that is kept holds: what fuzzing has found once is looked at in every `cargo test`.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

use sluicebox_fuzz::TARGETS;
use std::fs;
use std::path::{Path, PathBuf};

/// What all inputs together may take: the repository keeps a sample, not a fuzzer's memory.
const CORPUS_MAX_BYTES: usize = 300 * 1024;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn inputs_of(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = corpus().join(target);
    let entries =
        fs::read_dir(&directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
    let mut inputs: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_kept_input_of_every_target_holds() {
    for target in TARGETS {
        let inputs = inputs_of(target.name);
        assert!(!inputs.is_empty(), "{} has no inputs", target.name);
        for (path, input) in inputs {
            let ran = std::panic::catch_unwind(|| (target.run)(&input));
            assert!(ran.is_ok(), "{} fails on {}", target.name, path.display());
        }
    }
}

#[test]
fn the_corpus_is_small_and_has_targets_only() {
    let mut bytes = 0;
    for entry in fs::read_dir(corpus()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            TARGETS.iter().any(|target| target.name == name),
            "no target {name}"
        );
        bytes += inputs_of(&name).iter().map(|(_, i)| i.len()).sum::<usize>();
    }
    assert!(bytes <= CORPUS_MAX_BYTES, "{bytes} bytes of corpus");
}

#[test]
fn every_target_has_its_binary() {
    let targets = corpus().parent().unwrap().join("fuzz_targets");
    for target in TARGETS {
        let file = targets.join(format!("{}.rs", target.name));
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("fuzz_target!"), "{}", file.display());
    }
}
