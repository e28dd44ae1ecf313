//! Stream definitions: any text is a definition, or refused with a place and a help.

use sluicebox_event::{PlanOptions, Plans, Scratch, SourceRecord, StreamDefinition, StreamId};

/// `TOML | 0xff | value`: a definition, and a record for it when it is one.
///
/// No text makes the parser panic; what is refused says where and shows its text; what is accepted
/// compiles, has a stable hash, and takes any record without panic.
pub fn stream_definition(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0xff);
    let (toml, value) = (parts.next().unwrap_or(&[]), parts.next().unwrap_or(b"{}"));
    let Ok(toml) = std::str::from_utf8(toml) else {
        return;
    };
    match StreamDefinition::parse(toml, "fuzzed.toml") {
        Ok(definition) => with_definition(&definition, value),
        Err(error) => {
            assert!(!error.message.is_empty());
            let _ = error.to_string();
            if let Some(span) = error.span {
                assert!(error.source_text.get(span.clone()).is_some(), "{span:?}");
            }
        }
    }
}

fn with_definition(definition: &StreamDefinition, value: &[u8]) {
    let compile = || Plans::compile(std::slice::from_ref(definition), PlanOptions::default());
    let Ok(plans) = compile() else {
        return;
    };
    let again = compile().expect("what compiled once compiles again");
    assert_eq!(plans.hash(), again.hash());
    let mut scratch = Scratch::default();
    for key in [Some(value), Some(&b"1"[..]), None] {
        let record = SourceRecord {
            topic: plans.streams()[0].source_topic(),
            partition: 0,
            offset: 0,
            timestamp_ms: 0,
            key,
            value: Some(value),
        };
        let mut out = Vec::new();
        if plans
            .process(StreamId(0), &mut scratch, &record, 0, &mut out)
            .is_ok()
        {
            let mut csv = Vec::new();
            let row = plans.csv_row(&mut scratch, Some(&out), &mut csv);
            row.expect("the sink reads what the processor writes");
        }
    }
}
