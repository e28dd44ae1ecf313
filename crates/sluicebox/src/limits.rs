//! Limits of the program, each with its unit last in the name.

/// Records that `run` lets datagen make ahead of the files. Beyond it datagen waits: what is not in
/// the files yet must be worked off after Ctrl-C, and takes room in the broker's log meanwhile.
pub(crate) const RUN_BACKLOG_MAX_RECORDS: u64 = 1_000_000;
