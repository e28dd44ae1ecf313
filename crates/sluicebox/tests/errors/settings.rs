//! Wrong usage and configuration: exit code 2, the place, the way out; nothing is started.

use crate::support::{ends_with, says, sluicebox};

fn config_refused(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("sluicebox.toml");
    std::fs::write(&file, text).unwrap();
    let said = ends_with(2, sluicebox().args(["config", "check"]).arg(&file));
    let same = ends_with(
        2,
        sluicebox()
            .current_dir(&dir)
            .args(["run", "--config"])
            .arg(&file),
    );
    assert_eq!(same, said, "`run` says the same as `config check`");
    assert!(!dir.path().join("data").exists(), "nothing was started");
    said.replace(&dir.path().display().to_string(), "DIR")
}

fn stream_refused(edit: impl FnOnce(&str) -> String) -> String {
    let original = include_str!("../../../../config/streams/sensor.toml");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stream.toml");
    let text = edit(original);
    assert_ne!(text, original, "the edit did nothing");
    std::fs::write(&file, text).unwrap();
    let said = ends_with(
        2,
        sluicebox().args(["config", "check", "--stream"]).arg(&file),
    );
    said.replace(&dir.path().display().to_string(), "DIR")
}

#[test]
fn a_misspelt_config_key_is_shown_where_it_stands() {
    insta::assert_snapshot!(config_refused("[cluster]\nbootstrap_server = \"k:9092\"\n"));
}

#[test]
fn a_misspelt_config_section_is_shown_where_it_stands() {
    insta::assert_snapshot!(config_refused("[clutser]\nwait = \"5s\"\n"));
}

#[test]
fn a_config_value_of_a_wrong_kind_is_shown_where_it_stands() {
    insta::assert_snapshot!(config_refused("[datagen]\nrate = \"fast\"\n"));
}

#[test]
fn a_topic_config_without_a_topic_is_refused_rather_than_ignored() {
    let without = ["topics", "create", "--topic-config", "segment.ms=1000"];
    let said = ends_with(2, sluicebox().args(without));
    says(&said, &["TOPIC", "sluicebox topics create"]);
}

#[test]
fn a_config_file_that_is_not_there_is_named() {
    let said = ends_with(2, sluicebox().args(["run", "--config", "no-such.toml"]));
    says(
        &said,
        &["cannot read the config file no-such.toml", "config default"],
    );
}

#[test]
fn a_misspelt_variable_is_a_warning_with_a_suggestion() {
    let said = ends_with(
        0,
        sluicebox()
            .args(["config", "check"])
            .env("SLUICEBOX_RAET", "5"),
    );
    says(
        &said,
        &[
            "SLUICEBOX_RAET is not known: did you mean `SLUICEBOX_RATE`?",
            "good",
        ],
    );
}

#[test]
fn the_variable_of_a_build_is_no_warning_where_the_program_runs() {
    let mut check = sluicebox();
    let said = ends_with(
        0,
        check.args(["config", "check"]).env("SLUICEBOX_COMMIT", "x"),
    );
    assert!(!said.contains("SLUICEBOX_COMMIT"), "{said}");
}

#[test]
fn a_wrong_value_in_a_variable_is_blamed_on_the_variable() {
    let said = ends_with(
        2,
        sluicebox()
            .args(["config", "check"])
            .env("SLUICEBOX_RATE", "fast"),
    );
    says(
        &said,
        &[
            "environment variable SLUICEBOX_RATE has a wrong value",
            "`fast` is not a rate",
            "--rate",
        ],
    );
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let said = ends_with(
        0,
        sluicebox()
            .args(["config", "show"])
            .env("SLUICEBOX_RATE", ""),
    );
    says(&said, &["rate = 100\n"]);
}

#[test]
fn flags_win_over_variables_win_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("sluicebox.toml");
    std::fs::write(&file, "[datagen]\nrate = 1\nkeys = 1\nseed = 1\n").unwrap();
    let mut show = sluicebox();
    show.args(["config", "show", "--rate", "3", "--config"])
        .arg(&file);
    show.env("SLUICEBOX_RATE", "2").env("SLUICEBOX_KEYS", "2");
    let said = ends_with(0, &mut show);
    let file = format!("seed = 1  # {}", file.display());
    says(
        &said,
        &["rate = 3  # --rate", "keys = 2  # $SLUICEBOX_KEYS", &file],
    );
}

#[test]
fn a_stream_definition_with_an_unknown_type_is_shown_where_it_stands() {
    let said = stream_refused(|text| text.replacen("type = \"number\"", "type = \"nmber\"", 1));
    says(
        &said,
        &[
            "there is no type `nmber`",
            "DIR/stream.toml:",
            "did you mean `number`?",
        ],
    );
}

#[test]
fn a_stream_definition_with_an_unknown_key_is_shown_where_it_stands() {
    let said = stream_refused(|text| text.replacen("key_field", "key_feild", 1));
    says(
        &said,
        &[
            "`key_feild`",
            "DIR/stream.toml:",
            "did you mean `key_field`?",
        ],
    );
}

#[test]
fn a_stream_definition_with_a_value_of_a_wrong_type_is_shown_where_it_stands() {
    let said = stream_refused(|text| text.replacen("required = true", "required = \"yes\"", 1));
    says(&said, &["DIR/stream.toml:", "required = \"yes\""]);
}

#[test]
fn a_stream_definition_that_is_not_there_is_named() {
    let said = ends_with(2, sluicebox().args(["run", "--stream", "no-such.toml"]));
    says(
        &said,
        &[
            "cannot read the stream definition no-such.toml",
            "docs/streams.md",
        ],
    );
}

#[test]
fn a_misspelt_stream_is_refused_with_a_suggestion() {
    let said = ends_with(2, sluicebox().args(["datagen", "sensr"]));
    says(
        &said,
        &["there is no stream `sensr`", "did you mean `sensor`?"],
    );
}

#[test]
fn values_out_of_range_are_usage_errors() {
    for (flags, sentence) in [
        (["--records", "0"], "`0` is less than 1"),
        (["--rate", "-5"], "`-5` is not a rate"),
        (["--rate", "0"], "`0` is not a rate"),
        (["--invalid-ratio", "1.5"], "`1.5`"),
        (["--partitions", "0"], "`0` is not from 1 to 10000"),
        (["--duration", "soon"], "`soon` is not a length of time"),
    ] {
        let said = ends_with(2, sluicebox().arg("run").args(flags));
        says(&said, &[sentence, flags[0]]);
    }
}

#[test]
fn a_misspelt_flag_is_refused_with_a_suggestion() {
    let said = ends_with(2, sluicebox().args(["run", "--recrods", "5"]));
    says(&said, &["--recrods", "'--records'"]);
}

#[test]
fn what_exactly_once_rests_on_cannot_be_set() {
    let said = ends_with(
        2,
        sluicebox().args(["run", "--kafka", "enable.idempotence=false"]),
    );
    says(
        &said,
        &["`enable.idempotence` cannot be set", "exactly-once"],
    );
}
