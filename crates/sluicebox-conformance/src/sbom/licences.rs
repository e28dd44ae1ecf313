//! The licence files of everything inside: they ask to go with the program.

use std::fs;
use std::path::Path;

use super::{Inside, SbomError};

/// What licence files are called, in capitals.
const NAMES: &[&str] = &[
    "LICENSE",
    "LICENCE",
    "COPYING",
    "NOTICE",
    "UNLICENSE",
    "COPYRIGHT",
];

/// Copies the licence files of every part into a directory each, and tells which parts have none.
///
/// # Errors
/// A file cannot be copied.
pub fn copy_licences(inside: &Inside, to: &Path) -> Result<Vec<String>, SbomError> {
    let mut without = Vec::new();
    for (name, directory) in inside.sources() {
        let target = to.join(&name);
        if copy(&directory, &target).map_err(|source| SbomError::Io {
            what: format!("copy the licences of {name}"),
            source,
        })? == 0
        {
            without.push(name);
        }
    }
    Ok(without)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<usize> {
    let mut copied = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if entry.file_type()?.is_file() && NAMES.iter().any(|known| name.starts_with(known)) {
            fs::create_dir_all(to)?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
            copied += 1;
        }
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licences_of_the_c_libraries_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let inside = Inside::of_program(&root, &["tls".to_owned()], None).unwrap();
        let to = tempfile::tempdir().unwrap();
        let without = copy_licences(&inside, to.path()).unwrap();
        for library in &inside.c_libraries {
            let directory = to
                .path()
                .join(format!("{}-{}", library.name, library.version));
            assert!(directory.is_dir(), "{}", directory.display());
        }
        assert!(without.len() * 4 < inside.packages.len(), "{without:?}");
    }
}
