//! C libraries that Rust packages bring with them, build and link in.

use std::fs;
use std::path::{Path, PathBuf};

use super::SbomError;
use super::packages::{Key, Package};

/// A C library.
#[derive(Clone, Debug)]
pub(super) struct CLibrary {
    pub(super) name: &'static str,
    pub(super) version: String,
    pub(super) licence: &'static str,
    /// CPE 2.3 vendor and product, by which advisories are found.
    pub(super) cpe: (&'static str, &'static str),
    /// Where its sources and licence are.
    pub(super) directory: PathBuf,
    /// The Rust package that brings it.
    pub(super) brought_by: Key,
}

/// A package that is known to bring a library.
struct Known {
    package: &'static str,
    name: &'static str,
    licence: &'static str,
    cpe: (&'static str, &'static str),
    /// Below the package.
    directory: &'static str,
    version: Version,
}

/// Where the library's version stands.
enum Version {
    /// After the `+` of the package's own, from this on.
    Package(&'static str),
    /// In a header below the library's directory, as this macro.
    Header(&'static str, &'static str),
    /// There as a number: major, then two digits each for minor and patch.
    Number(&'static str, &'static str),
}

const KNOWN: &[Known] = &[
    Known {
        package: "rdkafka-sys",
        name: "librdkafka",
        licence: "BSD-2-Clause",
        cpe: ("confluent", "librdkafka"),
        directory: "librdkafka",
        version: Version::Package(""),
    },
    Known {
        package: "openssl-src",
        name: "openssl",
        licence: "Apache-2.0",
        cpe: ("openssl", "openssl"),
        directory: "openssl",
        version: Version::Package(""),
    },
    Known {
        package: "zstd-sys",
        name: "zstd",
        licence: "BSD-3-Clause",
        cpe: ("facebook", "zstandard"),
        directory: "zstd",
        version: Version::Package("zstd."),
    },
    Known {
        package: "libz-sys",
        name: "zlib",
        licence: "Zlib",
        cpe: ("zlib", "zlib"),
        directory: "src/zlib",
        version: Version::Header("zlib.h", "ZLIB_VERSION"),
    },
    Known {
        package: "lz4-sys",
        name: "lz4",
        licence: "BSD-2-Clause",
        cpe: ("lz4_project", "lz4"),
        directory: "liblz4",
        version: Version::Package("lz4-"),
    },
    Known {
        package: "libmimalloc-sys",
        name: "mimalloc",
        licence: "MIT",
        cpe: ("microsoft", "mimalloc"),
        directory: "c_src/mimalloc/v3",
        version: Version::Number("include/mimalloc.h", "MI_MALLOC_VERSION"),
    },
];

/// Packages that name a library which is not brought along, or that contain no C code of theirs.
const WITHOUT: &[&str] = &["openssl-sys"];

/// The C libraries of these packages.
pub(super) fn inside(packages: &[Package]) -> Result<Vec<CLibrary>, SbomError> {
    let mut found = Vec::new();
    for package in packages {
        let known = KNOWN.iter().find(|known| known.package == package.name);
        match known {
            Some(known) => found.push(known.library(package)?),
            None if package.name.ends_with("-src") => return Err(unknown(package)),
            // By custom a package that links a library is called so.
            None if package.name.ends_with("-sys")
                && !WITHOUT.contains(&package.name.as_str())
                && brings_c(package) =>
            {
                return Err(unknown(package));
            }
            None => {}
        }
    }
    found.sort_by_key(|library| library.name);
    Ok(found)
}

/// Whether a build script compiles something.
fn brings_c(package: &Package) -> bool {
    let manifest = fs::read_to_string(package.directory.join("Cargo.toml")).unwrap_or_default();
    manifest.contains("build-dependencies.cc]") || manifest.contains("build-dependencies.cmake]")
}

fn unknown(package: &Package) -> SbomError {
    SbomError::CLibrary {
        package: package.name.clone(),
        what: "entry in the table of C libraries".to_owned(),
    }
}

impl Known {
    fn library(&self, package: &Package) -> Result<CLibrary, SbomError> {
        let missing = |what: String| SbomError::CLibrary {
            package: package.name.clone(),
            what,
        };
        let directory = package.directory.join(self.directory);
        if !directory.is_dir() {
            return Err(missing(format!("directory {}", directory.display())));
        }
        let version = match self.version {
            Version::Package(prefix) => (package.version.split_once('+'))
                .and_then(|(_, own)| own.strip_prefix(prefix))
                .map(str::to_owned),
            Version::Header(file, name) => {
                defined(&directory.join(file), name).map(|value| value.trim_matches('"').to_owned())
            }
            Version::Number(file, name) => defined(&directory.join(file), name)
                .and_then(|value| value.parse::<u32>().ok())
                .map(|number| {
                    let (major, minor) = (number / 10_000, number / 100 % 100);
                    format!("{major}.{minor}.{}", number % 100)
                }),
        };
        Ok(CLibrary {
            name: self.name,
            version: version.ok_or_else(|| missing("version".to_owned()))?,
            licence: self.licence,
            cpe: self.cpe,
            directory,
            brought_by: package.key(),
        })
    }
}

/// The value of a macro in a header.
fn defined(header: &Path, name: &str) -> Option<String> {
    let header = fs::read_to_string(header).ok()?;
    let start = format!("#define {name} ");
    let line = header.lines().find_map(|line| line.strip_prefix(&start))?;
    line.split_whitespace().next().map(str::to_owned)
}
