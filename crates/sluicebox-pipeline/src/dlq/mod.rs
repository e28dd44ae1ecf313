//! Dead letters after the fact: read, found, and replayed into their source topics, each at most once.

mod check;
mod error;
mod forecast;
mod letter;
mod many;
mod markers;
mod read;
mod replay;
mod selection;

pub use check::would_reject;
pub use error::DlqError;
pub use forecast::Forecast;
pub use letter::{Header, KeptParts, LetterId, StoredLetter};
pub use many::{Many, Tally};
pub use markers::{KnownMarkers, Marker, Markers, read_markers};
pub use read::{LettersAt, read_letters};
pub use replay::{Replay, ReplayConfig, Replayed, Replayer, can_replay};
pub use selection::Selection;
pub use sluicebox_event::dead_letter::HEADER_REPLAY_OF;
