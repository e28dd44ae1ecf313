//! A server process that never outlives the test that started it.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const SCRIPT: &str = include_str!("guard.sh");
const POLL_INTERVAL_MS: u64 = 20;
const LOG_LINES_SHOWN: usize = 60;

/// A process under a small shell that kills it, and removes its directory, when this value is
/// dropped or when the whole test process is gone.
///
/// A parent-death signal would be shorter, but it fires when the *thread* that started the process
/// ends, and a cluster that several tests share outlives the thread of the first one.
#[derive(Debug)]
pub struct Guard {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    directory: PathBuf,
    log: PathBuf,
    pid: Option<u32>,
}

impl Guard {
    /// Prepares `command` (not yet started), whose output is appended to `log` and which owns
    /// `directory`.
    pub fn new(directory: &Path, log: &Path, command: &[String]) -> io::Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(directory)
            .arg(log)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Its own group: Ctrl-C in a terminal must reach the test, not the clean-up.
            .process_group(0)
            .spawn()?;
        let orders = shell.stdin.take();
        let answers = shell
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no stdout"))?;
        Ok(Self {
            shell,
            orders,
            answers: BufReader::new(answers),
            directory: directory.to_owned(),
            log: log.to_owned(),
            pid: None,
        })
    }

    /// Starts the process.
    pub fn start(&mut self) -> io::Result<()> {
        assert!(
            self.pid.is_none(),
            "started twice: {}",
            self.directory.display()
        );
        let answer = self.order("start")?;
        let pid = answer
            .parse()
            .map_err(|_| io::Error::other(format!("no pid: {answer:?}")))?;
        self.pid = Some(pid);
        Ok(())
    }

    /// The process id while the process is meant to run.
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// SIGKILL: nothing is flushed, nothing is said to anyone. Returns when the process is gone.
    pub fn kill(&mut self) -> io::Result<()> {
        if self.pid.take().is_some() {
            self.order("kill")?;
        }
        Ok(())
    }

    /// SIGTERM, without waiting: several nodes of a cluster are stopped at once.
    pub fn terminate(&mut self) -> io::Result<()> {
        self.signal("term")
    }

    /// SIGSTOP: the process hangs, and its connections stay open.
    pub fn pause(&mut self) -> io::Result<()> {
        self.signal("pause")
    }

    /// SIGCONT: undoes [`Guard::pause`].
    pub fn resume(&mut self) -> io::Result<()> {
        self.signal("resume")
    }

    /// Waits for the process to end by itself and kills it after `wait`. True if it ended in time.
    pub fn ended_within(&mut self, wait: Duration) -> io::Result<bool> {
        let deadline = Instant::now() + wait;
        while self.is_running() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(POLL_INTERVAL_MS));
        }
        let in_time = !self.is_running();
        self.kill()?;
        Ok(in_time)
    }

    /// Waits until the process has ended by itself, and gives its exit code (above 128: by a signal).
    ///
    /// # Panics
    /// When it was not started.
    pub fn exit_code(&mut self) -> io::Result<i32> {
        assert!(self.pid.take().is_some(), "not started");
        let answer = self.order("wait")?;
        let code = answer.parse();
        code.map_err(|_| io::Error::other(format!("no exit code: {answer:?}")))
    }

    /// Whether the process exists and is not a zombie (the shell reaps it only when asked to).
    pub fn is_running(&self) -> bool {
        let Some(pid) = self.pid else { return false };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
            return false;
        };
        // proc(5): the state follows the command name, which is in parentheses and may hold any.
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }

    /// What the process has written so far.
    pub fn log(&self) -> String {
        fs::read(&self.log)
            .map(|b| String::from_utf8_lossy(&b).into_owned())
            .unwrap_or_default()
    }

    /// The last lines of [`Guard::log`].
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }

    fn signal(&mut self, order: &str) -> io::Result<()> {
        if self.pid.is_some() {
            self.order(order)?;
        }
        Ok(())
    }

    fn order(&mut self, order: &str) -> io::Result<String> {
        let orders = self
            .orders
            .as_mut()
            .ok_or_else(|| io::Error::other("guard is closed"))?;
        writeln!(orders, "{order}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer.trim_end().to_owned())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Waiting makes "taken down" true when drop returns, not some milliseconds later.
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(script: &str) -> (tempfile::TempDir, PathBuf, Guard) {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("node");
        fs::create_dir(&directory).unwrap();
        let command = ["sh", "-c", script].map(str::to_owned);
        let mut guard = Guard::new(&directory, &directory.join("log"), &command).unwrap();
        guard.start().unwrap();
        (parent, directory, guard)
    }

    #[test]
    fn dropping_the_guard_kills_the_process_and_removes_its_directory() {
        let (_parent, directory, guard) = guarded("exec sleep 600");
        let pid = guard.pid().unwrap();
        assert!(guard.is_running());
        drop(guard);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
        assert!(!directory.exists());
    }

    #[test]
    fn a_process_that_ends_by_itself_is_noticed_and_can_be_started_again() {
        let (_parent, _, mut guard) = guarded("echo once");
        assert!(guard.ended_within(Duration::from_secs(10)).unwrap());
        guard.start().unwrap();
        assert!(guard.ended_within(Duration::from_secs(10)).unwrap());
        assert_eq!(guard.log(), "once\nonce\n");
    }

    #[test]
    fn the_exit_code_of_a_process_is_told() {
        let (_parent, _, mut guard) = guarded("exit 7");
        assert_eq!(guard.exit_code().unwrap(), 7);
        guard.start().unwrap();
        assert_eq!(guard.exit_code().unwrap(), 7);
    }

    #[test]
    fn a_process_that_ignores_sigterm_is_killed_after_the_wait() {
        let (_parent, _, mut guard) =
            guarded("trap '' TERM; echo ready; while :; do sleep 1; done");
        while !guard.log().contains("ready") {
            thread::sleep(Duration::from_millis(POLL_INTERVAL_MS));
        }
        guard.terminate().unwrap();
        assert!(!guard.ended_within(Duration::from_millis(200)).unwrap());
        assert!(!guard.is_running());
    }
}
