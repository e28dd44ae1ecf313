//! The targets by name.

use crate::{broker, definition, manifest, plan};

/// A function that takes any bytes and panics when something does not hold for them.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name of the target: of its binary under `fuzz/`, and of its directory under `fuzz/corpus/`.
    pub name: &'static str,
    /// What is run on an input.
    pub run: fn(&[u8]),
}

/// Every target there is.
pub const TARGETS: &[Target] = &[
    Target {
        name: "record_plan",
        run: plan::record_plan,
    },
    Target {
        name: "sink_row",
        run: plan::sink_row,
    },
    Target {
        name: "stream_definition",
        run: definition::stream_definition,
    },
    Target {
        name: "manifest",
        run: manifest::manifest,
    },
    Target {
        name: "broker_request",
        run: broker::broker_request,
    },
    Target {
        name: "broker_answers",
        run: broker::broker_answers,
    },
    Target {
        name: "record_batch",
        run: broker::record_batch,
    },
];
