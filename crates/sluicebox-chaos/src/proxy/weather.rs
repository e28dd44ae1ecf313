//! What happens to everything on the way to one node.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::rules::Direction;
use crate::dice::Dice;

/// The conditions of a node. They can be changed while traffic flows.
#[derive(Debug)]
pub struct Weather {
    blackhole: AtomicBool,
    refuse: AtomicBool,
    delays: Mutex<Delays>,
}

#[derive(Debug)]
struct Delays {
    /// In milliseconds, of requests and of answers.
    ranges: [Option<RangeInclusive<u64>>; 2],
    dice: Dice,
}

impl Weather {
    pub(super) fn new(seed: u64, node: usize) -> Self {
        Self {
            blackhole: AtomicBool::new(false),
            refuse: AtomicBool::new(false),
            delays: Mutex::new(Delays {
                ranges: [None, None],
                dice: Dice::new(seed, &format!("weather of node {node}")),
            }),
        }
    }

    /// Every frame in this direction takes so many milliseconds longer, drawn anew for each. A
    /// connection passes its frames one by one, so that many of them become slow as well.
    pub fn delay(&self, direction: Direction, millis: RangeInclusive<u64>) {
        self.delays().ranges[direction as usize] = Some(millis);
    }

    /// While this is on, connections are accepted, and nothing is passed on. What came meanwhile
    /// goes on afterwards, also when its sender is gone: as in a network that heals.
    pub fn blackhole(&self, on: bool) {
        self.blackhole.store(on, Ordering::Release);
    }

    /// While this is on, nobody listens. Connections that exist go on.
    pub fn refuse(&self, on: bool) {
        self.refuse.store(on, Ordering::Release);
    }

    /// Nothing is wrong any more.
    pub fn calm(&self) {
        self.blackhole(false);
        self.refuse(false);
        self.delays().ranges = [None, None];
    }

    pub(super) fn is_blackhole(&self) -> bool {
        self.blackhole.load(Ordering::Acquire)
    }

    pub(super) fn refuses(&self) -> bool {
        self.refuse.load(Ordering::Acquire)
    }

    pub(super) fn next_delay(&self, direction: Direction) -> Option<Duration> {
        let Delays { ranges, dice } = &mut *self.delays();
        let range = ranges[direction as usize].as_ref()?;
        Some(dice.millis(*range.start(), *range.end()))
    }

    fn delays(&self) -> MutexGuard<'_, Delays> {
        self.delays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
