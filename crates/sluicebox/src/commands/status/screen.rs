//! What is shown: for people and for programs.

use serde_json::{Value, json};
use sluicebox_pipeline::no_answer::NoAnswer;

use super::super::groups;
use super::super::running::Running;
use super::asked::Asked;
use super::here::Here;
use super::rate::Rate;
use crate::output::{Table, grouped};

/// All that is known at one moment.
pub(super) struct Screen<'a> {
    pub(super) bootstrap: &'a str,
    /// The cluster's last answer, if there was one.
    pub(super) asked: Option<&'a Asked>,
    /// Why that is not of now.
    pub(super) no_answer: Option<&'a NoAnswer>,
    pub(super) here: &'a Here,
    /// As many as `asked` has groups.
    pub(super) rates: Vec<Rate>,
    pub(super) mismatch: Option<String>,
}

/// A table of the parts that run on this machine; empty when none does.
pub(super) fn running_here(running: &[Running]) -> String {
    if running.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["HERE", "PID", "SINCE", "STATE"]);
    for part in running {
        let state = match &part.waits_for {
            Some(reason) => format!("{}: {reason}", part.state),
            None => part.state.clone(),
        };
        table.row(vec![
            part.part.clone(),
            part.pid.to_string(),
            part.since.clone(),
            state,
        ]);
    }
    format!("{}\n", table.text())
}

impl Screen<'_> {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if let Some(asked) = self.asked {
            text.push_str(&format!(
                "cluster {} at {}, {} broker(s)\n",
                asked.cluster_id, self.bootstrap, asked.brokers
            ));
        }
        if let Some(no_answer) = self.no_answer {
            let old = match self.asked {
                Some(_) => "; groups as they were before",
                None => "",
            };
            let sentence = no_answer.sentence(self.bootstrap);
            text.push_str(&format!("{sentence}{old}\n"));
        }
        text.push('\n');
        text.push_str(&running_here(&self.here.running));
        if let Some(asked) = self.asked {
            text.push_str(&format!("{}\n", self.groups_text(asked)));
        }
        text.push_str(&self.files_text());
        text
    }

    fn groups_text(&self, asked: &Asked) -> String {
        let mut table = Table::new(&["GROUP", "STATE", "MEMBERS", "LAG (OFFSETS)", "RATE"]);
        for ((group, lags), rate) in asked.groups.iter().zip(&self.rates) {
            let lag: u64 = lags.iter().map(|lag| lag.lag).sum();
            table.row(vec![
                group.group.clone(),
                group.state.clone(),
                group.members.len().to_string(),
                grouped(lag),
                rate.text(),
            ]);
        }
        table.text()
    }

    fn files_text(&self) -> String {
        let dir = self.here.output_dir.display();
        let Some(state) = &self.here.files else {
            return format!("no files of ours in {dir} yet\n");
        };
        let mut table = Table::new(&["FILE", "ROWS", "COMMITTED BYTES"]);
        for file in &state.files {
            table.row(vec![
                format!("{dir}/{}", file.name),
                grouped(file.rows),
                grouped(file.length),
            ]);
        }
        let warning = match &self.mismatch {
            Some(mismatch) => format!("warning: {mismatch}\n"),
            None => String::new(),
        };
        format!("{warning}{}", table.text())
    }

    pub(super) fn json(&self) -> Value {
        let groups: Vec<_> = self
            .asked
            .iter()
            .flat_map(|asked| &asked.groups)
            .zip(&self.rates)
            .map(|((group, lags), rate)| {
                let mut value = groups::as_json(group, lags);
                value["records_per_second"] = json!(rate.rows());
                value["offsets_per_second"] = json!(rate.offsets());
                value
            })
            .collect();
        let files: Vec<_> = self
            .here
            .files
            .iter()
            .flat_map(|state| &state.files)
            .map(|file| json!({ "name": file.name, "rows": file.rows, "committed_bytes": file.length }))
            .collect();
        let running: Vec<_> = self
            .here
            .running
            .iter()
            .map(|part| json!({ "part": part.part, "pid": part.pid, "state": part.state, "waits_for": part.waits_for, "since": part.since }))
            .collect();
        let no_answer = self
            .no_answer
            .map(|told| json!({ "since": told.since, "reason": told.reason }));
        json!({
            "cluster": {
                "id": self.asked.map(|asked| &asked.cluster_id),
                "bootstrap_servers": self.bootstrap,
                "brokers": self.asked.map(|asked| asked.brokers),
                "no_answer": no_answer,
            },
            "running": running,
            "groups": groups,
            "output": { "dir": self.here.output_dir.display().to_string(), "files": files, "mismatch": self.mismatch },
        })
    }
}
