//! What happens to chosen requests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::frame::Frame;
use super::hold::Hold;

/// On the way to the broker, or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the broker.
    Request,
    /// From the broker to the client.
    Answer,
}

/// Which requests a rule is about; every field narrows it down.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The kinds of requests, see [`super::frame::api`]; none: all kinds.
    pub apis: Vec<i16>,
    /// Bytes that are in the request, such as a transactional id; none: any.
    pub containing: Vec<u8>,
    /// The node, from 0.
    pub node: Option<usize>,
}

impl Choice {
    /// All requests of one kind.
    pub fn of(api: i16) -> Self {
        Self {
            apis: vec![api],
            ..Self::default()
        }
    }

    /// Those of them that have this text in them.
    #[must_use]
    pub fn containing(mut self, text: &str) -> Self {
        text.as_bytes().clone_into(&mut self.containing);
        self
    }

    fn fits(&self, node: usize, request: &Frame) -> bool {
        (self.apis.is_empty() || self.apis.contains(&request.api_key()))
            && self.node.is_none_or(|wanted| wanted == node)
            && request.contains(&self.containing)
    }
}

/// What happens to a request, or to its answer.
#[derive(Debug, Clone)]
pub enum Action {
    /// The request, and all that follows on its connection, is kept back until it is released.
    Hold(Hold, Meanwhile),
    /// So many bytes go on, always less than all, then the connection breaks on both sides.
    Cut(usize),
    /// It is thrown away, and the connection breaks on both sides.
    Lose,
}

/// What the client sees while its request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// Silence: it waits until it gives up.
    Silence,
    /// Its connection is closed at once.
    Disconnect,
}

/// What happens to which requests, and how often.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The requests.
    pub choice: Choice,
    /// To the requests, or to their answers. Answers cannot be held.
    pub at: Direction,
    /// What happens.
    pub action: Action,
    /// How many times; `None`: until the rule is removed.
    pub times: Option<u32>,
}

impl Rule {
    /// Holds the requests, `times` of them.
    pub fn hold(choice: Choice, hold: &Hold, meanwhile: Meanwhile, times: Option<u32>) -> Self {
        Self {
            choice,
            at: Direction::Request,
            action: Action::Hold(hold.clone(), meanwhile),
            times,
        }
    }
}

/// Names a rule that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleId(u64);

#[derive(Debug, Default)]
pub(super) struct Rules(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    rules: Vec<(RuleId, Rule)>,
}

impl Rules {
    pub(super) fn add(&self, rule: Rule) -> RuleId {
        let mut state = self.lock();
        let id = RuleId(state.next);
        state.next += 1;
        state.rules.push((id, rule));
        id
    }

    pub(super) fn remove(&self, rule: RuleId) {
        self.lock().rules.retain(|(id, _)| *id != rule);
    }

    pub(super) fn clear(&self) {
        self.lock().rules.clear();
    }

    /// What happens to this request or, later, to its answer; counted as done.
    pub(super) fn take(&self, node: usize, request: &Frame, at: Direction) -> Option<Action> {
        let mut state = self.lock();
        let fits = |rule: &Rule| rule.at == at && rule.choice.fits(node, request);
        let index = state.rules.iter().position(|(_, rule)| fits(rule))?;
        let rule = &mut state.rules[index].1;
        let action = rule.action.clone();
        if let Some(times) = &mut rule.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                state.rules.remove(index);
            }
        }
        Some(action)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
