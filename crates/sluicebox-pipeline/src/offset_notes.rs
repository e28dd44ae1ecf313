//! Which topic a committed offset belongs to.
//!
//! A topic that is deleted and made anew under its old name has offsets of its own: going on at the
//! old ones would leave its first records out. So each offset is committed with a note of the id of
//! the topic whose records were read (KIP-516), and is taken for that topic only. Brokers keep an
//! offset's note; offsets that were set by hand have none.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What a note begins with; the topic's id follows, if the broker has told one.
const NOTE: &str = "sluicebox:";

/// The notes for the offsets of some topics, by the topics' names.
#[derive(Debug, Clone, Default)]
pub(crate) struct OffsetNotes(Arc<BTreeMap<String, String>>);

/// Whose offset a group has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// One of our tasks', of this topic.
    Ours,
    /// One of our tasks', of an earlier topic of this name.
    OldTopic,
    /// Set by hand, by another program, or by a version that made no notes.
    Another,
}

impl OffsetNotes {
    /// Notes for topics with these ids.
    pub(crate) fn new(ids: impl IntoIterator<Item = (String, String)>) -> Self {
        let noted = |(topic, id)| (topic, format!("{NOTE}{id}"));
        Self(Arc::new(ids.into_iter().map(noted).collect()))
    }

    /// These notes and those for further topics; where both have one, the further one counts.
    pub(crate) fn and(&self, ids: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut notes = BTreeMap::clone(&self.0);
        notes.extend(Self::new(ids).0.iter().map(|(t, n)| (t.clone(), n.clone())));
        Self(Arc::new(notes))
    }

    /// The notes, by topic.
    pub(crate) fn by_topic(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Whose offset it is that was committed with this note.
    pub(crate) fn owner(&self, topic: &str, note: &str) -> Owner {
        let Some(noted) = note.strip_prefix(NOTE) else {
            return Owner::Another;
        };
        let known = self.0.get(topic);
        let known = known.and_then(|note| note.strip_prefix(NOTE));
        match known {
            Some(id) if !id.is_empty() && !noted.is_empty() && id != noted => Owner::OldTopic,
            _ => Owner::Ours,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(note: &str) -> Owner {
        let notes = OffsetNotes::new([("in".to_owned(), "new".to_owned())]);
        notes.owner("in", note)
    }

    #[test]
    fn an_offset_is_taken_for_the_topic_that_it_was_noted_for_only() {
        assert_eq!(owner("sluicebox:new"), Owner::Ours);
        assert_eq!(owner("sluicebox:old"), Owner::OldTopic);
        assert_eq!(owner("sluicebox:"), Owner::Ours, "a broker without ids");
        assert_eq!(owner(""), Owner::Another);
        assert_eq!(owner("by hand"), Owner::Another);
    }
}
