//! A process under attack: brought to a point, struck there, looked at, started again.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::fault::{Action, Fault, Way};
use crate::error::{Result, found};
use crate::limits::{POLL_MS, READY_MS};
use crate::world::{Part, wait_until};

/// A process comes by a point within this time, or something is stuck.
const REACH_MS: u64 = 90_000;
/// A process that was struck ends within this time.
const END_MS: u64 = 20_000;
/// The failpoints are read anew every 10 ms.
const READ_MS: u64 = 30;
/// A change of the group is through within this time.
const REBALANCE_MS: u64 = 4_000;
/// Longer than the session of a sleeping member.
const SLEEP_MS: u64 = 2_500;

/// A process, and what it takes to strike it.
pub(super) struct Target<'a> {
    pub(super) part: &'a mut Part,
    /// Changes the group by coming and going.
    pub(super) companion: Option<&'a mut Part>,
    /// Answers when the process is up, if it is a server.
    pub(super) address: Option<String>,
}

impl Target<'_> {
    /// Makes one fault, and leaves the process running.
    ///
    /// # Errors
    /// The process does not come by, does not end as it should, or ends when it should not.
    pub(super) fn strike(&mut self, fault: &Fault) -> Result<()> {
        let mut from = self.part.said_bytes();
        let setting = fault.setting();
        match fault.way() {
            Way::Steady | Way::NewDirectory => self.part.set_failpoints(&setting)?,
            Way::Start => {
                self.part.set_failpoints(&setting)?;
                self.part.restart()?;
            }
            Way::StartAfter(first) => {
                self.part.set_failpoints(&format!("{first}=1*crash"))?;
                self.reach(from, &format!("crash at {first}"))?;
                self.ended(from, 134, false)?;
                self.part.set_failpoints(&setting)?;
                from = self.part.said_bytes();
                self.part.start()?;
            }
            Way::Error(first) => {
                self.part
                    .set_failpoints(&format!("{first}=1*error;{setting}"))?;
            }
            Way::Rebalance => {
                self.part.set_failpoints(&setting)?;
                self.until(from, fault, Self::change_group)?;
            }
            Way::Sleep => {
                self.part.set_failpoints(&setting)?;
                self.until(from, fault, Self::sleep)?;
            }
        }
        self.reach(from, &fault.mark())?;
        let ends = fault.ends_with();
        if let Some(code) = ends {
            self.ended(from, code, fault.action == Action::Error)?;
        }
        self.heal(ends.is_some())
    }

    /// Takes the failpoints back, and starts the process again if it has ended.
    pub(super) fn heal(&mut self, has_ended: bool) -> Result<()> {
        self.part.set_failpoints("")?;
        std::thread::sleep(Duration::from_millis(READ_MS));
        if has_ended {
            self.part.start()?;
        }
        self.ready()
    }

    /// Waits until the process has said that it came by.
    pub(super) fn reach(&mut self, from: u64, mark: &str) -> Result<()> {
        let deadline = Instant::now() + Duration::from_millis(REACH_MS);
        loop {
            if self.part.said_since(from).contains(mark) {
                return Ok(());
            }
            self.part.still_runs()?;
            if Instant::now() > deadline {
                let name = self.part.name();
                let said = self.part.log_tail();
                return found(format!(
                    "{name} never came to `{mark}`; it is stuck:\n{said}"
                ));
            }
            std::thread::sleep(Duration::from_millis(POLL_MS));
        }
    }

    /// The process must end with `code`, and say why if it ended on purpose.
    pub(super) fn ended(&mut self, from: u64, code: i32, says_why: bool) -> Result<()> {
        let found_code = self.part.exit_code_within(Duration::from_millis(END_MS))?;
        let said = self.part.said_since(from);
        if found_code != Some(code) {
            let name = self.part.name();
            return found(format!(
                "{name} ended with {found_code:?}, not {code}:\n{said}"
            ));
        }
        if says_why && !said.contains("os error 5") {
            let name = self.part.name();
            return found(format!("{name} ended without saying what failed:\n{said}"));
        }
        Ok(())
    }

    /// Provokes it until it comes by: a process that has just started may have no partitions yet.
    fn until(
        &mut self,
        from: u64,
        fault: &Fault,
        provoke: fn(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let mark = fault.mark();
        let deadline = Instant::now() + Duration::from_millis(REACH_MS);
        while !self.part.said_since(from).contains(&mark) && Instant::now() < deadline {
            provoke(self)?;
            let settled = Instant::now() + Duration::from_millis(REBALANCE_MS);
            while !self.part.said_since(from).contains(&mark) && Instant::now() < settled {
                std::thread::sleep(Duration::from_millis(POLL_MS));
            }
        }
        Ok(())
    }

    /// It sleeps until its session is over, and wakes.
    fn sleep(&mut self) -> Result<()> {
        self.part.pause()?;
        std::thread::sleep(Duration::from_millis(SLEEP_MS));
        self.part.resume()
    }

    /// The companion comes, or goes in an orderly way.
    fn change_group(&mut self) -> Result<()> {
        let Some(companion) = &mut self.companion else {
            return Ok(());
        };
        if companion.pid().is_none() {
            return companion.start();
        }
        companion.terminate()?;
        let code = companion.exit_code_within(Duration::from_millis(READY_MS))?;
        // 128 + SIGTERM: it was told before it had begun to listen.
        if !matches!(code, Some(0 | 143)) {
            let said = companion.log_tail();
            return found(format!("a leaving processor ended with {code:?}:\n{said}"));
        }
        Ok(())
    }

    fn ready(&self) -> Result<()> {
        let Some(address) = &self.address else {
            return Ok(());
        };
        let limit = Duration::from_millis(READY_MS);
        wait_until(limit, "the broker listens again", || {
            TcpStream::connect(address).is_ok()
        })?;
        Ok(())
    }
}
