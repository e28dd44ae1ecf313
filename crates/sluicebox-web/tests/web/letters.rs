//! Dead letters, counted and one by one.

use std::time::Duration;

use crate::http::{get, page};
use crate::stage::{Stage, eventually};

#[test]
fn letters_are_counted_by_reason_and_one_is_shown_with_what_is_to_blame() {
    let stage = Stage::done();
    let letters = eventually("all letters to be read", || {
        let letters = get(stage.address(), "/api/v1/letters").json();
        (letters["total"] == 11 && letters["remaining"] == 0).then_some(letters)
    });
    assert_eq!(letters["kinds"][0]["kind"]["reason"], "out_of_range");
    assert_eq!(letters["kinds"][0]["kind"]["stream"], "sensor");
    assert_eq!(letters["kinds"][0]["letters"], 10);
    let latest = letters["latest"].as_array().unwrap();
    let of = |reason: &str| {
        latest
            .iter()
            .find(|line| line["kind"]["reason"] == reason)
            .unwrap()
    };
    let path =
        |line: &serde_json::Value| format!("/letters/{}/{}", line["partition"], line["offset"]);

    let line = of("out_of_range");
    let letter = get(stage.address(), &format!("/api/v1{}", path(line))).json();
    assert_eq!(letter["field"], "temperature");
    assert_eq!(letter["source"]["topic"], "sensor_data");
    let shown = page(stage.address(), &path(line)).text();
    assert!(
        shown.contains("<mark>&quot;temperature&quot;:999</mark>"),
        "{shown}"
    );

    let key = line["key"].as_str().unwrap();
    assert!(
        shown.contains(&format!("<dt>Key</dt><dd><code>{key}</code>")),
        "{shown}"
    );

    let shown = page(stage.address(), &path(of("truncated_json"))).text();
    assert!(
        shown.contains("{&quot;user_id&quot;:&quot;&lt;script&gt;alert(1)"),
        "{shown}"
    );
    assert!(!shown.contains("<script>alert"), "{shown}");
    let list = page(stage.address(), "/letters").text();
    assert!(
        list.contains("out_of_range") && list.contains("<svg"),
        "{list}"
    );
}

#[test]
fn the_way_from_a_reason_to_its_letters_keeps_the_stream() {
    let stage = Stage::empty();
    // The same reason in two streams.
    let broken = |_| ("k".to_owned(), "{\"broken".to_owned());
    stage.produce("sensor_data", (0..3).map(broken));
    stage.produce("user_activity", (0..2).map(broken));
    stage.run_to_end();
    let mut stage = stage;
    stage.serve(None, Vec::new());
    let list = eventually("the letters on the page", || {
        let list = page(stage.address(), "/letters").text();
        (list.matches("&amp;source=").count() == 2).then_some(list)
    });
    for (topic, letters) in [("sensor_data", 3), ("user_activity", 2)] {
        let link = list.split("href=\"").find_map(|rest| {
            let link = rest.split('"').next()?;
            link.ends_with(&format!("&amp;source={topic}"))
                .then_some(link)
        });
        let link = link.unwrap().replace("&amp;", "&");
        let shown = page(stage.address(), &link).text();
        assert!(shown.contains(&format!("value=\"{topic}\"")), "{shown}");
        let (_, query) = link.split_once('?').unwrap();
        for (limit, wanted) in [("", letters), ("&limit=1", 1)] {
            let path = format!("/api/v1/topics/dead_letters/records?{query}{limit}");
            let found = get(stage.address(), &path).json();
            assert_eq!(found["records"].as_array().unwrap().len(), wanted, "{path}");
            assert_eq!(found["progress"]["matched"], wanted, "{path}");
            let ended = if limit.is_empty() { "end" } else { "limit" };
            assert_eq!(found["progress"]["ended"], ended, "{path}");
        }
    }
}

#[test]
fn a_place_without_a_letter_is_not_found() {
    let stage = Stage::done();
    let answer = page(stage.address(), "/letters/0/100000");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("holds offsets"));
}

#[test]
fn old_numbers_are_not_said_to_be_complete_when_the_cluster_is_gone() {
    let mut stage = Stage::done();
    let letters = || get(stage.address(), "/api/v1/letters").json();
    eventually("all letters to be read", || {
        let letters = letters();
        (letters["total"] == 11 && letters["remaining"] == 0).then_some(())
    });
    stage.stop_broker();
    let letters = || get(stage.address(), "/api/v1/letters").json();
    let said = eventually("it to be unknown what is left", || {
        let letters = letters();
        letters["remaining"].is_null().then_some(letters)
    });
    assert_eq!(said["total"], 11, "what was read stays");
    eventually("why", || letters()["error"].is_string().then_some(()));
    assert!(letters()["remaining"].is_null());
    let shown = page(stage.address(), "/letters").text();
    assert!(shown.contains("The numbers are those of before"), "{shown}");
}

#[test]
fn whoever_looks_again_after_a_while_is_not_given_old_numbers_as_all() {
    let stage = Stage::done();
    let letters = || get(stage.address(), "/api/v1/letters").json();
    eventually("all letters to be read", || {
        let letters = letters();
        (letters["total"] == 11 && letters["remaining"] == 0).then_some(())
    });
    // Its reader goes to sleep.
    std::thread::sleep(sluicebox_web::limits::LETTERS_WATCHED + Duration::from_secs(2));
    let broken = ("k".to_owned(), "{\"broken".to_owned());
    stage.produce("sensor_data", [broken]);
    stage.run_to_end();
    let said = letters();
    assert!(
        said["total"] == 12 || said["remaining"] != 0,
        "{} letters, {} left",
        said["total"],
        said["remaining"]
    );
    eventually("the new letter", || {
        let letters = letters();
        (letters["total"] == 12 && letters["remaining"] == 0).then_some(())
    });
}
