//! Sums of results, as a table for people: runs of the same attack on the same brokers add up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// Kinds of faults that a row tells apart.
const KINDS_MAX: usize = 20;

/// All runs of one attack on one kind of brokers.
#[derive(Debug, Default)]
struct Sum {
    runs: u64,
    rounds: u64,
    faults: BTreeMap<String, u64>,
    acknowledged: u64,
    seconds: u64,
    longest_recovery_ms: u64,
    findings: u64,
}

impl Sum {
    fn add(&mut self, line: &Value) {
        let number = |name: &str| line[name].as_u64().unwrap_or(0);
        self.runs += 1;
        self.rounds += number("rounds");
        self.acknowledged += number("acknowledged");
        self.seconds += number("seconds");
        let recovery = line["recovery_ms"]["longest"].as_u64().unwrap_or(0);
        self.longest_recovery_ms = self.longest_recovery_ms.max(recovery);
        self.findings += u64::from(!line["finding"].is_null());
        for (kind, count) in line["faults"].as_object().into_iter().flatten() {
            *self.faults.entry(kind.clone()).or_default() += count.as_u64().unwrap_or(0);
        }
    }

    /// The kinds of faults; where there are too many for a table, by what happened alone.
    fn kinds(&self) -> BTreeMap<&str, u64> {
        let mut kinds = BTreeMap::new();
        for (kind, count) in &self.faults {
            let ends = [" of ", " at ", ", ", "("].map(|end| kind.find(end).unwrap_or(kind.len()));
            let end = match self.faults.len() {
                ..=KINDS_MAX => kind.len(),
                _ => ends.into_iter().min().unwrap_or(kind.len()),
            };
            *kinds.entry(&kind[..end]).or_default() += count;
        }
        kinds
    }

    fn row(&self, (attack, cluster): &(String, String)) -> String {
        let faults: Vec<String> = self
            .kinds()
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let recovery = match self.longest_recovery_ms {
            0 => String::new(),
            ms => format!("{:.1} s", ms as f64 / 1_000.0),
        };
        format!(
            "| {attack} | {cluster} | {} | {} | {} | {} | {} s | {recovery} | {} |",
            self.runs,
            self.rounds,
            faults.join("; "),
            self.acknowledged,
            self.seconds,
            self.findings
        )
    }
}

/// The table of a results file, in Markdown. Lines that are no results are left out.
pub fn table(results: &str) -> String {
    let mut sums: BTreeMap<(String, String), Sum> = BTreeMap::new();
    for line in results.lines() {
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        sums.entry((text("attack"), text("cluster")))
            .or_default()
            .add(&line);
    }
    let mut text = String::from(
        "| attack | brokers | runs | rounds | faults | records acknowledged | time | longest recovery | runs with findings |\n\
         |---|---|--:|--:|---|--:|--:|--:|--:|\n",
    );
    for (key, sum) in &sums {
        let _ = writeln!(text, "{}", sum.row(key));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn runs_of_the_same_attack_add_up_and_findings_stay_visible() {
        let results = r#"{"attack":"kills","cluster":"kafka","rounds":3,"faults":{"kill":3},"acknowledged":10,"seconds":5,"recovery_ms":{"longest":1500},"finding":null}
{"attack":"kills","cluster":"kafka","rounds":2,"faults":{"kill":2,"stop":1},"acknowledged":5,"seconds":4,"recovery_ms":{"longest":900},"finding":"lost"}
not a result"#;
        let table = table(results);
        let row = table.lines().last().unwrap();
        assert_eq!(
            row,
            "| kills | kafka | 2 | 5 | 5 kill; 1 stop | 15 | 9 s | 1.5 s | 1 |"
        );
    }

    #[test]
    fn many_kinds_are_told_apart_by_what_happened_alone() {
        let faults: Vec<String> = (0..20)
            .map(|n| format!(r#""crash at p.{n}":2,"error of q.{n}":1"#))
            .collect();
        let faults = faults.join(",");
        let line = format!(r#"{{"attack":"a","cluster":"c","rounds":60,"faults":{{{faults}}}}}"#);
        let table = table(&line);
        let row = table.lines().last().unwrap();
        assert!(row.contains("| 40 crash; 20 error |"), "{row}");
    }
}
