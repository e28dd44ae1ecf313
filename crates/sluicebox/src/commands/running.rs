//! What the parts that run on this machine do: each process tells it in a file of its state
//! directory, for `sluicebox status`. It is news for people and health checks; nothing rests on it.
//!
//! Containers may share the directory, and in each the process has the same number: so the host's name,
//! which is another one in each container, is part of the file's name.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use sluicebox_pipeline::state::TaskStatus;

/// A running process's own file.
pub(crate) struct Told {
    path: PathBuf,
    last: Vec<(&'static str, TaskStatus)>,
}

/// A part of a running process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) part: String,
    pub(crate) pid: u64,
    pub(crate) state: String,
    pub(crate) waits_for: Option<String>,
    /// Since when, RFC 3339.
    pub(crate) since: String,
}

impl Told {
    pub(crate) fn new(state_dir: &Path) -> Self {
        let name = format!("{}{}.json", prefix(), std::process::id());
        Self {
            path: state_dir.join(name),
            last: Vec::new(),
        }
    }

    /// Writes the file when something has changed. A disk that is full is no reason to end.
    pub(crate) fn tell(&mut self, parts: &[(&'static str, TaskStatus)]) {
        if self.last == parts {
            return;
        }
        let since = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let told: Vec<Value> = parts
            .iter()
            .map(|(part, status)| {
                json!({ "part": part, "state": status.state.describe(), "waits_for": status.waits_for, "since": since })
            })
            .collect();
        let text = json!({ "pid": std::process::id(), "parts": told }).to_string();
        let new = self.path.with_extension("new");
        // In one step, so that no reader sees half of it.
        let written = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &self.path));
        if written.is_ok() {
            self.last = parts.to_vec();
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        // Gone already, or never written.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// How the files of this machine, or container, begin.
fn prefix() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
        .collect();
    format!("running-{host}-")
}

/// The parts of the processes that live here and use this state directory.
pub(crate) fn on_this_machine(state_dir: &Path) -> Vec<Running> {
    let Ok(entries) = std::fs::read_dir(state_dir) else {
        return Vec::new();
    };
    let prefix = prefix();
    let mut found: Vec<Running> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let between = name.strip_prefix(&prefix);
            // Digits only: the name of another host may begin with that of this one.
            let pid = between.and_then(|rest| rest.strip_suffix(".json"));
            pid.is_some_and(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()))
        })
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .flat_map(|text| parts(&text))
        .collect();
    found.sort_by(|a, b| (&a.part, a.pid).cmp(&(&b.part, b.pid)));
    found
}

/// What a file tells; nothing when its process has died without taking it away.
fn parts(text: &str) -> Vec<Running> {
    let told: Value = serde_json::from_str(text).unwrap_or_default();
    let (Some(pid), Some(parts)) = (told["pid"].as_u64(), told["parts"].as_array()) else {
        return Vec::new();
    };
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let part = |part: &Value| Running {
        part: word(&part["part"]),
        pid,
        state: word(&part["state"]),
        waits_for: part["waits_for"].as_str().map(str::to_owned),
        since: word(&part["since"]),
    };
    if lives(pid) {
        parts.iter().map(part).collect()
    } else {
        Vec::new()
    }
}

/// Whether a process has this number and has not died: one whose parent does not ask for its end (a
/// zombie) keeps it. Where the system does not tell, it lives.
pub(crate) fn lives(pid: u64) -> bool {
    let proc = Path::new("/proc");
    match std::fs::read_to_string(proc.join(pid.to_string()).join("stat")) {
        // The name is in brackets, and may have some itself; the state follows.
        Ok(stat) => !stat
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X'])),
        Err(_) => !proc.join("self").exists() || proc.join(pid.to_string()).exists(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluicebox_pipeline::state::TaskState;

    #[test]
    fn what_is_told_is_read_until_the_process_takes_it_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut told = Told::new(dir.path());
        let status = TaskStatus {
            state: TaskState::WaitingForCluster,
            waits_for: Some("nobody answers".to_owned()),
        };
        told.tell(&[("sink", status)]);
        let found = on_this_machine(dir.path());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].waits_for.as_deref(), Some("nobody answers"));
        drop(told);
        assert_eq!(on_this_machine(dir.path()), []);
    }

    #[test]
    fn what_another_container_tells_is_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let text = r#"{"pid":1,"parts":[{"part":"sink","state":"running"}]}"#;
        for name in ["running-1.json", "running-elsewhere-1.json"] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        std::fs::write(dir.path().join(format!("{}longer-1.json", prefix())), text).unwrap();
        assert_eq!(on_this_machine(dir.path()), []);
    }

    #[test]
    fn a_process_that_was_killed_tells_nothing() {
        let text = r#"{"pid":4194305,"parts":[{"part":"sink","state":"running"}]}"#;
        assert_eq!(parts(text), [], "no process has such a number");
        assert_eq!(parts("{"), []);
    }

    #[test]
    fn a_process_lives_until_it_is_killed_also_where_nobody_asks_for_its_end() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let pid = u64::from(child.id());
        assert!(lives(pid));
        child.kill().unwrap();
        let began = std::time::Instant::now();
        while lives(pid) && began.elapsed().as_secs() < 10 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(!lives(pid));
        child.wait().unwrap();
    }
}
