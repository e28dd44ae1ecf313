//! The Rust packages that a build of the program is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::SbomError;

const PROGRAM: &str = "sluicebox";

/// A Rust package.
#[derive(Clone, Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    pub(super) repository: Option<String>,
    /// SHA-256 of its archive; our own packages have none.
    pub(super) checksum: Option<String>,
    pub(super) directory: PathBuf,
    /// Names and versions of the packages that it needs.
    pub(super) needs: Vec<Key>,
}

/// Name and version.
pub(super) type Key = (String, String);

impl Package {
    pub(super) fn key(&self) -> Key {
        (self.name.clone(), self.version.clone())
    }
}

/// The program, and all packages of its build, sorted: also those that run while it is built, since
/// what they write is compiled in.
pub(super) fn built_in(
    root: &Path,
    features: &[String],
    target: Option<&str>,
) -> Result<(Package, Vec<Package>), SbomError> {
    let keys = keys(root, features, target)?;
    let checksums = checksums(root)?;
    let metadata = metadata(root, features)?;
    let mut packages: Vec<Package> = (metadata["packages"].as_array().into_iter().flatten())
        .map(|package| read(package, &checksums))
        .filter(|package| keys.contains(&package.key()))
        .collect();
    packages.sort_by_key(Package::key);
    link(&metadata, &mut packages);
    let program = packages.iter().position(|package| package.name == PROGRAM);
    let program = program.ok_or_else(|| SbomError::Cargo(format!("no package {PROGRAM}")))?;
    let program = packages.remove(program);
    Ok((program, packages))
}

fn cargo(root: &Path, arguments: &[&str], features: &[String]) -> Result<String, SbomError> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .args(["--features", &features.join(",")])
        .current_dir(root.join("crates").join(PROGRAM))
        .output()
        .map_err(|source| SbomError::Io {
            what: "run cargo".to_owned(),
            source,
        })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(SbomError::Cargo(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )),
    }
}

/// What `cargo tree` lists: unlike the metadata it tells which optional packages are in.
fn keys(
    root: &Path,
    features: &[String],
    target: Option<&str>,
) -> Result<BTreeSet<Key>, SbomError> {
    let mut tree = vec![
        "tree",
        "--locked",
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "-f",
        "{p}",
    ];
    if let Some(target) = target {
        tree.extend(["--target", target]);
    }
    let listed = cargo(root, &tree, features)?;
    let key = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split(' ').next()?;
        Some((name.to_owned(), version.to_owned()))
    };
    Ok(listed.lines().filter_map(key).collect())
}

fn metadata(root: &Path, features: &[String]) -> Result<Value, SbomError> {
    let text = cargo(
        root,
        &["metadata", "--locked", "--format-version=1"],
        features,
    )?;
    serde_json::from_str(&text).map_err(|error| SbomError::Cargo(error.to_string()))
}

fn read(package: &Value, checksums: &BTreeMap<Key, String>) -> Package {
    let text = |name: &str| package[name].as_str().map(str::to_owned);
    let (name, version) = (
        text("name").unwrap_or_default(),
        text("version").unwrap_or_default(),
    );
    let manifest = PathBuf::from(text("manifest_path").unwrap_or_default());
    Package {
        checksum: checksums.get(&(name.clone(), version.clone())).cloned(),
        name,
        version,
        // Old packages write `MIT/Apache-2.0`.
        licence: text("license").unwrap_or_default().replace('/', " OR "),
        repository: text("repository"),
        directory: manifest.parent().map(Path::to_owned).unwrap_or_default(),
        needs: Vec::new(),
    }
}

/// Fills in what each package needs, of those that are listed.
fn link(metadata: &Value, packages: &mut [Package]) {
    let all = metadata["packages"].as_array().into_iter().flatten();
    let by_id: BTreeMap<&str, Key> = all
        .filter_map(|p| {
            let text = |name: &str| p[name].as_str().map(str::to_owned);
            Some((p["id"].as_str()?, (text("name")?, text("version")?)))
        })
        .collect();
    let listed: BTreeSet<Key> = packages.iter().map(Package::key).collect();
    for node in metadata["resolve"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let key = node["id"].as_str().and_then(|id| by_id.get(id));
        let Some(package) = packages.iter_mut().find(|p| Some(&p.key()) == key) else {
            continue;
        };
        let needs = (node["deps"].as_array().into_iter().flatten())
            .filter(|dep| {
                let kinds = dep["dep_kinds"].as_array().into_iter().flatten();
                kinds.into_iter().any(|kind| kind["kind"] != "dev")
            })
            .filter_map(|dep| by_id.get(dep["pkg"].as_str()?).cloned())
            .filter(|key| listed.contains(key));
        package.needs = needs.collect();
        package.needs.sort();
        package.needs.dedup();
    }
}

fn checksums(root: &Path) -> Result<BTreeMap<Key, String>, SbomError> {
    let path = root.join("Cargo.lock");
    let text = fs::read_to_string(&path).map_err(|source| SbomError::Io {
        what: path.display().to_string(),
        source,
    })?;
    let mut found = BTreeMap::new();
    for entry in text.split("[[package]]").skip(1) {
        let value = |name: &str| {
            let start = format!("{name} = \"");
            let line = entry.lines().find_map(|line| line.strip_prefix(&start))?;
            Some(line.trim_end_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(checksum)) =
            (value("name"), value("version"), value("checksum"))
        {
            found.insert((name, version), checksum);
        }
    }
    Ok(found)
}
