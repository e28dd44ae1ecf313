//! The command line: a tree of commands, each with the settings it takes.

mod args;
mod dlq;
mod moments;
mod topics;
mod tree;

pub(crate) use moments::{Moment, Since};
pub(crate) use tree::{NAME, command};
