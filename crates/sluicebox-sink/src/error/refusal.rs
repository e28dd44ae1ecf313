//! Why a directory was not opened, and what to do about it.

use std::io;

/// Why a directory was not opened. Paths are as a person finds them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The directory cannot be made or written.
    #[error("cannot write to the directory {directory}: {source}")]
    NotWritable {
        /// The directory.
        directory: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// An operation on a file failed.
    #[error("cannot {operation} {file}: {source}")]
    Io {
        /// A verb: `read`, `create`, `cut`.
        operation: &'static str,
        /// The file.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Two files of the layout have one name, or a name is not a plain file name.
    #[error("`{name}` cannot be the name of a data file: {reason}")]
    BadFileName {
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// More topics than [`TOPICS_MAX_COUNT`](crate::limits::TOPICS_MAX_COUNT).
    #[error("{count} topics are more than the {limit} that a sink follows")]
    TooManyTopics {
        /// How many, with those in the manifest.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A file that no manifest speaks of begins with something else than our header.
    #[error("{file} is not ours: its first line is `{found}`, expected `{expected}`")]
    ForeignHeader {
        /// The file.
        file: String,
        /// The header it should have.
        expected: String,
        /// The beginning of what it has.
        found: String,
    },
    /// A file with our header has rows, but no manifest says which of them count.
    #[error(
        "{file} has {length} bytes, but {manifest} says nothing about it, so nobody knows which \
         of its rows count"
    )]
    UnrecordedRows {
        /// The file.
        file: String,
        /// Its length in bytes.
        length: u64,
        /// The manifest.
        manifest: String,
    },
    /// The file was written with other columns.
    #[error(
        "{file} was written with the columns `{recorded}`, but the stream definition now has \
         `{wanted}`"
    )]
    ColumnsChanged {
        /// The file.
        file: String,
        /// Its header.
        recorded: String,
        /// The header of today's definition.
        wanted: String,
    },
    /// A stream reads another topic than the one that its file has rows of.
    #[error(
        "{file} has rows of {recorded}, but its stream now reads `{wanted}`: in one file, rows of \
         both topics could not be told apart"
    )]
    SourceChanged {
        /// The file.
        file: String,
        /// The topic whose rows it has, in words.
        recorded: String,
        /// The topic of today's definition.
        wanted: String,
    },
    /// A file has fewer bytes than were committed (0 when it is gone).
    #[error("{file} has {found} bytes, but {recorded} were committed: rows are lost")]
    ShorterThanRecorded {
        /// The file.
        file: String,
        /// Its length in bytes; 0 when it is gone.
        found: u64,
        /// The committed length in bytes.
        recorded: u64,
    },
    /// The committed bytes of a file are not those that were written.
    #[error(
        "{file} was changed from outside: the CRC-32C of its first {length} bytes is {found:08x}, \
         committed was {recorded:08x}"
    )]
    ContentChanged {
        /// The file.
        file: String,
        /// The committed length in bytes, which is what was read.
        length: u64,
        /// CRC-32C of what was read.
        found: u32,
        /// The recorded CRC-32C.
        recorded: u32,
    },
    /// The manifest was written for another Kafka cluster.
    #[error(
        "{manifest} belongs to the cluster `{recorded}`, but this is the cluster `{found}`: its \
         offsets mean nothing here"
    )]
    OtherCluster {
        /// The manifest.
        manifest: String,
        /// Cluster id in the manifest.
        recorded: String,
        /// Cluster id now.
        found: String,
    },
    /// A topic was deleted and made anew: offsets of the old one mean nothing in the new one.
    #[error(
        "the topic `{topic}` was recreated: {manifest} knows it with the id {recorded}, now it \
         has {found}"
    )]
    TopicRecreated {
        /// The topic.
        topic: String,
        /// The manifest.
        manifest: String,
        /// Topic id in the manifest.
        recorded: String,
        /// Topic id now.
        found: String,
    },
    /// The manifest belongs to another layout.
    #[error("{manifest} is of the layout `{recorded}`, not `{wanted}`")]
    OtherLayout {
        /// The manifest.
        manifest: String,
        /// The layout it was written by.
        recorded: String,
        /// The layout asked for.
        wanted: String,
    },
    /// The manifest was written by a newer version.
    #[error("{manifest} has the format version {version}; this program reads up to {newest}")]
    NewerManifest {
        /// The manifest.
        manifest: String,
        /// Its version.
        version: u8,
        /// The newest version known here.
        newest: u8,
    },
    /// The manifest is damaged elsewhere than in an unfinished last record.
    #[error("{manifest} is damaged at byte {offset}: {what}")]
    DamagedManifest {
        /// The manifest.
        manifest: String,
        /// Where, in bytes from its beginning.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
}

impl Refusal {
    /// What a person can do about it.
    pub fn way_out(&self) -> String {
        // With the old group a sink on an empty directory goes on at the group's offsets: the rows
        // before them are somebody else's, for all it knows.
        const ANEW: &str = "move the whole directory aside (not an embedded broker's directory in \
                            it) and start again with another group (sink.group in the \
                            configuration): rows are rebuilt from the topics as far back as these \
                            reach";
        match self {
            Self::NotWritable { .. } => {
                "check the path and its permissions, or choose another output directory".into()
            }
            Self::Io { source, .. } if crate::storage::is_full(source) => {
                let room = crate::storage::make_room(source);
                format!("{room} and start again; nothing that was committed is lost")
            }
            Self::Io { .. } => {
                "check the permissions and the health of this disk, then start again; nothing \
                 that was committed is lost"
                    .into()
            }
            Self::BadFileName { .. } => "choose another file name in the configuration".into(),
            Self::TooManyTopics { .. } => "split the streams over several sinks".into(),
            Self::ForeignHeader { .. } => {
                "it was left untouched; move it away, or choose another output directory or \
                 file name"
                    .into()
            }
            Self::UnrecordedRows { .. } => {
                format!("restore the manifest that belongs to it; or {ANEW}")
            }
            Self::ColumnsChanged { .. } => {
                "start once with --rotate, which seals this file under a numbered name and \
                 begins a new one; or restore the former definition"
                    .into()
            }
            Self::SourceChanged { .. } => {
                "give the stream a new file (`file` in its definition, or streams.file_names in the \
                 configuration): the old one stays as it is; or give it its former topic back"
                    .into()
            }
            Self::ShorterThanRecorded { .. } | Self::ContentChanged { .. } => {
                format!("restore this file from a copy; or {ANEW}")
            }
            Self::OtherCluster { .. } | Self::OtherLayout { .. } => {
                "choose another output directory, or check the bootstrap servers and the layout"
                    .into()
            }
            Self::TopicRecreated { .. } => {
                "move the whole directory aside, which keeps what was read of the old topic, and \
                 start on an empty one: once with --accept-loss, to go on where the group stands \
                 in the topics that stayed, or with another group (sink.group in the \
                 configuration), to read all topics from their beginning"
                    .into()
            }
            Self::NewerManifest { .. } => "start the newer version of this program".into(),
            Self::DamagedManifest { .. } => {
                format!("restore the manifest from a copy as old as the data files; or {ANEW}")
            }
        }
    }
}
