//! The config file: TOML text -> values, with the place of whatever is wrong in it.

use std::collections::BTreeMap;
use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;
use toml::de::{DeTable, DeValue};

use super::secrets::masked_source;
use super::table::{SECTIONS, SETTINGS, Setting, setting};
use super::value::{Kind, Value};

/// Most typing slips (a swap, a letter too many, too few or wrong) at which a known name is offered
/// in place of an unknown one, and least likeness (0 to 1) where there are more.
const SUGGEST_SLIPS: usize = 1;
const SUGGEST_LIKENESS: f64 = 0.75;

/// Something wrong in a config file: what, where, and what to do.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub(crate) struct FileProblem {
    message: String,
    #[source_code]
    text: NamedSource<String>,
    #[label("{label}")]
    at: SourceSpan,
    label: String,
    #[help]
    help: Option<String>,
}

/// Reads config text; `origin` is the file's name, for messages.
///
/// # Errors
/// The first thing that is wrong: syntax, an unknown section or key, a value of a wrong kind.
pub(crate) fn read(
    text: &str,
    origin: &str,
) -> Result<BTreeMap<&'static str, Value>, Box<FileProblem>> {
    let reader = Reader { text, origin };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        reader.problem("this is not TOML", at, error.message(), None)
    })?;
    let mut values = BTreeMap::new();
    for (section, content) in document.get_ref() {
        let name: &str = section.get_ref();
        if !SECTIONS.iter().any(|(known, _)| *known == name) {
            return Err(reader.unknown_section(name, section.span()));
        }
        let DeValue::Table(keys) = content.get_ref() else {
            let help = format!("write [{name}] on a line of its own and the keys below it");
            return Err(reader.problem(
                "this must be a section",
                content.span(),
                "not a section",
                Some(help),
            ));
        };
        for (key, value) in keys {
            let path = format!("{name}.{}", key.get_ref());
            let Some(known) = setting(&path) else {
                return Err(reader.unknown_key(name, key.get_ref(), key.span()));
            };
            values.insert(
                known.key,
                reader.value(known, value.get_ref(), value.span())?,
            );
        }
    }
    Ok(values)
}

struct Reader<'a> {
    text: &'a str,
    origin: &'a str,
}

impl Reader<'_> {
    fn problem(
        &self,
        message: &str,
        at: Range<usize>,
        label: &str,
        help: Option<String>,
    ) -> Box<FileProblem> {
        Box::new(FileProblem {
            message: message.to_owned(),
            text: NamedSource::new(self.origin, masked_source(self.text)),
            at: at.into(),
            label: label.to_owned(),
            help,
        })
    }

    fn unknown_section(&self, name: &str, at: Range<usize>) -> Box<FileProblem> {
        // A key that was written outside of its section is a likelier slip than a wrong section.
        if let Some(known) = SETTINGS.iter().find(|known| key_name(known) == name) {
            let help = format!("it belongs into the section [{}]", section_name(known));
            return self.problem(
                &format!("`{name}` is outside of its section"),
                at,
                "here",
                Some(help),
            );
        }
        let names = SECTIONS.iter().map(|(section, _)| *section);
        let help = suggestion(name, names).unwrap_or_else(|| {
            let all: Vec<_> = SECTIONS.iter().map(|(section, _)| *section).collect();
            format!("the sections are {}", all.join(", "))
        });
        self.problem(
            &format!("unknown section `{name}`"),
            at,
            "not a section of ours",
            Some(help),
        )
    }

    fn unknown_key(&self, section: &str, name: &str, at: Range<usize>) -> Box<FileProblem> {
        let here = SETTINGS
            .iter()
            .filter(|known| section_name(known) == section)
            .map(key_name);
        let elsewhere = || {
            let known = SETTINGS.iter().find(|known| key_name(known) == name)?;
            Some(format!(
                "it belongs into the section [{}]",
                section_name(known)
            ))
        };
        let help = elsewhere()
            .or_else(|| suggestion(name, here.clone()))
            .unwrap_or_else(|| {
                format!(
                    "the keys of [{section}] are {}",
                    here.collect::<Vec<_>>().join(", ")
                )
            });
        self.problem(
            &format!("unknown key `{name}` in [{section}]"),
            at,
            "not a key of ours",
            Some(help),
        )
    }

    fn value(
        &self,
        known: &Setting,
        value: &DeValue<'_>,
        at: Range<usize>,
    ) -> Result<Value, Box<FileProblem>> {
        convert(known.kind, value).map_err(|why| {
            let message = format!("`{}` has a wrong value", known.key);
            self.problem(&message, at, &why, Some(known.help.to_owned()))
        })
    }
}

fn convert(kind: Kind, value: &DeValue<'_>) -> Result<Value, String> {
    match (kind, value) {
        (Kind::List(_), DeValue::Array(items)) => items
            .iter()
            .map(|item| scalar(item.get_ref()))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::List),
        (Kind::Pairs, DeValue::Table(pairs)) => pairs
            .iter()
            .map(|(key, value)| Ok((key.get_ref().to_string(), scalar(value.get_ref())?)))
            .collect::<Result<BTreeMap<_, _>, String>>()
            .map(Value::Pairs),
        (Kind::List(what), _) => Err(format!("must be a list such as [\"{what}\"]")),
        (Kind::Pairs, _) => Err("must be a table such as { \"key\" = \"value\" }".to_owned()),
        (Kind::Switch, DeValue::Boolean(on)) => Ok(Value::Switch(*on)),
        (Kind::Switch, _) => Err("must be true or false, without quotes".to_owned()),
        (Kind::Integer(..), DeValue::String(_)) => {
            Err("must be a number, without quotes".to_owned())
        }
        (Kind::Text | Kind::Path | Kind::Choice(_) | Kind::Duration, other)
            if !matches!(other, DeValue::String(_)) =>
        {
            Err("must be text, in quotes".to_owned())
        }
        (kind, value) => kind.parse(&scalar(value)?),
    }
}

fn scalar(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.as_str().to_owned()),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(on) => Ok(on.to_string()),
        DeValue::Datetime(time) => Ok(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => Err("must be a single value".to_owned()),
    }
}

fn section_name(setting: &Setting) -> &'static str {
    setting
        .key
        .split_once('.')
        .map_or("", |(section, _)| section)
}

fn key_name(setting: &Setting) -> &'static str {
    setting.key.split_once('.').map_or("", |(_, key)| key)
}

/// The known name that is most like `name`, as a question.
pub(crate) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let likeness = |candidate: &str| match strsim::osa_distance(name, candidate) <= SUGGEST_SLIPS {
        true => 1.0,
        false => strsim::jaro_winkler(name, candidate),
    };
    known
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness >= SUGGEST_LIKENESS)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> (String, String, String) {
        let problem = read(text, "test.toml").unwrap_err();
        let at = problem.at.offset()..problem.at.offset() + problem.at.len();
        (
            problem.message,
            text[at].to_owned(),
            problem.help.unwrap_or_default(),
        )
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_place_and_a_suggestion() {
        let (message, at, help) = refusal("[output]\ndri = \"x\"\n");
        assert_eq!(
            (message.as_str(), at.as_str()),
            ("unknown key `dri` in [output]", "dri")
        );
        assert_eq!(help, "did you mean `dir`?");
    }

    #[test]
    fn a_key_in_a_wrong_section_is_shown_its_home() {
        let (_, _, help) = refusal("[output]\nrate = 5\n");
        assert_eq!(help, "it belongs into the section [datagen]");
        let (_, _, help) = refusal("rate = 5\n");
        assert_eq!(help, "it belongs into the section [datagen]");
    }

    #[test]
    fn a_misspelt_section_is_refused_with_a_suggestion() {
        let (message, _, help) = refusal("[datagn]\nrate = 5\n");
        assert_eq!(message, "unknown section `datagn`");
        assert_eq!(help, "did you mean `datagen`?");
    }

    #[test]
    fn a_value_of_a_wrong_kind_is_refused_where_it_stands() {
        for (text, at) in [
            ("[cluster]\npartitions = \"six\"\n", "\"six\""),
            ("[cluster]\npartitions = 0\n", "0"),
            ("[output]\ndir = 7\n", "7"),
            ("[streams]\nfiles = \"a.toml\"\n", "\"a.toml\""),
            ("[cluster]\nproperties = 1\n", "1"),
            ("[datagen]\nrate = \"fast\"\n", "\"fast\""),
        ] {
            assert_eq!(refusal(text).1, at, "{text}");
        }
    }

    #[test]
    fn what_is_not_toml_is_refused_where_it_breaks() {
        assert_eq!(refusal("[output\n").0, "this is not TOML");
    }

    #[test]
    fn good_values_of_each_kind_are_read() {
        let values = read(
            "[datagen]\nrate = 2.5\nstart = 2026-01-01T00:00:00Z\n\
             [cluster.properties]\n\"linger.ms\" = 5\n[streams]\nfiles = [\"a\"]\n",
            "test.toml",
        )
        .unwrap();
        assert_eq!(values["datagen.rate"], Value::Rate("2.5".parse().unwrap()));
        assert_eq!(values["datagen.start"], Value::Timestamp(1_767_225_600_000));
        assert_eq!(
            values["cluster.properties"],
            Value::Pairs(BTreeMap::from([("linger.ms".to_owned(), "5".to_owned())]))
        );
        assert_eq!(values["streams.files"], Value::List(vec!["a".to_owned()]));
    }
}
