//! What may be built in: `deny.toml` checked without cargo-deny, which takes minutes to build.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    source: Option<String>,
}

/// The packages that the host's build is made of, with every feature.
fn packages() -> Vec<Package> {
    packages_with(&["--all-features"])
}

fn packages_with(features: &[&str]) -> Vec<Package> {
    let host = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let host = String::from_utf8(host.stdout).unwrap();
    let host = host.lines().find_map(|l| l.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--filter-platform",
            host,
        ])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |v: &Value| v.as_str().map(str::to_owned);
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let all = metadata["packages"].as_array().unwrap();
    let packages: Vec<Package> = all
        .iter()
        .filter(|p| nodes.iter().any(|n| n["id"] == p["id"]))
        .map(|p| Package {
            name: text(&p["name"]).unwrap(),
            version: text(&p["version"]).unwrap(),
            licence: text(&p["license"]),
            source: text(&p["source"]),
        })
        .collect();
    assert!(
        packages.iter().any(|p| p.name == "sluicebox-kafka"),
        "not our dependency tree"
    );
    packages
}

fn deny_toml() -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deny.toml");
    fs::read_to_string(path).unwrap().parse().unwrap()
}

/// The strings at `table.key`, or of the `crate` field of the tables there.
fn strings(deny: &toml::Table, table: &str, key: &str) -> Vec<String> {
    let items = deny[table][key].as_array().unwrap();
    let name = |item: &toml::Value| {
        item.as_str()
            .or_else(|| item.get("crate")?.as_str())
            .map(str::to_owned)
    };
    items.iter().map(|item| name(item).unwrap()).collect()
}

fn licence_is_allowed(licence: &str, allowed: &[spdx::Licensee]) -> bool {
    // Old packages write `MIT/Apache-2.0`.
    let expression = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX);
    expression.is_ok_and(|e| e.evaluate(|wanted| allowed.iter().any(|a| a.satisfies(wanted))))
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let allowed: Vec<spdx::Licensee> = strings(&deny_toml(), "licenses", "allow")
        .iter()
        .map(|l| spdx::Licensee::parse(l).unwrap())
        .collect();
    assert!(
        !licence_is_allowed("GPL-3.0-only", &allowed),
        "a check that lets everything through"
    );
    let refused: Vec<String> = packages()
        .iter()
        .filter(|p| !licence_is_allowed(p.licence.as_deref().unwrap_or(""), &allowed))
        .map(|p| format!("{} {}: {:?}", p.name, p.version, p.licence))
        .collect();
    assert!(
        refused.is_empty(),
        "not allowed by deny.toml:\n{}",
        refused.join("\n")
    );
}

#[test]
fn no_banned_crate_is_built_in() {
    let banned = strings(&deny_toml(), "bans", "deny");
    let found: Vec<String> = packages()
        .into_iter()
        .map(|p| p.name)
        .filter(|name| banned.contains(name))
        .collect();
    assert!(found.is_empty(), "banned by deny.toml: {found:?}");
}

#[test]
fn the_default_build_has_no_openssl_and_the_feature_brings_it() {
    let has = |features: &[&str], name: &str| {
        let packages = packages_with(features);
        packages.iter().any(|package| package.name == name)
    };
    for name in ["openssl-sys", "openssl-src"] {
        assert!(!has(&[], name), "{name} is in the default build");
        assert!(
            has(&["--features", "sluicebox/tls"], name),
            "{name} is not in a build with TLS"
        );
    }
}

#[test]
fn every_dependency_comes_from_the_public_registry() {
    let others: Vec<String> = packages()
        .into_iter()
        .filter(|p| {
            !p.source
                .as_deref()
                .is_none_or(|s| s.ends_with("/crates.io-index"))
        })
        .map(|p| format!("{}: {:?}", p.name, p.source))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
