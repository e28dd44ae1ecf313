//! The names of the files that are ours besides the data files.

/// The manifest: which bytes of the data files count, and which input offsets they stand for.
pub const MANIFEST: &str = "manifest.sluicebox";

/// The lock file. It stays when the sink ends; only the lock on it says who writes.
pub const LOCK: &str = "lock.sluicebox";

/// The name under which a new file is written before it is renamed to `name`.
///
/// A leftover of that name is an unfinished creation; it is overwritten by the next one.
pub fn unfinished(name: &str) -> String {
    format!("{name}.new")
}

/// The `number`th sealed name of a data file: `processed_data_sensor.1.csv`.
pub fn sealed(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem}.{number}.{extension}"),
        _ => format!("{name}.{number}"),
    }
}

/// Whether `name` can be a data file: a plain file name that is not one of ours.
pub fn is_data_file(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(['/', '\\', '\0'])
        && !["..", ".", MANIFEST, LOCK].contains(&name)
        && name != unfinished(MANIFEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_name_keeps_the_extension() {
        assert_eq!(
            sealed("processed_data_sensor.csv", 1),
            "processed_data_sensor.1.csv"
        );
        assert_eq!(sealed("rows", 12), "rows.12");
        assert_eq!(sealed(".rows", 2), ".rows.2");
    }

    #[test]
    fn names_that_leave_the_directory_or_are_ours_are_no_data_files() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "../x",
            MANIFEST,
            LOCK,
            "manifest.sluicebox.new",
        ] {
            assert!(!is_data_file(name), "{name}");
        }
        assert!(is_data_file("dead_letters.csv"));
    }
}
