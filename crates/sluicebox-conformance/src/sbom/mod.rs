//! What is inside the program: a `CycloneDX` list of the Rust packages and of the C libraries that some
//! of them build and link in.
//!
//! Made of `cargo tree` (what is built with which features), `cargo metadata` (licences, sources) and
//! `Cargo.lock` (checksums). A tool that knows Rust packages alone would leave the C libraries out, and
//! they are what most advisories are about.

mod c_libraries;
mod document;
mod licences;
mod packages;

use std::path::{Path, PathBuf};

use c_libraries::CLibrary;
pub use licences::copy_licences;
use packages::Package;

/// Everything that is built into the program.
#[derive(Debug)]
pub struct Inside {
    program: Package,
    packages: Vec<Package>,
    c_libraries: Vec<CLibrary>,
}

/// Why the list could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SbomError {
    /// A command or a file.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// Cargo failed, or said something else than expected.
    #[error("{0}")]
    Cargo(String),
    /// A package that is known to build C code has it somewhere else than expected.
    #[error("{package}: no {what}; see crates/sluicebox-conformance/src/sbom/c_libraries.rs")]
    CLibrary {
        /// The Rust package.
        package: String,
        /// What is missing.
        what: String,
    },
}

impl Inside {
    /// Looks into the build of the program with these features, for a target triple; `None`: for this
    /// machine's.
    ///
    /// # Errors
    /// Cargo fails, or a C library is not where it was.
    pub fn of_program(
        root: &Path,
        features: &[String],
        target: Option<&str>,
    ) -> Result<Self, SbomError> {
        let (program, packages) = packages::built_in(root, features, target)?;
        let c_libraries = c_libraries::inside(&packages)?;
        Ok(Self {
            program,
            packages,
            c_libraries,
        })
    }

    /// As `CycloneDX` 1.5 in JSON. The same build gives the same bytes.
    pub fn cyclone_dx(&self) -> String {
        document::cyclone_dx(self)
    }

    /// Name, version and directory of each part, the C libraries too.
    fn sources(&self) -> impl Iterator<Item = (String, PathBuf)> + '_ {
        let rust = self.packages.iter();
        let rust = rust.map(|p| (format!("{}-{}", p.name, p.version), p.directory.clone()));
        let c = self.c_libraries.iter();
        rust.chain(c.map(|c| (format!("{}-{}", c.name, c.version), c.directory.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(features: &[&str]) -> serde_json::Value {
        inside_of(features, None)
    }

    fn inside_of(features: &[&str], target: Option<&str>) -> serde_json::Value {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let features: Vec<_> = features.iter().map(|name| (*name).to_owned()).collect();
        let inside = Inside::of_program(&root, &features, target).unwrap();
        let text = inside.cyclone_dx();
        assert_eq!(text, inside.cyclone_dx());
        serde_json::from_str(&text).unwrap()
    }

    fn version(list: &serde_json::Value, name: &str) -> Option<String> {
        let components = list["components"].as_array().unwrap();
        let found = components.iter().find(|c| c["name"] == name)?;
        assert!(!found["licenses"].as_array().unwrap().is_empty(), "{name}");
        Some(found["version"].as_str().unwrap().to_owned())
    }

    #[test]
    fn the_c_libraries_are_listed_with_their_own_versions() {
        let list = inside(&["tls"]);
        for name in ["librdkafka", "zstd", "zlib", "lz4", "openssl"] {
            let version = version(&list, name).unwrap_or_else(|| panic!("no {name}"));
            assert!(
                version.starts_with(|c: char| c.is_ascii_digit()),
                "{name} {version}"
            );
        }
        assert_eq!(list["metadata"]["component"]["name"], "sluicebox");
    }

    #[test]
    fn what_is_in_static_programs_only_is_listed_for_these() {
        let list = inside_of(&["tls"], Some("x86_64-unknown-linux-musl"));
        let version = version(&list, "mimalloc").unwrap();
        assert_eq!(version.split('.').count(), 3, "{version}");
    }

    #[test]
    fn what_is_not_built_in_is_not_listed() {
        let list = inside(&[]);
        for name in [
            "openssl",
            "openssl-src",
            "openssl-sys",
            "mimalloc",
            "proptest",
            "sluicebox-conformance",
        ] {
            assert_eq!(version(&list, name), None, "{name}");
        }
        assert!(version(&list, "tokio").is_some());
    }

    #[test]
    fn every_package_of_the_registry_has_its_checksum_and_every_dependency_is_listed() {
        let list = inside(&["tls"]);
        let components = list["components"].as_array().unwrap();
        for component in components {
            let purl = component["purl"].as_str().unwrap_or_default();
            if purl.starts_with("pkg:cargo/") && !purl.contains("sluicebox") {
                assert_eq!(
                    component["hashes"][0]["content"].as_str().unwrap().len(),
                    64,
                    "{purl}"
                );
            }
        }
        let mut known: Vec<_> = components.iter().map(|c| &c["bom-ref"]).collect();
        known.push(&list["metadata"]["component"]["bom-ref"]);
        for dependency in list["dependencies"].as_array().unwrap() {
            assert!(known.contains(&&dependency["ref"]));
            for on in dependency["dependsOn"].as_array().unwrap() {
                assert!(known.contains(&on), "{on}");
            }
        }
    }
}
