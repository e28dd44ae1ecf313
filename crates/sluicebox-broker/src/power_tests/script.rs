//! What the client of these tests does, step by step.

/// A batch: its partition, and how many records are in it.
pub(super) type Batch = (i32, i64);

/// One step: what a crash cuts off is done again by the client, as real clients do.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A topic with so many partitions; more settings.
    Topic(i32, &'static [(&'static str, &'static str)]),
    Partitions(i32),
    /// A producer without transactions.
    StartPlain,
    /// All at once, then it waits for all of them.
    Send(&'static [Batch]),
    /// A transactional producer; the one before is fenced, and what it left open aborted.
    StartTransactional,
    /// These partitions and the group join the transaction.
    Begin(&'static [i32]),
    SendInTransaction(&'static [Batch]),
    OffsetInTransaction(i64),
    End {
        commit: bool,
    },
    CommitOffset(i64),
    /// Both journals are rewritten.
    Compact,
    /// All records of a partition are deleted.
    DeleteRecords(i32),
    /// Old segments go, by the topic's settings.
    Retain,
    /// Another topic comes and goes.
    OtherTopic,
    /// The broker stops as it should, and starts.
    Restart,
}

/// What happens, and what there must be.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) name: &'static str,
    pub(super) steps: &'static [Step],
    /// Records may go from the beginning of a log.
    pub(super) retains: bool,
    /// So many bytes go into one write at most.
    pub(super) write_max_bytes: usize,
    /// So many different states it visits at least.
    pub(super) states_at_least: u64,
}

const SMALL_SEGMENTS: &[(&str, &str)] = &[("segment.bytes", "1024")];

pub(super) const SCRIPTS: [Script; 4] = [
    Script {
        name: "idempotent producers over small segments",
        steps: &[
            Step::Topic(2, SMALL_SEGMENTS),
            Step::StartPlain,
            Step::Send(&[(0, 3), (1, 2), (0, 40)]),
            Step::Send(&[(0, 30), (0, 30), (0, 30), (1, 9)]),
            Step::Send(&[(0, 60), (0, 60), (1, 1), (0, 2), (1, 50)]),
            Step::Restart,
            Step::Send(&[(0, 50), (1, 90), (1, 1)]),
            Step::DeleteRecords(0),
            Step::Send(&[(0, 1), (0, 70), (1, 3)]),
            Step::Partitions(3),
            Step::Send(&[(2, 4), (0, 4)]),
        ],
        retains: false,
        write_max_bytes: usize::MAX,
        states_at_least: 300,
    },
    Script {
        name: "transactions",
        steps: &[
            Step::Topic(3, SMALL_SEGMENTS),
            Step::StartPlain,
            Step::StartTransactional,
            Step::Begin(&[0, 1]),
            Step::SendInTransaction(&[(0, 2), (1, 3), (0, 20)]),
            Step::OffsetInTransaction(5),
            Step::Send(&[(0, 2), (1, 1)]),
            Step::End { commit: true },
            Step::CommitOffset(7),
            Step::Begin(&[0, 2]),
            Step::SendInTransaction(&[(0, 40), (2, 1), (0, 30)]),
            Step::OffsetInTransaction(11),
            Step::End { commit: false },
            Step::Compact,
            Step::Begin(&[1, 2]),
            Step::SendInTransaction(&[(1, 3), (2, 4)]),
            Step::Restart,
            Step::SendInTransaction(&[(1, 60), (2, 2)]),
            Step::OffsetInTransaction(20),
            Step::Compact,
            Step::End { commit: true },
            Step::Begin(&[0]),
            Step::SendInTransaction(&[(0, 5)]),
            Step::StartTransactional,
            Step::OtherTopic,
            Step::Begin(&[0, 1, 2]),
            Step::SendInTransaction(&[(0, 5), (1, 5), (2, 5)]),
            Step::OffsetInTransaction(30),
            Step::End { commit: true },
        ],
        retains: false,
        write_max_bytes: usize::MAX,
        states_at_least: 300,
    },
    Script {
        name: "writes in small pieces",
        steps: &[
            Step::Topic(2, &[]),
            Step::StartTransactional,
            Step::Begin(&[0, 1]),
            Step::SendInTransaction(&[(0, 2), (1, 3)]),
            Step::OffsetInTransaction(5),
            Step::End { commit: true },
            Step::StartPlain,
            Step::Send(&[(0, 9), (1, 1), (0, 1)]),
            Step::CommitOffset(7),
            Step::Begin(&[1]),
            Step::SendInTransaction(&[(1, 3)]),
            Step::End { commit: false },
        ],
        retains: false,
        write_max_bytes: 50,
        states_at_least: 300,
    },
    Script {
        name: "retention",
        steps: &[
            Step::Topic(1, &[("segment.bytes", "1024"), ("retention.bytes", "2000")]),
            Step::StartPlain,
            Step::Send(&[(0, 60), (0, 60)]),
            Step::Send(&[(0, 60), (0, 60), (0, 60)]),
            Step::Send(&[(0, 60), (0, 60)]),
            Step::Retain,
            Step::Send(&[(0, 60)]),
            Step::Restart,
            Step::Send(&[(0, 60), (0, 1)]),
            Step::Retain,
            Step::Send(&[(0, 2)]),
        ],
        retains: true,
        write_max_bytes: usize::MAX,
        states_at_least: 100,
    },
];
