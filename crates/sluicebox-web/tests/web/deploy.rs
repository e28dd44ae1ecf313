//! What Grafana and Prometheus are told exists.

use std::path::{Path, PathBuf};

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy/monitoring")
        .join(file)
}

/// Names of metrics in a text, without the suffixes of histograms.
fn names(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours = words.filter(|word| word.starts_with("sluicebox_"));
    ours.map(|word| {
        ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| word.strip_suffix(suffix))
            .unwrap_or(word)
            .to_owned()
    })
    .collect()
}

fn assert_known(file: &str, text: &str) {
    let found = names(text);
    assert!(found.len() > 5, "{file} names metrics");
    for name in found {
        assert!(
            sluicebox_web::metrics::ALL.contains(&name.as_str()),
            "{file}: there is no metric {name}"
        );
    }
}

#[test]
fn every_metric_of_the_grafana_dashboard_exists() {
    let text = std::fs::read_to_string(deploy("grafana-dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut expressions = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(panel["title"].is_string() && panel["gridPos"].is_object());
        expressions.extend(
            panel["targets"]
                .as_array()
                .unwrap()
                .iter()
                .map(|target| target["expr"].as_str().unwrap()),
        );
    }
    assert!(expressions.iter().all(|expression| balanced(expression)));
    assert_known("grafana-dashboard.json", &expressions.join("\n"));
}

#[test]
fn every_metric_of_the_alert_rules_exists_and_every_alert_says_what_to_do() {
    let text = std::fs::read_to_string(deploy("prometheus-alerts.yml")).unwrap();
    let rules = text.matches("- alert:").count();
    for part in ["expr:", "for:", "severity:", "summary:", "description:"] {
        assert_eq!(text.matches(part).count(), rules, "{part}");
    }
    let expressions: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .collect();
    assert!(expressions.iter().all(|expression| balanced(expression)));
    assert_known("prometheus-alerts.yml", &expressions.join("\n"));
}

fn balanced(expression: &str) -> bool {
    let count = |open: char, close: char| {
        expression.matches(open).count() == expression.matches(close).count()
    };
    count('(', ')')
        && count('{', '}')
        && count('[', ']')
        && expression.matches('"').count().is_multiple_of(2)
}
