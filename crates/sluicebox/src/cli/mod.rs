//! The command line: a tree of commands, each with the settings it takes.

mod args;
mod dlq;
mod tree;

pub(crate) use tree::{NAME, command};
