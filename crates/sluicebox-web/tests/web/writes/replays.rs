//! Dead letters are replayed, each once.

use serde_json::json;

use super::{encoded, form, json, letter, letters, replays};
use crate::http::{get, page};
use crate::stage::{Stage, eventually};

/// Rows in the file of the stream whose letters these are.
fn rows(stage: &Stage) -> usize {
    let path = stage.output_dir().join("processed_data_sensor.csv");
    std::fs::read_to_string(path).unwrap().lines().count() - 1
}

/// A value that fits the key of a letter.
fn mended(stage: &Stage, (partition, offset): (i64, i64)) -> String {
    let letter = get(
        stage.address(),
        &format!("/api/v1/letters/{partition}/{offset}"),
    )
    .json();
    let key = letter["record"]["key"]["text"].as_str().unwrap().to_owned();
    json!({ "sensor_id": key, "temperature": 21.5, "humidity": 40, "timestamp": "2026-11-01T00:00:00Z" })
        .to_string()
}

#[test]
fn an_edited_letter_goes_to_its_source_topic_once_and_becomes_a_row() {
    let stage = Stage::done_writing();
    let place = letter(&stage, "out_of_range");
    let path = format!("/letters/{}/{}", place.0, place.1);
    let before = rows(&stage);
    let shown = page(stage.address(), &path).text();
    assert!(
        shown.contains("would be rejected again") && shown.contains("Edit and replay"),
        "{shown}"
    );

    let value = mended(&stage, place);
    let sent = form(
        &stage,
        &format!("{path}/replay"),
        &format!("value={}", encoded(&value)),
    );
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(
        sent.header("location"),
        Some(format!("{path}?said=replayed").as_str())
    );
    let again = form(
        &stage,
        &format!("{path}/replay"),
        &format!("value={}", encoded(&value)),
    );
    assert_eq!(
        again.header("location"),
        Some(format!("{path}?said=before").as_str())
    );
    let again = json(&stage, &format!("/api/v1{path}/replay"), &json!({}));
    let outcome = again.json();
    assert_eq!(
        (&outcome["state"], &outcome["edited"]),
        (&json!("before"), &json!(true))
    );

    let sent = replays(&stage, "sensor_data");
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0]["value"]["text"], json!(value));
    crate::lineage::of_a_replay(&stage, &sent[0], place);
    let shown = page(stage.address(), &format!("{path}?said=replayed")).text();
    assert!(
        shown.contains("with another value") && shown.contains("It is sent."),
        "{shown}"
    );
    assert!(
        !shown.contains("method=\"post\""),
        "it is replayed once: {shown}"
    );
    stage.run_to_end();
    assert_eq!(rows(&stage), before + 1);
    eventually("the list to show it", || {
        page(stage.address(), "/letters")
            .text()
            .contains(">replayed<")
            .then_some(())
    });
}

#[test]
fn a_value_that_would_be_rejected_is_said_to_be_and_sent_only_anyway() {
    let stage = Stage::done_writing();
    let place = letter(&stage, "out_of_range");
    let path = format!("/letters/{}/{}/replay", place.0, place.1);
    let value = mended(&stage, place).replace("21.5", "7777");
    let body = format!("value={}", encoded(&value));
    let refused = form(&stage, &path, &body);
    let shown = refused.text();
    assert_eq!(refused.status, 422, "{shown}");
    for part in [
        "would be rejected",
        "temperature",
        "7777",
        "name=\"anyway\"",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(
        json(
            &stage,
            &format!("/api/v1{path}"),
            &json!({ "value": value })
        )
        .status,
        422
    );
    assert!(replays(&stage, "sensor_data").is_empty());
    let sent = form(&stage, &path, &format!("{body}&anyway=true"));
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(replays(&stage, "sensor_data").len(), 1);
    // A value that was not changed is the letter's own.
    let other = letters(&stage, 11)["latest"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["kind"]["reason"] == "truncated_json")
        .unwrap()
        .clone();
    let path = format!("/letters/{}/{}", other["partition"], other["offset"]);
    let own = get(stage.address(), &format!("/api/v1{path}")).json();
    let own = own["record"]["value"]["text"].as_str().unwrap().to_owned();
    form(
        &stage,
        &format!("{path}/replay"),
        &format!("value={}", encoded(&own)),
    );
    let replayed = get(stage.address(), &format!("/api/v1{path}")).json();
    assert_eq!(replayed["replayed"]["edited"], false);
}

#[test]
fn a_letter_that_is_not_there_is_not_replayed() {
    let stage = Stage::done_writing();
    let missing = json(&stage, "/api/v1/letters/0/100000/replay", &json!({}));
    assert_eq!(missing.status, 404, "{}", missing.text());
    assert_eq!(form(&stage, "/letters/0/100000/replay", "").status, 415);
}

#[test]
fn letters_of_a_reason_are_counted_then_replayed_and_then_left_out() {
    let stage = Stage::done_writing();
    letters(&stage, 11);
    let list = page(stage.address(), "/letters").text();
    let link = "/replay/new?reason=out_of_range&amp;topic=sensor_data";
    assert!(list.contains(link), "{list}");
    let asked = "reason=out_of_range&topic=sensor_data";
    let preview = || get(stage.address(), &format!("/api/v1/replay/preview?{asked}")).json();
    let expected = json!({ "letters": { "sensor_data": 10 }, "would_fail": 10, "before": 0,
        "refused": 0, "first_refusal": null, "complete": true });
    assert_eq!(preview(), expected);
    let shown = page(stage.address(), &format!("/replay/new?{asked}")).text();
    assert!(
        shown.contains("Replay 10") && shown.contains("would be rejected again"),
        "{shown}"
    );

    for (replayed, before) in [(10, 0), (0, 10)] {
        let begun = form(&stage, "/replay", asked);
        assert_eq!(
            (begun.status, begun.header("location")),
            (303, Some("/replay"))
        );
        let done = eventually("the replay to end", || {
            let replay = get(stage.address(), "/api/v1/replay").json();
            (replay["state"] != "running").then_some(replay)
        });
        assert_eq!(
            (&done["state"], &done["before"]),
            (&json!("done"), &json!(before)),
            "{done}"
        );
        let count = done["replayed"]["sensor_data"].as_u64().unwrap_or(0);
        assert_eq!(count, replayed);
    }
    assert_eq!(replays(&stage, "sensor_data").len(), 10);
    let unsaid = json(&stage, "/api/v1/replay", &json!({}));
    assert_eq!(unsaid.status, 400, "{}", unsaid.text());
    assert_eq!(
        (&preview()["before"], &preview()["letters"]),
        (&json!(10), &json!({}))
    );
    let shown = page(stage.address(), "/replay").text();
    assert!(
        shown.contains("Replayed 0") && shown.contains("replayed before"),
        "{shown}"
    );
}

#[test]
fn the_counts_by_reason_say_how_many_were_replayed_before_and_after_they_were_counted() {
    let mut stage = Stage::done_writing();
    let replayed = |stage: &Stage, total: u64, by_reason: [u64; 2]| {
        eventually("the replays to be counted", || {
            let letters = letters(stage, 11);
            let of = |kind: usize| letters["kinds"][kind]["replayed"].as_u64();
            let counted = (letters["replayed"].as_u64(), [of(0), of(1)]);
            (counted == (Some(total), by_reason.map(Some))).then_some(letters)
        })
    };
    let counted = replayed(&stage, 0, [0, 0]);
    assert_eq!(counted["kinds"][0]["letters"], 10);
    let (partition, offset) = letter(&stage, "out_of_range");
    let path = format!("/api/v1/letters/{partition}/{offset}/replay");
    assert_eq!(json(&stage, &path, &json!({})).status, 200);
    // It was counted before it was replayed.
    replayed(&stage, 1, [1, 0]);
    // This dashboard counts it as one that was.
    stage.serve_writing(None);
    let counted = replayed(&stage, 1, [1, 0]);
    assert_eq!(counted["replayed_unsorted"], 0);
    assert_eq!(counted["replays_error"], serde_json::Value::Null);
    let shown = page(stage.address(), "/letters").text();
    for part in [
        "<b>1</b> replayed",
        "<b>10</b> left",
        "<td class=\"number\">1</td><td class=\"number\">9</td>",
        "<td class=\"number\">0</td><td class=\"number\">1</td>",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let other = letter(&stage, "truncated_json");
    let path = format!("/api/v1/letters/{}/{}/replay", other.0, other.1);
    assert_eq!(json(&stage, &path, &json!({})).status, 200);
    replayed(&stage, 2, [1, 1]);
}

#[test]
fn a_replay_can_be_stopped_and_goes_on_without_sending_anything_twice() {
    const LETTERS: u64 = 4_000;
    let mut stage = Stage::empty();
    let bad = (0..LETTERS).map(|n| (format!("p{n}"), format!("{{\"n\":{n}")));
    stage.produce("pump_data", bad);
    stage.run_to_end();
    stage.serve_writing(None);
    let ended = || {
        eventually("the replay to end", || {
            let replay = get(stage.address(), "/api/v1/replay").json();
            (replay["state"] != "running").then_some(replay)
        })
    };
    let begin = || json(&stage, "/api/v1/replay", &json!({ "topic": "pump_data" }));
    assert_eq!(begin().status, 202);
    // One at a time, of whatever kind.
    let other = begin();
    let one = json(&stage, "/api/v1/letters/0/0/replay", &json!({}));
    eventually("something to be replayed", || {
        let replay = get(stage.address(), "/api/v1/replay").json();
        (!replay["replayed"]["pump_data"].is_null()).then_some(())
    });
    json(&stage, "/api/v1/replay/stop", &json!({}));
    let stopped = ended();
    if stopped["state"] == "stopped" {
        assert_eq!((other.status, one.status), (409, 409));
        assert_eq!(stopped["replayed"]["pump_data"].as_u64().unwrap() % 500, 0);
    }
    begin();
    assert_eq!(ended()["state"], "done");
    let path = "/api/v1/topics/pump_data/export.ndjson?header=sluicebox.replay.of&from=earliest";
    let sent = get(stage.address(), path).text();
    let mut values: Vec<_> = sent
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["key"].to_string())
        .collect();
    values.sort();
    values.dedup();
    assert_eq!(
        (sent.lines().count(), values.len()),
        (LETTERS as usize, LETTERS as usize)
    );
}

#[test]
fn markers_of_replays_are_told_from_what_is_in_flight() {
    let mut stage = Stage::done_writing();
    // What the account is once it is what is expected: markers, in flight, and whether these may be markers.
    let account = |stage: &Stage, what: &str, fits: &dyn Fn(u64, i64, bool) -> bool| {
        eventually(what, || {
            let flow = get(stage.address(), "/api/v1/flow").json();
            let account = &flow["accounting"];
            let markers = account["markers"].as_u64()?;
            let in_flight = account["in_flight"].as_i64()?;
            let are_known = account["with_markers"] == false;
            fits(markers, in_flight, are_known).then(|| account.clone())
        })
    };
    let none = account(&stage, "the account", &|markers, in_flight, are_known| {
        (markers, in_flight, are_known) == (0, 0, true)
    });
    assert_eq!(none["input"], 391);
    let place = letter(&stage, "out_of_range");
    let path = format!("/api/v1/letters/{}/{}/replay", place.0, place.1);
    assert_eq!(json(&stage, &path, &json!({})).status, 200);
    account(&stage, "record and marker", &|_, in_flight, are_known| {
        in_flight == 2 && !are_known
    });
    stage.run_to_end();
    let one = |markers, in_flight, are_known| (markers, in_flight, are_known) == (1, 0, true);
    let known = account(&stage, "the marker to be known", &one);
    assert_eq!(
        (&known["input"], &known["letters"]),
        (&json!(393), &json!(12))
    );
    let shown = page(stage.address(), "/").text();
    for part in [
        "<b>1</b> <span>markers of replays</span>",
        "<b>0</b> <span>in flight</span>",
        "Every record is accounted for, or a marker of a replay",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    // New records are in flight, and the marker is not.
    stage.produce("pump_data", [("p1".to_owned(), "broken".to_owned())]);
    let moved = account(&stage, "a record in flight", &|markers, in_flight, _| {
        (markers, in_flight) == (1, 1)
    });
    assert_eq!(moved["with_markers"], false);
    stage.run_to_end();
    // Another dashboard counts them anew.
    stage.serve_writing(None);
    let known = account(&stage, "the marker to be known", &one);
    assert_eq!(known["off_balance"], false);
}
