//! Every planted bug there is: mistakes that somebody could make, each switched on by its name in
//! `SLUICEBOX_PLANT`. A test holds this list and the sources together.

/// A mistake that is compiled in, and switched off.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// What `SLUICEBOX_PLANT` calls it.
    pub name: &'static str,
    /// What is wrong, for the table of results.
    pub what: &'static str,
}

/// All planted bugs.
pub const BUGS: &[Bug] = &[Bug {
    name: "keep-producer-after-failed-commit",
    what: "after a failed commit the same producer goes on in the same epoch",
}];

/// The planted bug of that name.
pub fn find(name: &str) -> Option<&'static Bug> {
    BUGS.iter().find(|bug| bug.name == name)
}
