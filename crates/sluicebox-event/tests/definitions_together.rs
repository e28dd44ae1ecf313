//! Definitions that are fine alone, and what they owe each other and themselves.

use sluicebox_event::{PlanOptions, Plans, StreamDefinition, builtin_definitions};

#[test]
fn an_enumeration_with_a_new_value_needs_a_label_for_it() {
    let builtin = sluicebox_event::definition::BUILTIN;
    let (origin, text) = builtin
        .iter()
        .find(|(origin, _)| origin.contains("activity"))
        .unwrap();
    let extended = text.replace(
        "[\"click\", \"purchase\"]",
        "[\"click\", \"purchase\", \"refund\"]",
    );
    let error = StreamDefinition::parse(&extended, origin).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("lookup `category` says nothing about `refund`"),
        "{error}"
    );
    let complete = extended.replace(
        "purchase = \"revenue\"",
        "purchase = \"revenue\", refund = \"loss\"",
    );
    StreamDefinition::parse(&complete, origin).unwrap();
}

#[test]
fn streams_do_not_share_names_topics_or_files() {
    let compile = |change: fn(&mut Vec<StreamDefinition>)| {
        let mut definitions = builtin_definitions().unwrap();
        change(&mut definitions);
        Plans::compile(&definitions, PlanOptions::default()).map_err(|error| error.message)
    };
    assert!(compile(|_| ()).is_ok());
    let same = |what: &str, name: &str| format!("two streams have the {what} `{name}`");
    assert_eq!(
        compile(|all| all.push(all[0].clone())).unwrap_err(),
        same("name", "sensor")
    );
    assert_eq!(
        compile(|all| all[1].topic = "sensor_data".into()).unwrap_err(),
        same("topic", "sensor_data")
    );
    let file = "processed_data_sensor.csv";
    assert_eq!(
        compile(|all| all[1].file_name = "processed_data_sensor.csv".into()).unwrap_err(),
        same("file", file)
    );
    assert!(compile(|all| all[0].file_name = "dead_letters.csv".into()).is_err());
    assert!(compile(|all| all[0].topic = "a b".into()).is_err());
    assert!(compile(Vec::clear).is_err());
}

#[test]
fn records_cannot_outgrow_the_room_that_topics_give_them() {
    let definition = |defaults: usize| {
        let key = "name = \"a\"\ntopic = \"a\"\nkey_field = \"k\"\ncolumns = [\"source_partition\", \"source_offset\"]\n[[fields]]\nname = \"k\"\ntype = \"string\"\nrequired = true\n";
        let field = |index| {
            let text = "\\u0001".repeat(200);
            format!("[[fields]]\nname = \"f{index}\"\ntype = \"string\"\ndefault = \"{text}\"\n")
        };
        let text = key.to_owned() + &(0..defaults).map(field).collect::<String>();
        Plans::compile(
            &[StreamDefinition::parse(&text, "a.toml").unwrap()],
            PlanOptions::default(),
        )
    };
    assert!(definition(50).is_ok());
    let error = definition(60).unwrap_err();
    assert!(error.message.contains("may grow by"), "{error}");
}
