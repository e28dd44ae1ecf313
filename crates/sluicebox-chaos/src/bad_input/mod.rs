//! Every class of bad input, as tables.

pub mod class;
mod expected;
mod records;
mod values;

pub use class::{Bad, Class, Place};
pub use expected::{Expected, Tally};

/// All classes.
pub fn classes() -> impl Iterator<Item = &'static Class> {
    [
        values::MEMBERS,
        values::WHOLES,
        records::RECORDS,
        records::OUTPUTS,
    ]
    .into_iter()
    .flatten()
}
