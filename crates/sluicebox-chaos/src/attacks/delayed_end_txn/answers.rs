//! What brokers said to requests that came late.

use crate::proxy::frame::{Frame, api};
use crate::proxy::hold::Late;

/// What became of a late request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// The broker did as it was told.
    TookEffect,
    /// It knows a newer producer of that id.
    Fenced,
    /// It refused for another reason, by this code.
    Refused(i16),
    /// It closed the connection.
    NoAnswer,
    /// Its client waited again and got the answer itself.
    Resumed,
}

const NONE: i16 = 0;
const INVALID_PRODUCER_EPOCH: i16 = 47;
const PRODUCER_FENCED: i16 = 90;

pub(super) fn fate(late: &Late) -> Fate {
    let Some(code) = late
        .answer
        .as_ref()
        .and_then(|answer| error(&late.request, answer))
    else {
        return Fate::NoAnswer;
    };
    match code {
        NONE => Fate::TookEffect,
        INVALID_PRODUCER_EPOCH | PRODUCER_FENCED => Fate::Fenced,
        other => Fate::Refused(other),
    }
}

/// The error code in the answer, at the version that the client library speaks.
fn error(request: &Frame, answer: &Frame) -> Option<i16> {
    let bytes = answer.bytes();
    let at = match request.api_key() {
        // Version 1: size, correlation id, throttle time, error.
        api::END_TXN => 12,
        // Version 3, one partition: error, and the ends of partition, topic and answer, empty.
        api::TXN_OFFSET_COMMIT => bytes.len().checked_sub(5)?,
        _ => return None,
    };
    let code = bytes.get(at..at + 2)?;
    Some(i16::from_be_bytes([code[0], code[1]]))
}

impl Fate {
    /// For the table of results.
    pub(super) fn describe(self) -> String {
        match self {
            Self::TookEffect => "took effect".to_owned(),
            Self::Fenced => "fenced".to_owned(),
            Self::Refused(code) => format!("refused with error {code}"),
            Self::NoAnswer => "answered by nothing".to_owned(),
            Self::Resumed => "delivered while its client still had its connection".to_owned(),
        }
    }
}
