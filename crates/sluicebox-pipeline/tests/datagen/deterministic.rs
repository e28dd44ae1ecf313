use crate::support::{generator, line, options};
use sluicebox_pipeline::datagen::GeneratorOptions;

fn lines(options: GeneratorOptions, streams: &[&str], count: usize) -> Vec<String> {
    let mut generator = generator(options, streams);
    (0..count).map(|_| line(&generator.next_event())).collect()
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let options = GeneratorOptions {
        invalid: "0.2".parse().unwrap(),
        ..options()
    };
    let streams = ["sensor", "activity"];
    assert_eq!(
        lines(options, &streams, 5_000),
        lines(options, &streams, 5_000)
    );
    let other = GeneratorOptions { seed: 8, ..options };
    assert_ne!(lines(options, &streams, 10), lines(other, &streams, 10));
}

#[test]
fn streams_do_not_disturb_each_other() {
    let alone = GeneratorOptions {
        rate: "5".parse().unwrap(),
        ..options()
    };
    let without_stream = |lines: Vec<String>| -> Vec<String> {
        lines.into_iter().map(|line| line[2..].to_owned()).collect()
    };
    let both = lines(options(), &["sensor", "activity"], 2_000);
    let of = |stream: usize| -> Vec<String> {
        without_stream(both.iter().skip(stream).step_by(2).cloned().collect())
    };
    assert_eq!(of(0), without_stream(lines(alone, &["sensor"], 1_000)));
    // The second stream's events lie half a step later, so their times differ and nothing else.
    let timeless = |lines: Vec<String>| -> Vec<String> {
        lines
            .iter()
            .map(|line| line.split(",\"timestamp\"").next().unwrap().to_owned())
            .collect()
    };
    let activity = timeless(without_stream(lines(alone, &["activity"], 1_000)));
    assert_eq!(timeless(of(1)), activity);
}

#[test]
fn invalid_records_leave_the_valid_ones_as_they_are() {
    let spoiled = GeneratorOptions {
        invalid: "0.3".parse().unwrap(),
        ..options()
    };
    let clean = lines(options(), &["sensor", "activity"], 2_000);
    let mut generator = generator(spoiled, &["sensor", "activity"]);
    let mut invalid = 0;
    for clean in clean {
        let event = generator.next_event();
        if event.invalid.is_some() {
            invalid += 1;
        } else {
            assert_eq!(line(&event), clean);
        }
    }
    assert_eq!(invalid, 600);
}

#[test]
fn the_first_sensor_events_of_seed_7() {
    insta::assert_snapshot!(lines(options(), &["sensor"], 10).join("\n"));
}

#[test]
fn the_first_activity_events_of_seed_7() {
    insta::assert_snapshot!(lines(options(), &["activity"], 10).join("\n"));
}

#[test]
fn event_i_happens_at_start_plus_i_over_rate() {
    let mut generator = generator(options(), &["sensor", "activity"]);
    for i in 0..100 {
        let event = generator.next_event();
        assert_eq!(event.index, i);
        assert_eq!(event.stream, (i % 2) as usize);
        assert_eq!(event.time_ms, crate::support::START_MS + i as i64 * 100);
    }
}
