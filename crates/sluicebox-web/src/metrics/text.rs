//! Counters and snapshots as `OpenMetrics` text.

use std::fmt::Write as _;

use sluicebox_pipeline::Metrics;

use crate::flow::Flow;

/// The text that Prometheus reads.
pub(crate) fn text(metrics: Option<&Metrics>, flow: &Flow) -> String {
    let mut text = Text::default();
    if let Some(metrics) = metrics {
        super::tasks::tasks(&mut text, metrics);
    }
    if flow.at_ms > 0 {
        super::seen::seen(&mut text, flow);
    }
    text.out.push_str("# EOF\n");
    text.out
}

/// Text in the making.
#[derive(Default)]
pub(super) struct Text {
    out: String,
}

impl Text {
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str) {
        // `OpenMetrics` names a counter's family without the suffix.
        let name = if kind == "counter" {
            name.trim_end_matches("_total")
        } else {
            name
        };
        let _ = writeln!(self.out, "# TYPE {name} {kind}\n# HELP {name} {help}");
    }

    pub(super) fn sample(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        value: impl std::fmt::Display,
    ) {
        self.out.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let escaped = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let _ = write!(self.out, "{open}{label}=\"{escaped}\"");
        }
        if !labels.is_empty() {
            self.out.push('}');
        }
        let _ = writeln!(self.out, " {value}");
    }

    pub(super) fn single(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        value: impl std::fmt::Display,
    ) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{FileFlow, LastVerify, StreamFlow};
    use crate::metrics::ALL;

    fn everything() -> String {
        let definitions = sluicebox_event::builtin_definitions().unwrap();
        let plans =
            sluicebox_event::Plans::compile(&definitions, sluicebox_event::PlanOptions::default())
                .unwrap();
        let metrics = Metrics::new(&plans, 2);
        metrics.process_lag.set("a\"b\\c\nd", 0, 7);
        metrics.end_to_end.record_ms(12);
        let file = FileFlow {
            name: "a.csv".to_owned(),
            ..FileFlow::default()
        };
        let flow = Flow {
            at_ms: 1_500,
            streams: vec![StreamFlow::default()],
            files: vec![file],
            last_verify: Some(LastVerify::default()),
            ..Flow::default()
        };
        text(Some(&metrics), &flow)
    }

    #[test]
    fn every_name_is_published_once_and_no_other() {
        let text = everything();
        let families: Vec<&str> = text
            .lines()
            .filter_map(|l| l.strip_prefix("# TYPE "))
            .collect();
        let names: std::collections::BTreeSet<_> = families
            .iter()
            .filter_map(|l| l.split(' ').next())
            .collect();
        let listed = ALL.iter().map(|name| name.trim_end_matches("_total"));
        assert_eq!(names, listed.collect(), "{text}");
        assert_eq!(
            names.len(),
            families.len(),
            "a family is written in one piece"
        );
    }

    #[test]
    fn the_text_is_openmetrics() {
        let text = everything();
        assert!(text.ends_with("# EOF\n"));
        assert!(text.contains(r#"topic="a\"b\\c\nd""#), "{text}");
        let end_to_end = [
            "sluicebox_end_to_end_seconds_bucket{le=\"0.007\"} 0",
            "sluicebox_end_to_end_seconds_bucket{le=\"0.015\"} 1",
            "sluicebox_end_to_end_seconds_bucket{le=\"+Inf\"} 1",
            "sluicebox_end_to_end_seconds_sum 0.012",
            "sluicebox_end_to_end_seconds_count 1",
        ];
        assert!(text.contains(&end_to_end.join("\n")), "{text}");
        let mut family = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.split(' ').next().unwrap().to_owned();
            } else if !line.starts_with('#') {
                let name = line.split([' ', '{']).next().unwrap();
                assert!(name.starts_with(&family), "{line} is not of {family}");
                assert!(
                    line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(),
                    "{line}"
                );
            }
        }
    }
}
