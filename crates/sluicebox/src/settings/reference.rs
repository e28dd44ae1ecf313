//! Texts made from the table: the annotated default config, the reference in the docs, and the
//! config in force.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sluicebox_pipeline::datagen::Rate;

use super::layers::{Origin, Settings};
use super::secrets::masked;
use super::table::{SECTIONS, SETTINGS, Setting};
use super::value::{Kind, Value};

/// The annotated default config file (`config default`, and `config/default.toml`).
pub(crate) fn default_config() -> String {
    let mut text = String::from(
        "# Sluicebox configuration: every key with its default. Use it with --config FILE.\n\
         # A flag wins over its environment variable, that over this file, that over the default.\n\
         # An unknown key is an error. A key without a default is commented out.\n",
    );
    for (section, about) in SECTIONS {
        let _ = write!(text, "\n# {about}\n[{section}]\n");
        for setting in in_section(section) {
            let name = &setting.key[section.len() + 1..];
            let _ = writeln!(text, "# {}.", setting.help);
            if let Some(variable) = setting.variable() {
                let _ = writeln!(text, "# --{}, {variable}", setting.flag.unwrap_or_default());
            }
            match setting.default {
                Some(default) => {
                    let _ = writeln!(text, "{name} = {}", written(setting, default));
                }
                None => {
                    let _ = writeln!(text, "# {name} = {}", example(setting.kind));
                }
            }
        }
    }
    text
}

/// The config reference in the docs (`docs/configuration.md`), which a test keeps equal.
#[cfg(test)]
fn markdown() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         A value comes from the first of: flag, environment variable, config file (`--config FILE`), \
         default. An unknown key is an error with a suggestion. `sluicebox config default` prints this \
         as a commented file, `sluicebox config check FILE` checks one, `sluicebox config show` prints \
         what is in force and where each value came from; secrets are masked.\n\n\
         This page is made from the code; a test keeps it equal.\n",
    );
    for (section, about) in SECTIONS {
        let _ = write!(text, "\n## `[{section}]`\n\n{about}\n\n");
        text.push_str(
            "| key | flag | variable | value | default | meaning |\n|---|---|---|---|---|---|\n",
        );
        for setting in in_section(section) {
            let flag = setting
                .flag
                .map_or(String::from("-"), |flag| format!("`--{flag}`"));
            let variable = setting
                .variable()
                .map_or(String::from("-"), |name| format!("`{name}`"));
            let default = setting
                .default
                .map_or(String::from("unset"), |text| format!("`{text}`"));
            let _ = writeln!(
                text,
                "| `{}` | {flag} | {variable} | {} | {default} | {} |",
                &setting.key[section.len() + 1..],
                shape(setting.kind),
                setting.help
            );
        }
    }
    text
}

/// The config in force, as a config file with the origin of each value; secrets masked.
pub(crate) fn in_force(settings: &Settings) -> String {
    let mut text = String::new();
    let shown = |setting: &Setting, value: &Value| match (setting.key, value) {
        // Its values are paths.
        ("cluster.property_files", Value::Pairs(files)) => table(files, |_, path| path),
        _ => shown(value),
    };
    for (section, _) in SECTIONS {
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}[{section}]");
        for setting in in_section(section) {
            let name = &setting.key[section.len() + 1..];
            let _ = match settings.get(setting.key) {
                Some((value, Origin::Default)) => {
                    writeln!(text, "{name} = {}", shown(setting, value))
                }
                Some((value, origin)) => {
                    writeln!(text, "{name} = {}  # {origin}", shown(setting, value))
                }
                None => writeln!(text, "# {name} is unset"),
            };
        }
    }
    text
}

fn in_section(section: &str) -> impl Iterator<Item = &'static Setting> {
    let prefix = format!("{section}.");
    SETTINGS
        .iter()
        .filter(move |setting| setting.key.starts_with(&prefix))
}

fn written(setting: &Setting, default: &str) -> String {
    match setting.kind {
        Kind::Integer(..) | Kind::Ratio | Kind::Switch => default.to_owned(),
        Kind::Rate if default != "max" => default.to_owned(),
        _ => quoted(default),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "\"…\"",
        Kind::Path => "\"path\"",
        Kind::Integer(..) => "1",
        Kind::Ratio => "0.5",
        Kind::Switch => "true",
        Kind::Choice(words) => words.first().copied().unwrap_or_default(),
        Kind::Duration => "\"10s\"",
        Kind::Rate => "\"max\"",
        Kind::Timestamp => "2026-01-31T08:00:00Z",
        Kind::List("path") => "[\"path\"]",
        Kind::List(_) => "[\"name\"]",
        Kind::Pairs => "{ \"name\" = \"value\" }",
    }
}

#[cfg(test)]
fn shape(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Path => "path".to_owned(),
        Kind::Integer(least, i64::MAX) => format!("integer from {least}"),
        Kind::Integer(least, most) => format!("integer, {least} to {most}"),
        Kind::Ratio => "number, 0 to 1".to_owned(),
        Kind::Switch => "true or false".to_owned(),
        Kind::Choice(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(" or "),
        Kind::Duration => "duration (`500ms`, `10s`, `1h30m`)".to_owned(),
        Kind::Rate => "records/s or `max`".to_owned(),
        Kind::Timestamp => "time (RFC 3339)".to_owned(),
        Kind::List(what) => format!("list of {what}s"),
        Kind::Pairs => "table".to_owned(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Ratio(ratio) => ratio.to_string(),
        Value::Switch(on) => on.to_string(),
        Value::Duration(time) => quoted(&format!("{time:?}")),
        Value::Rate(Rate::Max) => quoted("max"),
        Value::Rate(rate) => rate.to_string(),
        Value::Timestamp(ms) => jiff::Timestamp::from_millisecond(*ms)
            .map_or_else(|_| ms.to_string(), |time| time.to_string()),
        Value::List(items) => {
            format!(
                "[{}]",
                items
                    .iter()
                    .map(|item| quoted(item))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Value::Pairs(pairs) => table(pairs, masked),
    }
}

fn table<'a>(
    pairs: &'a BTreeMap<String, String>,
    shown: impl Fn(&str, &'a str) -> &'a str,
) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(key, value)| format!("{} = {}", quoted(key), quoted(shown(key, value))))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Set `SLUICEBOX_UPDATE_DOCS=1` to write the files anew.
    fn equals_file(text: &str, path: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(path);
        if std::env::var_os("SLUICEBOX_UPDATE_DOCS").is_some() {
            std::fs::write(&path, text).unwrap();
        }
        let on_disk = std::fs::read_to_string(&path).unwrap();
        assert!(
            on_disk == text,
            "{} is stale: run the tests with SLUICEBOX_UPDATE_DOCS=1",
            path.display()
        );
    }

    #[test]
    fn the_committed_default_config_is_made_from_the_table() {
        equals_file(&default_config(), "config/default.toml");
    }

    #[test]
    fn the_reference_is_made_from_the_table() {
        equals_file(&markdown(), "docs/configuration.md");
    }

    #[test]
    fn the_default_config_reads_back_as_the_defaults() {
        let values = super::super::file::read(&default_config(), "default.toml").unwrap();
        for setting in SETTINGS {
            let default = setting
                .default
                .map(|text| setting.kind.parse(text).unwrap());
            assert_eq!(values.get(setting.key), default.as_ref(), "{}", setting.key);
        }
    }

    #[test]
    fn commented_examples_are_values_of_their_kind() {
        let uncommented: String = default_config()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest
                        .split_once(" = ")
                        .is_some_and(|(key, _)| !key.contains(' ')) =>
                {
                    rest
                }
                _ => line,
            })
            .fold(String::new(), |text, line| text + line + "\n");
        super::super::file::read(&uncommented, "default.toml").unwrap();
    }

    #[test]
    fn secrets_are_masked_where_the_config_is_shown() {
        let pairs = [("sasl.password", "canary"), ("linger.ms", "5")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let text = shown(&Value::Pairs(pairs.into()));
        assert!(
            !text.contains("canary") && text.contains("\"linger.ms\" = \"5\""),
            "{text}"
        );
    }
}
