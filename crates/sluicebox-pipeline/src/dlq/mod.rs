//! Dead letters after the fact: read, found, and replayed into their source topics, each at most once.

mod error;
mod letter;
mod markers;
mod read;
mod replay;

pub use error::DlqError;
pub use letter::{Header, LetterId, StoredLetter};
pub use markers::{Marker, Markers, read_markers};
pub use read::{LettersAt, read_letters};
pub use replay::{HEADER_REPLAY_OF, Replay, ReplayConfig, Replayed, Replayer};
