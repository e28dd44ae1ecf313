//! The description is true: what it names exists, what exists it names, and answers are as it says.

use serde_json::Value;

use crate::http::{Answer, get};
use crate::stage::{Stage, eventually};

pub(crate) fn described() -> Value {
    serde_json::from_str(&sluicebox_web::openapi()).unwrap()
}

/// Whether a value is what a schema says; where it is not.
pub(crate) fn check(schema: &Value, value: &Value, all: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return check(&all["components"]["schemas"][name], value, all, at);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[key].as_array() {
            let fits = choices
                .iter()
                .any(|choice| check(choice, value, all, at).is_ok());
            return if fits {
                Ok(())
            } else {
                Err(format!("{at}: {value} is none of {schema}"))
            };
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) if types.contains(&"number") => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.contains(&kind) {
        return Err(format!("{at}: {value} is no {types:?}"));
    }
    if let Value::Array(items) = value {
        items
            .iter()
            .enumerate()
            .try_for_each(|(n, item)| check(&schema["items"], item, all, &format!("{at}[{n}]")))?;
    }
    let (Value::Object(members), Some(properties)) = (value, schema["properties"].as_object())
    else {
        return Ok(());
    };
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if !members.contains_key(name) {
            return Err(format!("{at}: {name} is missing"));
        }
    }
    for (name, member) in members {
        let schema = properties
            .get(name)
            .ok_or_else(|| format!("{at}: {name} is not described"))?;
        check(schema, member, all, &format!("{at}.{name}"))?;
    }
    Ok(())
}

#[test]
fn every_answer_is_as_it_is_described() {
    let stage = Stage::done();
    let all = described();
    let letters = eventually("all letters", || {
        let letters = get(stage.address(), "/api/v1/letters").json();
        (letters["total"] == 11).then_some(letters)
    });
    eventually("the cluster", || {
        (get(stage.address(), "/api/v1/flow").json()["cluster"]["brokers"] == 1).then_some(())
    });
    let place = |name: &str| letters["latest"][0][name].to_string();
    let mut checked = 0;
    for (path, item) in all["paths"].as_object().unwrap() {
        let values = if path.contains("letters") {
            (place("partition"), place("offset"))
        } else {
            ("0".to_owned(), "0".to_owned())
        };
        let mut asked = path
            .replace("{topic}", "sensor_data")
            .replace("{group}", "processors")
            .replace("{stream}", "sensor")
            .replace("{file}", "pumps.csv")
            .replace("{partition}", &values.0)
            .replace("{offset}", &values.1);
        if path.ends_with("/lineage") {
            asked.push_str("?file=pumps.csv&line=2");
        }
        if item["get"].is_null() {
            continue;
        }
        let content = &item["get"]["responses"]["200"]["content"];
        if content["text/event-stream"].is_object() {
            assert_eq!(
                crate::http::open(stage.address(), "GET", &asked, &[], "").status,
                200,
                "{path}"
            );
            continue;
        }
        let answer: Answer = get(stage.address(), &asked);
        let status = answer.status.to_string();
        assert!(
            item["get"]["responses"][&status].is_object(),
            "{path}: {status} is not described"
        );
        let content = &item["get"]["responses"][&status]["content"];
        if let Some(schema) = content["application/json"]["schema"].as_object() {
            let schema = Value::Object(schema.clone());
            check(&schema, &answer.json(), &all, path).unwrap_or_else(|why| panic!("{why}"));
            checked += 1;
        }
    }
    assert!(checked >= 12, "{checked} answers were compared");
}

#[test]
fn every_answer_to_a_write_is_as_it_is_described() {
    let stage = Stage::done_writing();
    let (partition, offset) = crate::writes::letter(&stage, "out_of_range");
    let all = described();
    let mut checked = 0;
    // The replay of many after that of one, which it would keep waiting, and before its stop.
    let mut paths: Vec<_> = all["paths"].as_object().unwrap().iter().collect();
    paths.sort_by_key(|(path, _)| (path.starts_with("/api/v1/replay"), path.len()));
    for (path, item) in paths {
        let post = &item["post"];
        if post.is_null() {
            continue;
        }
        let body = match path.as_str() {
            "/api/v1/topics" => {
                serde_json::json!({ "name": "made", "settings": { "retention.ms": "1" } })
            }
            "/api/v1/topics/{topic}/records" => serde_json::json!({ "key": "k", "value": "v" }),
            "/api/v1/replay" => serde_json::json!({ "all": true }),
            _ => serde_json::json!({}),
        };
        let asked = path
            .replace("{topic}", "sensor_data")
            .replace("{partition}", &partition.to_string())
            .replace("{offset}", &offset.to_string());
        let mut compare = |answer: Answer| {
            let described = &post["responses"][answer.status.to_string()];
            assert!(
                described.is_object(),
                "{path}: {} is not described",
                answer.status
            );
            let schema = &described["content"]["application/json"]["schema"];
            check(schema, &answer.json(), &all, path).unwrap_or_else(|why| panic!("{why}"));
            checked += 1;
        };
        let answer = crate::writes::json(&stage, &asked, &body);
        assert!(answer.status < 300, "{path}: {}", answer.text());
        compare(answer);
        if !post["requestBody"].is_null() {
            compare(crate::writes::json(
                &stage,
                &asked,
                &serde_json::json!({ "wrong": 1 }),
            ));
        }
    }
    assert!(checked >= 8, "{checked} answers were compared");
    let replay = get(stage.address(), "/api/v1/replay");
    let schema = &all["paths"]["/api/v1/replay"]["get"]["responses"]["200"]["content"]["application/json"]
        ["schema"];
    check(schema, &replay.json(), &all, "replay").unwrap();
}

#[test]
fn what_is_served_is_what_is_described() {
    let stage = Stage::done();
    let served = get(stage.address(), "/api/v1/openapi.json").json();
    assert_eq!(served, described());
    // Each path of the sources is in the description.
    let source = include_str!("../../src/api/mod.rs");
    let paths = source
        .split(".route(\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let missing: Vec<_> = paths
        .filter(|path| !path.ends_with("openapi.json") && served["paths"][path].is_null())
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn a_false_description_would_be_found() {
    let all = serde_json::json!({});
    let schema = serde_json::json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } });
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({ "a": "x" }),
        serde_json::json!({ "a": 1, "b": 2 }),
        serde_json::json!(7),
    ] {
        assert!(check(&schema, &wrong, &all, "").is_err(), "{wrong}");
    }
    assert!(check(&schema, &serde_json::json!({ "a": 1 }), &all, "").is_ok());
}
