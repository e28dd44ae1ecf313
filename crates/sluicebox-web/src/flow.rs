//! One snapshot of everything that flows: what the home page draws and the API answers.

use serde::Serialize;
use sluicebox_event::dead_letter::DEAD_LETTERS_FILE;
use utoipa::ToSchema;

/// The pipeline at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Flow {
    /// When it was taken, milliseconds since 1970; 0 before the first one.
    pub at_ms: i64,
    /// The cluster.
    pub cluster: ClusterFlow,
    /// The streams, in the order of their definitions.
    pub streams: Vec<StreamFlow>,
    /// The topics between processor and sink: processed records, then dead letters.
    pub outputs: Vec<TopicFlow>,
    /// The processors.
    pub processor: PartFlow,
    /// The sinks.
    pub sink: PartFlow,
    /// The files.
    pub files: Vec<FileFlow>,
    /// Why the files' manifest cannot be read, if it cannot.
    pub files_error: Option<String>,
    /// Why files and topics do not belong together, if they do not: another cluster, or a topic made anew.
    pub files_mismatch: Option<String>,
    /// From a source record's timestamp to its durable row, of the pipeline in this process.
    pub latency: Option<Latency>,
    /// Records that were rejected since this process started, by reason; of the pipeline in it.
    pub rejected: Vec<Rejected>,
    /// What came in and where it is.
    pub accounting: Accounting,
    /// What `verify` found last on these files.
    pub last_verify: Option<LastVerify>,
    /// What needs a person, worst first.
    pub attention: Vec<Attention>,
}

impl Flow {
    /// All topics: sources, then outputs.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &TopicFlow> {
        let sources = self.streams.iter().map(|stream| &stream.topic);
        sources.chain(&self.outputs)
    }

    /// The files of dead letters, and those of rows.
    pub(crate) fn letters_and_rows(&self) -> (Vec<&FileFlow>, Vec<&FileFlow>) {
        let files = self.files.iter();
        files.partition(|file| file.name == DEAD_LETTERS_FILE)
    }
}

/// The cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClusterFlow {
    /// Its id; empty while it was never reached.
    pub id: String,
    /// The addresses it was reached by.
    pub bootstrap_servers: String,
    /// Brokers that are up.
    pub brokers: usize,
    /// Why it does not answer, if it does not, in the words of the client library.
    pub error: Option<String>,
    /// The same in short: who does not answer, since when, and why.
    pub no_answer: Option<String>,
    /// What to do about it, where it is known.
    pub way_out: Option<String>,
}

/// A stream's source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct StreamFlow {
    /// The stream.
    pub name: String,
    /// Its topic.
    pub topic: TopicFlow,
    /// Records that the generators of this process have sent.
    pub generated: Option<u64>,
    /// Records that the processors of this process have rejected.
    pub rejected: Option<u64>,
}

/// A topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct TopicFlow {
    /// Its name.
    pub name: String,
    /// It does not exist, or could not be asked for.
    pub missing: bool,
    /// How many partitions it has.
    pub partitions: usize,
    /// Offsets that were given out: records, and markers of transactions.
    pub end: i64,
    /// Offsets per second.
    pub rate: f64,
    /// Partitions that have fewer replicas in sync than replicas.
    pub under_replicated: Vec<i32>,
    /// Partitions without a leader: nothing can be read or written there.
    pub offline: Vec<i32>,
}

/// Processors or sinks: a consumer group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct PartFlow {
    /// The group.
    pub group: String,
    /// The group's state, such as `Stable`.
    pub state: String,
    /// Offsets between what the group has committed and the last stable ones.
    pub lag: u64,
    /// Offsets per second that it commits.
    pub rate: f64,
    /// Its members and their partitions.
    pub members: Vec<MemberFlow>,
    /// What its parts on this machine say they do.
    pub here: Vec<PartHere>,
}

/// A member of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberFlow {
    /// The name it gave itself.
    pub client_id: String,
    /// Where it is.
    pub host: String,
    /// Its partitions, by topic.
    pub partitions: Vec<Owned>,
}

/// Partitions of one topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Owned {
    /// The topic.
    pub topic: String,
    /// The partitions.
    pub partitions: Vec<i32>,
}

/// A part that runs on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PartHere {
    /// Its process.
    pub pid: u64,
    /// What it does, in words.
    pub state: String,
    /// What it waits for.
    pub waits_for: Option<String>,
}

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct FileFlow {
    /// Its name.
    pub name: String,
    /// Committed rows.
    pub rows: u64,
    /// Committed bytes, header included.
    pub bytes: u64,
    /// Rows per second.
    pub rate: f64,
}

/// End-to-end latency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Latency {
    /// Half of the records took no longer, milliseconds.
    pub p50_ms: u64,
    /// 99 of 100 records took no longer, milliseconds.
    pub p99_ms: u64,
    /// Whether it is about the last seconds; else about all since the start.
    pub recent: bool,
}

/// Rejected records of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rejected {
    /// The stream.
    pub stream: String,
    /// The code of the reason.
    pub reason: String,
    /// How many.
    pub records: u64,
}

/// In = rows + dead letters + markers + in flight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Accounting {
    /// Records in the source topics, by their offsets; those that have expired count.
    pub input: u64,
    /// Rows in the streams' files.
    pub rows: u64,
    /// Rows in `dead_letters.csv`.
    pub letters: u64,
    /// Offsets of the source topics that hold no record but the marker of a replay: those that are known.
    pub markers: u64,
    /// Records on their way: not processed yet, or not in a file yet.
    pub in_flight: i64,
    /// Letters were replayed lately, and more of their markers may be among those in flight.
    pub with_markers: bool,
    /// Nothing is on its way any more, and the sum does not come out.
    pub off_balance: bool,
    /// Why there is no sum, where there is none: then the numbers are 0.
    pub unknown: Option<String>,
}

/// What `verify` found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LastVerify {
    /// When, RFC 3339.
    pub at: String,
    /// Source records that it looked at.
    pub records: u64,
    /// Findings that contradict the files.
    pub contradicted: u64,
    /// Findings that cannot be proven either way.
    pub unprovable: u64,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attention {
    /// How bad it is.
    pub level: Level,
    /// What it is about: `cluster`, `processor`, `sink`, `files`, `letters`, `accounting`.
    pub about: &'static str,
    /// What is the matter.
    pub what: String,
    /// What to do about it.
    pub advice: String,
    /// What the client library says of it, which is long; null where there is nothing more to say.
    pub details: Option<String>,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It will hurt if it goes on.
    Warning,
    /// It hurts.
    Critical,
}
