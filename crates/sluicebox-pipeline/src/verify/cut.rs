//! Where everything stands at one moment.

/// What the cluster said.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) cluster_id: String,
    /// By stream.
    pub(super) sources: Vec<Source>,
    /// Processed data, then dead letters.
    pub(super) outputs: [Output; 2],
    /// Transactions on the output topics are still open: what they hold is not known.
    pub(super) is_open: bool,
    /// Output records that the sink has not read are gone, or the topics are others now.
    pub(super) is_output_gone: bool,
    /// Largest output record, as the processor reckons it.
    pub(super) record_bytes_max: usize,
}

/// A source topic.
#[derive(Debug)]
pub(super) struct Source {
    /// Why it cannot tell what rows should be.
    pub(super) gone: Option<String>,
    pub(super) partitions: Vec<SourceLog>,
}

/// A partition of a source topic.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceLog {
    pub(super) partition: i32,
    pub(super) earliest: i64,
    /// The last stable offset.
    pub(super) end: i64,
    /// The processor's committed offset.
    pub(super) committed: Option<i64>,
}

/// An output topic.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Why it cannot tell what the sink could not read.
    pub(super) gone: Option<String>,
    pub(super) tails: Vec<Tail>,
}

/// What of an output partition the sink has not read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub(super) partition: i32,
    pub(super) earliest: i64,
    pub(super) next: i64,
    pub(super) end: i64,
}
