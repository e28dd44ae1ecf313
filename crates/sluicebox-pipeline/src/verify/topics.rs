//! The topics that rows can name, as small numbers.

use sluicebox_event::Plans;
use sluicebox_sink::ManifestState;

use crate::config::OutputTopics;

/// Names by index: the source topics in the order of their streams, then the two output topics,
/// then topics of which only the manifest knows.
#[derive(Debug)]
pub(super) struct Topics {
    names: Vec<String>,
    sources: usize,
    /// The one that was asked for last: letters come in runs.
    last: usize,
}

/// What a topic is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TopicKind {
    /// The source topic of a stream.
    Source,
    /// Processed data or dead letters: named by letters of the sink.
    Output,
    /// The source topic of a stream that is not in the configuration any more.
    Former,
}

impl Topics {
    pub(super) fn new(
        plans: &Plans,
        outputs: &OutputTopics,
        manifest: Option<&ManifestState>,
    ) -> Self {
        let mut names: Vec<String> = plans
            .streams()
            .iter()
            .map(|stream| stream.source_topic().to_owned())
            .collect();
        let sources = names.len();
        names.extend([outputs.processed.clone(), outputs.dead_letters.clone()]);
        for name in manifest.iter().flat_map(|state| &state.sources) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        Self {
            names,
            sources,
            last: 0,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// How many of them are source topics of streams.
    pub(super) fn sources(&self) -> usize {
        self.sources
    }

    /// All names.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of a topic.
    pub(super) fn name(&self, index: u16) -> &str {
        &self.names[usize::from(index)]
    }

    /// What it is to us.
    pub(super) fn kind(&self, index: u16) -> TopicKind {
        match usize::from(index) {
            index if index < self.sources => TopicKind::Source,
            index if index < self.sources + 2 => TopicKind::Output,
            _ => TopicKind::Former,
        }
    }

    /// The index of a name.
    pub(super) fn index_of(&mut self, name: &str) -> Option<u16> {
        if self.names[self.last] != name {
            self.last = self.names.iter().position(|known| known == name)?;
        }
        Some(self.last as u16)
    }
}
