//! Letters that are meant together.

use super::letter::StoredLetter;

/// Which letters are meant: those of these reasons, of this source topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Codes of reasons; none: any.
    pub reasons: Vec<String>,
    /// The source topic; `None`: any.
    pub topic: Option<String>,
}

impl Selection {
    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.reasons.is_empty() && self.topic.is_none()
    }

    /// Whether the letter is one of them.
    pub fn takes(&self, letter: &StoredLetter) -> bool {
        let is_topic = |topic: &String| *topic == letter.source_topic;
        (self.reasons.is_empty() || self.reasons.contains(&letter.reason))
            && self.topic.as_ref().is_none_or(is_topic)
    }
}
