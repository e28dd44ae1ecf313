//! Every planted bug there is: mistakes that somebody could make, each switched on by its name in
//! `SLUICEBOX_PLANT`. A test holds this list and the sources together.

/// A mistake that is compiled in, and switched off.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// What `SLUICEBOX_PLANT` calls it.
    pub name: &'static str,
    /// What is wrong, for the table of results.
    pub what: &'static str,
}

const fn bug(name: &'static str, what: &'static str) -> Bug {
    Bug { name, what }
}

/// All planted bugs, along the way of a record.
pub const BUGS: &[Bug] = &[
    bug(
        "sink-skips-the-sync-of-rows",
        "rows are not synced before the manifest speaks of them",
    ),
    bug(
        "sink-skips-the-sync-of-the-manifest",
        "the manifest record is not synced before the group hears of it",
    ),
    bug(
        "sink-skips-the-sync-of-the-directory",
        "the rename of a checkpoint is not made durable",
    ),
    bug(
        "sink-records-rows-before-they-are-synced",
        "the manifest record is durable before its rows are",
    ),
    bug(
        "sink-commits-positions-before-rows",
        "input positions are committed before the rows are appended",
    ),
    bug(
        "sink-syncs-again-after-a-failure",
        "a failed sync is tried again, and believed when it succeeds",
    ),
    bug(
        "sink-takes-a-torn-record",
        "an unfinished manifest record is read as a whole one",
    ),
    bug(
        "sink-does-not-cut-at-recovery",
        "rows behind the committed length stay in the file",
    ),
    bug("sink-does-not-lock", "two sinks can write to one directory"),
    bug(
        "sink-does-not-see-repeats",
        "a source offset that does not grow is taken for a new row",
    ),
    bug(
        "sink-trusts-the-group",
        "reading goes on at the group's offset, not at the manifest's",
    ),
    bug(
        "reader-sees-uncommitted-records",
        "processor and sink read records of open and aborted transactions",
    ),
    bug(
        "csv-does-not-quote-carriage-returns",
        "a text with a carriage return is written without quotes",
    ),
    bug(
        "band-edge-belongs-below",
        "a value on the edge of a band gets the label below it",
    ),
    bug(
        "processor-does-not-rewind",
        "after an aborted transaction reading goes on where it was",
    ),
    bug(
        "processor-commits-dropped-records",
        "a stop after a failure commits positions that nobody has gone back from",
    ),
    bug(
        "processor-sends-out-of-order",
        "a transaction's records are sent before those of the one before it",
    ),
    bug(
        "processor-commits-out-of-order",
        "a transaction is committed before the one before it",
    ),
    bug(
        "processor-commits-without-membership",
        "offsets are committed without generation and member",
    ),
    bug(
        "processor-drops-letters-of-large-records",
        "the dead letter of a record that is too large is left out",
    ),
    bug(
        "keep-producer-after-failed-commit",
        "after a failed commit the same producer goes on in the same epoch",
    ),
    bug(
        "broker-acknowledges-before-the-sync",
        "records are acknowledged, and shown, before they are on the disk",
    ),
    bug("broker-skips-the-sync-of-logs", "the log is never synced"),
    bug(
        "broker-skips-the-sync-of-journals",
        "decisions and offsets are never synced",
    ),
    bug(
        "broker-shows-open-transactions",
        "the last stable offset is the high watermark",
    ),
    bug(
        "broker-accepts-old-epochs",
        "requests of a fenced producer are carried out",
    ),
    bug(
        "broker-forgets-pending-offsets",
        "offsets of open transactions do not survive a restart",
    ),
    bug(
        "broker-does-not-finish-decisions",
        "markers of a decided transaction are not written after a restart",
    ),
];

/// The planted bug of that name.
pub fn find(name: &str) -> Option<&'static Bug> {
    BUGS.iter().find(|bug| bug.name == name)
}
