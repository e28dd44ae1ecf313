//! What the documents tell people to type exists.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The Markdown files at the top, under `docs` and beside the crates' manifests.
fn documents() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut directories = vec![root(), root().join("docs")];
    let crates = fs::read_dir(root().join("crates")).unwrap();
    directories.extend(crates.map(|entry| entry.unwrap().path()));
    while let Some(directory) = directories.pop() {
        let in_docs = directory.starts_with(root().join("docs"));
        for entry in fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                found.push((
                    path.display().to_string(),
                    fs::read_to_string(&path).unwrap(),
                ));
            } else if in_docs && path.is_dir() {
                directories.push(path);
            }
        }
    }
    assert!(found.len() > 1, "the documents are not found");
    found
}

/// What is shown as code: indented or fenced lines, and spans in backticks.
fn code(text: &str) -> Vec<String> {
    let mut code = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            let line = line.trim().trim_start_matches("$ ");
            code.push(line.split(" #").next().unwrap_or(line).trim().to_owned());
        } else {
            code.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    code
}

fn commands_of(program: &str) -> Vec<(String, Vec<String>)> {
    let starts = format!("{program} ");
    let all = documents().into_iter().flat_map(|(path, text)| {
        code(&text)
            .into_iter()
            .map(move |line| (path.clone(), line))
    });
    all.filter_map(|(path, line)| {
        let rest = line.strip_prefix(&starts)?;
        Some((path, rest.split_whitespace().map(str::to_owned).collect()))
    })
    .collect()
}

#[test]
fn every_just_recipe_that_a_document_names_exists() {
    let justfile = fs::read_to_string(root().join("justfile")).unwrap();
    let named = commands_of("just");
    assert!(!named.is_empty(), "docs/testing.md names some");
    for (path, words) in named {
        let Some(recipe) = words.first().filter(|w| !w.starts_with('-')) else {
            continue;
        };
        let exists = justfile.lines().any(|line| {
            line.strip_prefix(recipe.as_str())
                .is_some_and(|r| r.starts_with(':') || r.starts_with(' '))
        });
        assert!(exists, "{path}: `just {recipe}`");
    }
}

#[test]
fn every_cargo_target_that_a_document_names_exists() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let targets: Vec<&str> = packages
        .iter()
        .flat_map(|p| p["targets"].as_array().unwrap())
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    let is_package = |name: &str| packages.iter().any(|p| p["name"] == name);
    for (path, words) in commands_of("cargo") {
        for pair in words.windows(2) {
            let exists = match pair[0].as_str() {
                "-p" | "--package" => is_package(&pair[1]),
                "--bin" | "--test" | "--example" | "--bench" => targets.contains(&pair[1].as_str()),
                _ => true,
            };
            assert!(exists, "{path}: cargo {}", words.join(" "));
        }
    }
}

/// The targets of `[text](target)` in a document.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

/// The anchor that a heading gets: lower case, blanks to hyphens, punctuation gone.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || "-_".contains(c) => Some(c),
        _ => None,
    });
    kept.collect()
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut seen = 0;
    for (path, text) in documents() {
        let local = links(&text).filter(|link| !link.contains("://"));
        for link in local {
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                PathBuf::from(&path)
            } else {
                Path::new(&path).parent().unwrap().join(file)
            };
            assert!(target.exists(), "{path}: {link}");
            seen += 1;
            if !place.is_empty() {
                let headings = fs::read_to_string(&target).unwrap();
                let found = headings
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .any(|line| anchor(line.trim_start_matches('#')) == place);
                assert!(found, "{path}: {link}");
            }
        }
    }
    assert!(seen > 20, "the links are not found");
}
