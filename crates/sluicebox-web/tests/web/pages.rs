//! The pages, as they are drawn.

use std::time::{Duration, Instant};

use sluicebox_kafka::Admin;
use sluicebox_kafka::admin::CommittedOffset;

use crate::http::{get, page};
use crate::stage::{ATTACKS, HOSTILE, Stage, eventually};

const PAGES: [&str; 12] = [
    "/",
    "/data",
    "/data/sensor",
    "/data/pumps",
    "/topics",
    "/topics/processed_data",
    "/topics/sensor_data/0/0",
    "/groups",
    "/groups/processors",
    "/letters",
    "/lineage",
    "/lineage?file=pumps.csv&line=2",
];

#[test]
fn every_page_is_small_quick_and_has_nothing_inline() {
    let stage = Stage::done();
    for path in PAGES {
        let began = Instant::now();
        let answer = page(stage.address(), path);
        let took = began.elapsed();
        let text = answer.text();
        assert_eq!(answer.status, 200, "{path}: {text}");
        assert!(
            answer.body.len() < 200 * 1024,
            "{path}: {} bytes",
            answer.body.len()
        );
        assert!(took < Duration::from_secs(5), "{path}: {took:?}");
        for inline in [" style=", " onclick", "<style", "<script>", "javascript:"] {
            assert!(!text.contains(inline), "{path}: {inline}");
        }
        for link in links(&text) {
            let answer = get(stage.address(), &link.replace("&amp;", "&"));
            assert!(
                answer.status == 200 || link.contains("/0/1"),
                "{path} leads to {link}: {}",
                answer.status
            );
        }
    }
}

/// Where a page leads to.
fn links(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = ["href=\"/", "src=\"/"]
        .iter()
        .flat_map(|mark| {
            text.split(mark)
                .skip(1)
                .map(|rest| &rest[..rest.find('"').unwrap()])
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    // One of each kind is enough of what there is a row of.
    found.truncate(25);
    let starts = text.as_ptr() as usize;
    found
        .into_iter()
        .map(|link| {
            let at = link.as_ptr() as usize - starts;
            &text[at - 1..at + link.len()]
        })
        .collect()
}

#[test]
fn a_third_stream_has_a_page_with_charts_by_its_definition_alone() {
    let stage = Stage::done();
    let text = page(stage.address(), "/data/pumps").text();
    assert!(
        text.contains("pressure (bar)") && text.contains("<svg"),
        "{text}"
    );
    let text = page(stage.address(), "/data/sensor").text();
    for title in ["temperature (\u{b0}C)", "humidity (%)", "status (per"] {
        assert!(text.contains(title), "{title}");
    }
}

#[test]
fn what_is_in_a_topic_is_text_on_every_page() {
    let stage = Stage::done();
    for partition in 0..3 {
        for offset in 0..ATTACKS.len() {
            let text = page(
                stage.address(),
                &format!("/topics/{HOSTILE}/{partition}/{offset}"),
            )
            .text();
            for raw in [
                "<script>document",
                "<img src=x",
                "<h1>owned",
                "<svg onload",
                "<b>7</b>",
            ] {
                assert!(!text.contains(raw), "{raw} in {text}");
            }
            for obeyed in ['\u{202e}', '\u{2066}', '\u{9b}', '\u{2028}'] {
                assert!(!text.contains(obeyed), "{obeyed:?} in {text}");
            }
        }
    }
    let topic = page(
        stage.address(),
        "/topics/sensor_data?value=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    )
    .text();
    assert!(
        topic.contains("value=\"&quot;&gt;&lt;script&gt;"),
        "{topic}"
    );
    let missing = page(
        stage.address(),
        "/topics/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    );
    assert_eq!(missing.status, 404);
    assert!(!missing.text().contains("<script>alert"));
}

#[test]
fn problems_are_pages_for_people_and_json_for_programs() {
    let stage = Stage::done();
    assert!(
        page(stage.address(), "/nowhere")
            .text()
            .contains("Back to the flow")
    );
    assert_eq!(
        get(stage.address(), "/nowhere").json()["error"],
        "there is no such page"
    );
    for path in [
        "/letters/x/y",
        "/letters/0/y",
        "/topics/trial/a/b",
        "/groups/%ff",
        "/topics/sensor_data?unknown=1",
    ] {
        let shown = page(stage.address(), path);
        assert_eq!(shown.status, 400, "{path}");
        assert_eq!(
            shown.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{path}"
        );
        let text = shown.text();
        assert!(
            text.contains("Back to the flow") && !text.contains("Cannot parse"),
            "{path}: {text}"
        );
    }
    for path in [
        "/letters/x/y",
        "/api/v1/letters/x/y",
        "/api/v1/topics/trial/records/a/b",
        "/api/v1/groups/%ff",
    ] {
        let answer = get(stage.address(), path);
        let said = answer.json()["error"].as_str().unwrap().to_owned();
        assert_eq!(answer.status, 400, "{path}");
        assert!(said.contains("whole numbers"), "{path}: {said}");
    }
    let shown = page(stage.address(), "/lineage?line=x&file=a").text();
    assert!(shown.contains("write a whole number"), "{shown}");
}

#[test]
fn a_search_that_makes_no_sense_is_told_on_the_page_as_by_the_api() {
    let stage = Stage::done();
    for query in [
        "from=time&time=zz",
        "from=time&time=",
        "from=offset&offset=",
        "until=noon",
        "partition=x",
    ] {
        let api = format!("/api/v1/topics/sensor_data/search?{query}");
        let answer = get(stage.address(), &api);
        let said = answer.json()["error"].as_str().unwrap().to_owned();
        let named = query.rsplit('&').next().unwrap();
        assert!(said.starts_with(&format!("{named}: ")), "{query}: {said}");
        let shown = page(stage.address(), &format!("/topics/sensor_data?{query}"));
        assert_eq!(shown.status, 200, "{query}");
        let shown = shown.text();
        assert!(
            shown.contains(&said) && shown.contains("data-refused"),
            "{query}: {shown}"
        );
    }
    let shown = page(stage.address(), "/topics/sensor_data").text();
    assert!(!shown.contains("data-refused"), "{shown}");
}

#[test]
fn the_home_page_says_who_owns_what_and_that_all_is_accounted_for() {
    let stage = Stage::done();
    let text = eventually("the account on the page", || {
        let text = page(stage.address(), "/").text();
        text.contains("<b>391</b>").then_some(text)
    });
    for part in [
        "Nothing waits for",
        "sensor_data",
        "dead_letters.csv",
        "Who owns which partition",
        "all replicas in sync",
        "Never verified",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let note = r#"{"at":"2026-11-27T10:00:00Z","records":391,"contradicted":2,"unprovable":0}"#;
    std::fs::write(stage.dir.path().join("verify.json"), note).unwrap();
    eventually("the outcome of verify", || {
        page(stage.address(), "/")
            .text()
            .contains("found 2 contradictions")
            .then_some(())
    });
}

#[test]
fn the_foot_says_where_nothing_is_written() {
    let says = |stage: &Stage| {
        let text = page(stage.address(), "/topics").text();
        text.contains("reads, changes nothing")
    };
    assert!(says(&Stage::done()));
    assert!(!says(&Stage::done_writing()));
}

#[test]
fn the_lag_of_any_group_is_drawn_over_time_while_somebody_looks() {
    let stage = Stage::done();
    let admin = Admin::connect(&stage.client(), Duration::from_secs(10)).unwrap();
    let commit = |offset| {
        let at = CommittedOffset {
            topic: "sensor_data".to_owned(),
            partition: 0,
            offset,
            note: String::new(),
        };
        admin.set_offsets("others", &[at]).unwrap();
    };
    commit(0);
    let lag = || {
        let group = get(stage.address(), "/api/v1/groups/others").json();
        group["lag"].as_u64().unwrap()
    };
    let before = lag();
    assert!(before > 3);
    page(stage.address(), "/groups/others");
    commit(3);
    // Each look adds a point, at most one a second.
    let drawn = eventually("a second point", || {
        let text = page(stage.address(), "/groups/others").text();
        let values = format!("[&quot;{before}&quot;,&quot;{}&quot;", before - 3);
        text.contains(&values).then_some(text)
    });
    assert!(
        drawn.contains("Lag, in offsets") && drawn.contains("<svg"),
        "{drawn}"
    );
}
