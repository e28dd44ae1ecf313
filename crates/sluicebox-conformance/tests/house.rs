//! The house rules that a machine can check, so that no reviewer has to. (`TigerBeetle`'s `tidy` is
//! the model.) A rule that is wrong is changed here, in the same change that needs it.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates that nothing of the product depends on.
const FOR_DEVELOPMENT: [&str; 3] = ["sluicebox-conformance", "sluicebox-chaos", "sluicebox-fuzz"];

/// A file that needs more is two things.
const FILE_LINES_MAX: usize = 350;

struct Source {
    /// Relative to the root of the repository.
    path: String,
    text: String,
}

impl Source {
    fn crate_name(&self) -> &str {
        let rest = self.path.strip_prefix("crates/").unwrap_or("");
        rest.split('/').next().unwrap_or("")
    }

    fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|e| e == "rs")
    }

    /// Sources that are built into a product, as opposed to tests, examples and this crate.
    fn is_product(&self) -> bool {
        self.is_rust()
            && self.path.split('/').nth(2) == Some("src")
            && !FOR_DEVELOPMENT.contains(&self.crate_name())
            && !self.path.ends_with("/tests.rs")
            && !self.path.contains("/tests/")
    }

    /// Numbered lines of code: without comments, and without the tests at the end of the file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(i, line)| (i + 1, line));
        lines
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .map(|(number, line)| (number, line.split("//").next().unwrap_or("")))
            .filter(|(_, line)| !line.trim().is_empty())
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// What a build or a run leaves in the tree.
const NOT_OURS: [&str; 4] = ["target", "data", ".git", "node_modules"];

/// Every text file of the project.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let root = root();
    collect(&root, &root, &mut sources);
    assert!(
        sources.iter().any(Source::is_product),
        "the sources are not found"
    );
    sources
}

fn collect(root: &Path, directory: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        // A build may go to any directory: cargo marks it.
        let built = path.join("CACHEDIR.TAG").exists();
        if built || NOT_OURS.contains(&entry.file_name().to_string_lossy().as_ref()) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            collect(root, &path, sources);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            sources.push(Source { path, text });
        }
    }
}

/// Fails with one line per finding, each with its place.
fn assert_none(rule: &str, findings: impl IntoIterator<Item = String>) {
    let mut text = String::new();
    for finding in findings {
        let _ = writeln!(text, "  {finding}");
    }
    assert!(text.is_empty(), "\n{rule}:\n{text}");
}

/// Findings of lines of code that contain one of `words`, in the sources that `applies` names.
fn lines_with<'a>(
    sources: &'a [Source],
    words: &'a [&'a str],
    applies: impl Fn(&Source) -> bool + 'a,
) -> impl Iterator<Item = String> + 'a {
    sources
        .iter()
        .filter(move |s| applies(s))
        .flat_map(move |source| {
            source.code().flat_map(move |(number, line)| {
                let found = words.iter().filter(move |word| has_word(line, word));
                found.map(move |word| format!("{}:{number}: `{word}`", source.path))
            })
        })
}

/// Whether `line` has `word` other than as the end of a longer word (`librdkafka` has no `rdkafka`).
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn no_file_is_longer_than_one_thing_needs() {
    let long = sources().into_iter().filter_map(|s| {
        let lines = s.text.lines().count();
        (s.is_rust() && lines > FILE_LINES_MAX).then(|| format!("{}: {lines} lines", s.path))
    });
    assert_none(
        &format!("at most {FILE_LINES_MAX} lines a file: split it by concept"),
        long,
    );
}

#[test]
fn only_the_client_crate_names_rdkafka() {
    let sources = sources();
    let others = |s: &Source| s.is_rust() && s.crate_name() != "sluicebox-kafka";
    let words = [
        "rdkafka::",
        "rdkafka_sys",
        "rdkafka as",
        "extern crate rdkafka",
    ];
    assert_none(
        "rdkafka is named in sluicebox-kafka only: the client under it may be replaced",
        lines_with(&sources, &words, |s| {
            others(s) && !s.path.ends_with("tests/house.rs")
        }),
    );
    assert_dependency_only_in(&sources, "rdkafka", "sluicebox-kafka");
}

#[test]
fn only_the_broker_crate_names_kafka_protocol() {
    let sources = sources();
    let others = |s: &Source| s.is_rust() && s.crate_name() != "sluicebox-broker";
    assert_none(
        "kafka_protocol is named in sluicebox-broker only",
        lines_with(&sources, &["kafka_protocol"], |s| {
            others(s) && !s.path.ends_with("tests/house.rs")
        }),
    );
    assert_dependency_only_in(&sources, "kafka-protocol", "sluicebox-broker");
}

fn assert_dependency_only_in(sources: &[Source], dependency: &str, owner: &str) {
    let manifests = sources.iter().filter(|s| {
        s.path.ends_with("/Cargo.toml") && !s.crate_name().is_empty() && s.crate_name() != owner
    });
    let named = manifests.filter(|s| s.text.lines().any(|l| l.starts_with(dependency)));
    assert_none(
        &format!("{dependency} is a dependency of {owner} only"),
        named.map(|s| s.path.clone()),
    );
}

#[test]
fn files_and_plans_know_neither_network_nor_clock() {
    let sources = sources();
    let words = [
        "std::net",
        "TcpStream",
        "SystemTime",
        "Instant::now",
        "time::Instant",
        "Timestamp::now",
        "Zoned::now",
        "sleep(",
        "rand::rng",
    ];
    let pure = |s: &Source| {
        s.is_product() && ["sluicebox-event", "sluicebox-sink"].contains(&s.crate_name())
    };
    assert_none(
        "event and sink get time, randomness and storage as arguments",
        lines_with(&sources, &words, pure),
    );
}

#[test]
fn knowledge_flows_down_only() {
    // Nothing without its feature, and a leaf: the one crate that every other may name.
    let faults = "sluicebox-faults";
    let may_use: [(&str, &[&str]); 7] = [
        (faults, &[]),
        ("sluicebox-event", &[faults]),
        ("sluicebox-broker", &[faults]),
        ("sluicebox-kafka", &[faults]),
        ("sluicebox-sink", &[faults]),
        (
            "sluicebox-pipeline",
            &[
                faults,
                "sluicebox-event",
                "sluicebox-kafka",
                "sluicebox-sink",
            ],
        ),
        (
            "sluicebox-web",
            &[
                "sluicebox-event",
                "sluicebox-kafka",
                "sluicebox-sink",
                "sluicebox-pipeline",
            ],
        ),
    ];
    let mut findings = Vec::new();
    for (name, allowed) in may_use {
        let path = root().join("crates").join(name).join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let Some(dependencies) = manifest.get("dependencies").and_then(|d| d.as_table()) else {
            continue;
        };
        for dependency in dependencies.keys().filter(|d| d.starts_with("sluicebox")) {
            if !allowed.contains(&dependency.as_str()) {
                findings.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    assert_none("docs/architecture: which crate may know which", findings);
}

#[test]
fn no_crate_switches_faults_on_for_the_others() {
    // Cargo unites features over a build: one such dependency would put them into the product.
    let sources = sources();
    let manifests = sources.iter().filter(|s| s.path.ends_with("Cargo.toml"));
    let findings = manifests.flat_map(|manifest| {
        let lines = manifest.text.lines();
        // A target may have that name, and may need the feature.
        let others = lines.filter(|l| !l.starts_with("required-") && !l.starts_with("name ="));
        let asking = others.filter(|l| l.contains("\"faults\""));
        asking.map(|line| format!("{}: {line}", manifest.path))
    });
    assert_none(
        "only the command line asks for the feature `faults`",
        findings,
    );
}

#[test]
fn no_code_outside_definitions_and_generators_knows_a_stream() {
    // The words of the two built-in streams. A third stream is a config file and no code.
    let words = [
        "sensor",
        "Sensor",
        "temperature",
        "humidity",
        "click",
        "purchase",
        "user_activity",
    ];
    let applies = |s: &Source| {
        s.is_product()
            && !s.path.contains("/datagen")
            // The physical quantities of UCUM, whatever is measured.
            && s.path != "crates/sluicebox-event/src/definition/unit.rs"
            // Help texts show examples that a newcomer can paste.
            && !(s.crate_name() == "sluicebox" && s.path.contains("/cli"))
    };
    let sources = sources();
    assert_none(
        "only config/streams, the generator models and tests know what streams there are",
        lines_with(&sources, &words, applies),
    );
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let marks = ["todo", "unimplemented", "dbg"].map(|word| format!("{word}!("));
    let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
    let sources = sources();
    assert_none("no stubs", lines_with(&sources, &marks, Source::is_rust));
}

#[test]
fn an_ignored_test_says_why() {
    let mark = format!("#[{}]", "ignore");
    let sources = sources();
    let ignored = sources
        .iter()
        .filter(|s| s.is_rust() && s.text.contains(&mark));
    assert_none("#[ignore = \"why\"]", ignored.map(|s| s.path.clone()));
}

#[test]
fn no_file_depends_on_the_machine_it_was_written_on() {
    let marks = ["/work", "/root", "/home"].map(|directory| format!("{directory}/"));
    let sources = sources();
    let findings = sources.iter().flat_map(|source| {
        let lines = source.text.lines().enumerate();
        let found = lines.filter(|(_, line)| {
            // The user of Jupyter's public images has this home on every machine.
            let line = line.replace("/home/jovyan", "jovyan");
            marks.iter().any(|m| has_word(&line, m))
        });
        found.map(move |(i, _)| format!("{}:{}", source.path, i + 1))
    });
    assert_none("no path of one machine", findings);
}

#[test]
fn cargo_run_at_the_root_knows_which_program() {
    let sources = sources();
    let named = sources.iter().filter(|source| {
        source.path.ends_with("Cargo.toml")
            && source.text.lines().any(|l| l.starts_with("default-run ="))
    });
    let named: Vec<&str> = named.map(|source| source.path.as_str()).collect();
    assert_eq!(named, ["crates/sluicebox/Cargo.toml"]);
}
