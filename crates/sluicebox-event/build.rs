//! Embeds every stream definition of `config/streams`, so that no source names one of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Asked when it runs, not when it is compiled: a target directory may serve several checkouts.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let directory = Path::new(&manifest)
        .join("../../config/streams")
        .canonicalize()?;
    println!("cargo::rerun-if-changed={}", directory.display());
    let entries: Result<Vec<PathBuf>, io::Error> = fs::read_dir(&directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    let mut paths = entries?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    let order = fs::read_to_string(directory.join("order"))?;
    let place = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        order.lines().position(|line| line == name)
    };
    // What is not in the list comes last, by name.
    paths.sort_by_key(|path| (place(path).unwrap_or(usize::MAX), path.clone()));
    let mut list = String::from("&[\n");
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let origin = format!("config/streams/{name}");
        let _ = writeln!(
            list,
            "    ({origin:?}, include_str!({:?})),",
            path.display().to_string()
        );
    }
    list.push(']');
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    fs::write(out.join("builtin.rs"), list)
}
