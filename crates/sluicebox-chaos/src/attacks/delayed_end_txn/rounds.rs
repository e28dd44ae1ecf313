//! The kinds of accidents, and one round of each.

use std::thread;
use std::time::{Duration, Instant};

use super::answers::{Fate, fate};
use super::worker::Worker;
use crate::context::Context;
use crate::error::{ChaosError, Result};
use crate::proxy::frame::api;
use crate::proxy::hold::{Hold, Released};
use crate::proxy::rules::{Choice, Meanwhile, Rule};

/// How long a client waits that will not be answered.
const GIVES_UP: Duration = Duration::from_millis(300);
/// How long a client waits whose library repeats the request by itself.
const PATIENT: Duration = Duration::from_secs(15);
/// How long the end of an abandoned client's connection is waited for.
const CLOSES: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(2);

/// What happens to which request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The connection breaks under a commit, and the library repeats it.
    CommitBroken,
    /// A commit is not answered until the request times out, and the library repeats it.
    CommitSilent,
    /// No commit comes through until the client gives up.
    CommitGivenUp,
    /// The connection breaks under an abort.
    AbortBroken,
    /// The connection breaks under the offsets of a transaction, and the library repeats them.
    OffsetsBroken,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [
        Self::CommitBroken,
        Self::CommitSilent,
        Self::CommitGivenUp,
        Self::AbortBroken,
        Self::OffsetsBroken,
    ];

    fn describe(self) -> &'static str {
        match self {
            Self::CommitBroken => "EndTxn held, connection broken",
            Self::CommitSilent => "EndTxn held until the request timed out",
            Self::CommitGivenUp => "every EndTxn held until the client gave up",
            Self::AbortBroken => "EndTxn of an abort held, connection broken",
            Self::OffsetsBroken => "TxnOffsetCommit held, connection broken",
        }
    }
}

/// What a round did.
#[derive(Debug)]
pub(super) struct Report {
    kind: Kind,
    fates: Vec<Fate>,
    called_off: bool,
}

impl Report {
    pub(super) fn took_effect(&self) -> u64 {
        let effective = self.fates.iter().filter(|fate| **fate == Fate::TookEffect);
        effective.count() as u64
    }

    pub(super) fn count(&self, context: &mut Context) {
        let mut add = |what: String| *context.faults.entry(what).or_default() += 1;
        add(self.kind.describe().to_owned());
        for fate in &self.fates {
            add(format!("late request {}", fate.describe()));
        }
        if self.called_off {
            add("transaction called off after the late request".to_owned());
        }
    }
}

/// One accident, some transactions, and the late delivery in the middle of one more.
pub(super) fn make(worker: &mut Worker, kind: Kind) -> Result<Report> {
    one(worker, kind).map_err(|error| match error {
        ChaosError::Finding(what) => ChaosError::Finding(format!("{}: {what}", kind.describe())),
        ChaosError::Fixture(what) => ChaosError::Fixture(format!("{}: {what}", kind.describe())),
    })
}

fn one(worker: &mut Worker, kind: Kind) -> Result<Report> {
    let late = Hold::new();
    accident(worker, kind, &late)?;
    for _ in 0..worker.dice.between(0, 2) {
        worker.whole_transaction(PATIENT)?;
    }
    // The library may close a connection some time after it was told to.
    let deadline = Instant::now() + CLOSES;
    while !late.is_orphaned() && Instant::now() < deadline {
        thread::sleep(POLL);
    }
    worker.begin()?;
    let called_off = kind != Kind::OffsetsBroken && worker.dice.one_in(2);
    let released = if called_off || (kind != Kind::OffsetsBroken && worker.dice.one_in(2)) {
        // Between the records and the offsets.
        let released = worker.proxy.release(&late)?;
        if called_off {
            worker.call_off()?;
        } else {
            worker.commit(PATIENT)?;
        }
        released
    } else {
        deliver_between_offsets_and_end(worker, &late)?
    };
    worker.whole_transaction(PATIENT)?;
    Ok(Report {
        kind,
        fates: fates(&released),
        called_off,
    })
}

/// A transaction that is hit; afterwards its request is held, and the client has gone on.
fn accident(worker: &mut Worker, kind: Kind, late: &Hold) -> Result<()> {
    let offsets = kind == Kind::OffsetsBroken;
    let api = if offsets {
        api::TXN_OFFSET_COMMIT
    } else {
        api::END_TXN
    };
    let (meanwhile, times, wait) = match kind {
        Kind::CommitSilent => (Meanwhile::Silence, Some(1), PATIENT),
        Kind::CommitGivenUp => (Meanwhile::Silence, None, GIVES_UP),
        _ => (Meanwhile::Disconnect, Some(1), PATIENT),
    };
    worker.begin()?;
    let choice = Choice::of(api).containing(worker.id());
    let rule = worker.proxy.add(Rule::hold(choice, late, meanwhile, times));
    let done = if kind == Kind::AbortBroken {
        worker.call_off()
    } else {
        worker.commit_under_rule(wait, rule)
    };
    worker.proxy.remove(rule);
    done?;
    if late.is_empty() {
        let what = format!("{kind:?}: nothing was held of {}", worker.id());
        return Err(ChaosError::Fixture(what));
    }
    Ok(())
}

/// The worker's own `EndTxn` waits in the network until the late request is delivered: it comes when
/// the offsets are in the transaction already.
fn deliver_between_offsets_and_end(worker: &mut Worker, late: &Hold) -> Result<Released> {
    let own = Hold::new();
    let choice = Choice::of(api::END_TXN).containing(worker.id());
    let rule = worker
        .proxy
        .add(Rule::hold(choice, &own, Meanwhile::Silence, Some(1)));
    let proxy = std::sync::Arc::clone(&worker.proxy);
    let released = thread::scope(|scope| {
        let delivery = scope.spawn(|| {
            let deadline = Instant::now() + PATIENT;
            while own.is_empty() && Instant::now() < deadline {
                thread::sleep(POLL);
            }
            let released = proxy.release(late);
            proxy.release(&own)?;
            released
        });
        let committed = worker.commit(PATIENT);
        let released = delivery.join();
        committed?;
        let panicked = || ChaosError::Fixture("the delivery panicked".to_owned());
        Ok::<_, ChaosError>(released.map_err(|_| panicked())??)
    });
    worker.proxy.remove(rule);
    released
}

fn fates(released: &Released) -> Vec<Fate> {
    let resumed = std::iter::repeat_n(Fate::Resumed, released.resumed);
    released.late.iter().map(fate).chain(resumed).collect()
}
