//! What can be found: a stable code, what it means, and what to do.

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// What the files say cannot be true: something was lost, doubled, changed or invented.
    Contradicted,
    /// It may be true, but nothing is left that could prove it.
    Unprovable,
}

impl Verdict {
    /// The word for it in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::Unprovable => "unprovable",
        }
    }
}

macro_rules! kinds {
    ($($variant:ident $code:literal $verdict:ident $meaning:literal $advice:literal)+) => {
        /// A kind of finding. The codes are stable: scripts count by them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind { $(#[doc = $meaning] $variant),+ }

        impl Kind {
            /// The code, as in `--json`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// How bad it is.
            pub fn verdict(self) -> Verdict {
                match self { $(Self::$variant => Verdict::$verdict),+ }
            }

            /// What it means, a sentence for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }

            /// What to do about it.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice),+ }
            }

            /// Every kind, in the order of the documentation.
            pub fn all() -> &'static [Self] {
                &[$(Self::$variant),+]
            }
        }
    };
}

kinds! {
    ManifestDamaged "manifest_damaged" Contradicted
        "The manifest cannot be read, so nothing says which bytes of the files count; they are read to their ends."
        "Restore the manifest from a copy as old as the files; no sink starts on this directory."
    ManifestMissing "manifest_missing" Contradicted
        "There are rows and no manifest, so nothing says which of them count; the files are read to their ends."
        "Restore the manifest; no sink starts on this directory."
    FileMissing "file_missing" Contradicted
        "The manifest speaks of a file that is not there: its rows are lost."
        "Restore the file from a copy, or rebuild the directory from the topics."
    FileShorter "file_shorter" Contradicted
        "The file has fewer bytes than were committed: rows at its end are lost."
        "Restore the file from a copy, or rebuild the directory from the topics; look at the disk."
    FileChanged "file_changed" Contradicted
        "The committed bytes are not those that were written: their checksum (CRC-32C) differs from the manifest's."
        "Restore the file from a copy. Findings of rows in the same file say what was changed; without any, the change is in the header, or in bytes that no row depends on."
    HeaderChanged "header_changed" Contradicted
        "The first line of the file is not the header that the manifest knows."
        "Restore the file from a copy; rows are read with the columns of the manifest."
    RowCountWrong "row_count_wrong" Contradicted
        "The committed part of the file has another number of rows than the manifest says."
        "Rows were removed or added; other findings say which, where the topics still tell."
    RowUnreadable "row_unreadable" Contradicted
        "These bytes are no row of this file: foreign, torn, or damaged."
        "Restore the file from a copy."
    RowMissing "row_missing" Contradicted
        "The processor has handled this record and the sink has read its output, but no file has a row or a letter of it."
        "It was lost. Keep the topics and the directory, and report it; a directory rebuilt from the topics has the row."
    RowDoubled "row_doubled" Contradicted
        "The record is in the files more than once; this is a later one of its rows."
        "Readers count it twice. Keep the topics and the directory, and report it, unless somebody edited the file."
    OutputDoubled "output_doubled" Contradicted
        "The record has more than one output: a row and an output that the sink has not read yet, or two such outputs."
        "Two processor groups wrote into the same output topics, or offsets were set back. Stop the second one; the sink refuses the later output, and leaves it out with --skip-repeats."
    ReplayedTwice "replayed_twice" Contradicted
        "Two source records are replays of the same dead letter; this is the later one."
        "Both are in the files. Somebody sent a record with the header sluicebox.replay.of, or removed markers from the topic of replays; if nobody did, keep the topics and report it."
    RowChanged "row_changed" Contradicted
        "The row is not what the definitions give for its record."
        "Restore the file from a copy. If the checksum of the file is right, keep topics and directory, and report it."
    RowMisplaced "row_misplaced" Contradicted
        "The row stands in a file that is not its own."
        "Restore the files from a copy."
    RowInvented "row_invented" Contradicted
        "There is no such record in the topic that the row says it comes from."
        "Somebody added the row, or changed its source columns; or the topic has lost its end."
    OutOfOrder "out_of_order" Contradicted
        "Two rows of the same key stand in another order than their records."
        "Rows were moved, unless an output topic was given more partitions: then keys change their way. If the checksum of the file is right and no partitions were added, keep topics and directory, and report it."
    NoTopics "no_topics" Unprovable
        "Without the topics it cannot be told whether rows are missing, changed or invented; holes, doubled rows and checksums were checked."
        "Name the cluster with --bootstrap-servers, or the embedded broker's directory with --data-dir."
    OffsetGap "offset_gap" Unprovable
        "No row has these offsets. They may be markers of transactions or records that a producer aborted, or rows may be missing."
        "Run verify with the topics: they tell which."
    OrderUnknown "order_unknown" Unprovable
        "Rows of this source partition do not stand in the order of their records. That is allowed for different keys, and without the topics keys are not known."
        "Run verify with the topics."
    SourceExpired "source_expired" Unprovable
        "The topic does not hold the record any more (retention), so the row cannot be compared with it."
        "Nothing is wrong; verify more often than records expire, or keep them longer."
    SourceGone "source_gone" Unprovable
        "The source topic does not exist, was made anew, or is compacted: it cannot tell what these rows should be."
        "Nothing is known to be wrong. Point verify at the cluster that has the topic, if there is one."
    StreamUnknown "stream_unknown" Unprovable
        "No stream of the configuration reads the topic that these rows or letters name: a run with another stream wrote them."
        "Name that stream's definition with --stream FILE, as at the run that wrote them."
    PlanChanged "plan_changed" Unprovable
        "The row is not what the present definitions give, and rows of this directory were written with others as well."
        "Nothing is known to be wrong. Verify before you change definitions, or start a new directory when you do."
    AcceptedLoss "accepted_loss" Unprovable
        "No file has a row of this record. Its output belongs into a partition of which the manifest records offsets as given up (--accept-loss), and there are no more of them, in no more pieces, than were given up."
        "It was accepted when it happened."
    FileArchived "file_archived" Unprovable
        "A sealed file is not in the directory; it may have been archived. Its rows cannot be looked at."
        "Put it back to have it verified."
    LineageUnknown "lineage_unknown" Unprovable
        "The file has no columns that say which record a row comes from, or no stream of the configuration writes it; or no stream reads the topic that a letter names."
        "Name the stream's definition with --stream; keep source_partition and source_offset among its columns."
    FileUnknown "file_unknown" Unprovable
        "A file is named like ours, and the manifest says nothing about it. Readers may take it for output."
        "Move it elsewhere if it is a copy."
    UncommittedTail "uncommitted_tail" Unprovable
        "Bytes stand behind the committed part of the file, and no sink is writing: the rest of a row that was under way when a sink ended, or somebody's. They count for nothing, but who reads the file to its end reads them."
        "Start the sink: it cuts them, and writes the rows that were lost with them again. Until then read no further than the lengths that `sluicebox status` shows."
    ReplaysUnchecked "replays_unchecked" Unprovable
        "So many replays of dead letters come after those that were remembered, and may be of the same letters."
        "Nothing is known to be wrong. Verify before so many replays are in the source topics."
    TransactionOpen "transaction_open" Unprovable
        "No file has a row of this record, and a transaction on the output topics is still open that may hold its output."
        "Run verify again when it has ended; brokers end it at its timeout."
    OutputGone "output_gone" Unprovable
        "What the output topics held behind the sink's position is not there any more, and it may have been the output of this record, which no file has a row of."
        "The sink says at its next start which positions are gone. The record itself is still in its source topic."
    LimitChanged "limit_changed" Unprovable
        "The letter was cut, or its record refused, for its size, and the topics' size limits are others now. Under the limit that it names, the row is right."
        "Nothing is known to be wrong."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_documented_in_these_words() {
        let page = include_str!("../../../../docs/verify.md");
        for kind in Kind::all() {
            let row = format!(
                "| `{}` | {} | {} |",
                kind.code(),
                kind.meaning(),
                kind.advice()
            );
            assert!(page.contains(&row), "docs/verify.md lacks the row\n{row}");
        }
    }

    #[test]
    fn codes_are_unique_and_texts_are_sentences() {
        let mut codes: Vec<_> = Kind::all().iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Kind::all().len());
        for kind in Kind::all() {
            for text in [kind.meaning(), kind.advice()] {
                assert!(text.ends_with('.') && text.len() > 20, "{kind:?}: {text}");
            }
        }
    }
}
