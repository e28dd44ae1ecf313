//! What is on a disk before anyone has opened a file on it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A file or a directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A directory; what is in it has its own entry.
    Directory,
    /// A file and its content.
    File(Arc<Vec<u8>>),
}

/// All files and directories by path. Paths are relative, their parts separated by `/`; the root,
/// which is always there, has no entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Image {
    pub(crate) nodes: BTreeMap<String, Node>,
}

impl Image {
    /// The content of a file.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        match self.nodes.get(path)? {
            Node::File(content) => Some(content),
            Node::Directory => None,
        }
    }

    /// Puts a file there, or another content into it.
    pub fn put(&mut self, path: &str, content: Vec<u8>) {
        let node = Node::File(Arc::new(content));
        self.nodes.insert(path.to_owned(), node);
    }

    /// All files, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.nodes.iter().filter_map(|(path, node)| match node {
            Node::File(content) => Some((path.as_str(), content.as_slice())),
            Node::Directory => None,
        })
    }

    /// A number that another content has hardly ever, together with what the test expects of it.
    pub(crate) fn fingerprint(&self, expected: &impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        expected.hash(&mut hasher);
        hasher.finish()
    }
}

/// The directory that a path is in; empty for the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}
