//! Prints the list of what is inside the program (`CycloneDX`, JSON), and copies the licences of it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sluicebox_conformance::sbom::{Inside, SbomError, copy_licences};

const USAGE: &str = "\
Usage: sbom [--features LIST] [--target TRIPLE] [--licences DIR]

Prints a CycloneDX 1.5 list of what a build of sluicebox with these features is made of, C libraries
too, for this machine's target unless told another. With --licences, also copies the licence files of every part into DIR.
";

fn main() -> ExitCode {
    let (mut features, mut target, mut licences) = (Vec::new(), None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--features", Some(list)) => features.extend(list.split(',').map(str::to_owned)),
            ("--target", Some(triple)) => target = Some(triple),
            ("--licences", Some(directory)) => licences = Some(PathBuf::from(directory)),
            _ => {
                eprint!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    match list(&features, target.as_deref(), licences.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn list(
    features: &[String],
    target: Option<&str>,
    licences: Option<&Path>,
) -> Result<(), SbomError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let inside = Inside::of_program(&root, features, target)?;
    io::stdout()
        .write_all(inside.cyclone_dx().as_bytes())
        .map_err(|source| SbomError::Io {
            what: "print the list".to_owned(),
            source,
        })?;
    if let Some(directory) = licences {
        for name in copy_licences(&inside, directory)? {
            eprintln!("{name} has no licence file of its own; its licence is in the list");
        }
    }
    Ok(())
}
