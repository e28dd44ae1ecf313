//! Lays flags, environment, config file and defaults over each other and remembers which one won.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use clap::ArgMatches;
use clap::parser::ValueSource;
use miette::{Context, IntoDiagnostic, Report, miette};

use sluicebox_kafka::{PropertyOrigin, check_property};

use super::file;
use super::table::{SETTINGS, Setting};
use super::value::Value;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File(PathBuf),
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File(path) => write!(out, "{}", path.display()),
            Self::Variable(name) => write!(out, "${name}"),
            Self::Flag(name) => write!(out, "--{name}"),
        }
    }
}

/// The value of every setting that has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, (Value, Origin)>,
}

impl Settings {
    /// Lays all sources over each other for a command whose arguments clap has parsed.
    ///
    /// # Errors
    /// The config file cannot be read or is wrong; a variable has a wrong value.
    pub(crate) fn gather(matches: &ArgMatches) -> Result<Self, Report> {
        let mut settings = Self::defaults();
        if let Some(path) = matches.get_one::<PathBuf>("config") {
            settings.lay_file(path)?;
        }
        for setting in SETTINGS {
            settings.lay_argument(setting, matches)?;
        }
        Ok(settings)
    }

    /// What holds when nothing is said.
    pub(crate) fn defaults() -> Self {
        let values = SETTINGS
            .iter()
            .filter_map(|setting| Some((setting, setting.default?)))
            .map(|(setting, text)| match setting.kind.parse(text) {
                Ok(value) => (setting.key, (value, Origin::Default)),
                Err(why) => {
                    unreachable!("the default of {} is checked by a test: {why}", setting.key)
                }
            })
            .collect();
        Self { values }
    }

    pub(crate) fn lay_file(&mut self, path: &PathBuf) -> Result<(), Report> {
        let text = std::fs::read_to_string(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read the config file {}", path.display()))?;
        for (key, value) in file::read(&text, &path.display().to_string())
            .map_err(|problem| Report::new(*problem))?
        {
            self.values.insert(key, (value, Origin::File(path.clone())));
        }
        Ok(())
    }

    fn lay_argument(
        &mut self,
        setting: &'static Setting,
        matches: &ArgMatches,
    ) -> Result<(), Report> {
        let Some(flag) = setting.flag else {
            return Ok(());
        };
        // A command takes only some of the flags; clap panics when asked for one it does not take.
        if !matches!(matches.try_contains_id(flag), Ok(true)) {
            return Ok(());
        }
        let (origin, from_variable) = match matches.value_source(flag) {
            Some(ValueSource::CommandLine) => (Origin::Flag(flag), false),
            Some(ValueSource::EnvVariable) => (
                Origin::Variable(setting.variable().unwrap_or_default()),
                true,
            ),
            _ => return Ok(()),
        };
        let mut texts = matches
            .get_raw(flag)
            .into_iter()
            .flatten()
            .map(|raw| raw.to_string_lossy());
        if matches!(setting.kind, super::value::Kind::Switch) && !from_variable {
            self.values
                .insert(setting.key, (Value::Switch(true), origin));
            return Ok(());
        }
        let parse = |text: &str| {
            let value = setting
                .kind
                .parse(text)
                .map_err(|why| miette!("{origin}: {why}"))?;
            if let (Value::Pairs(pairs), false) = (&value, from_variable) {
                refuse_on_command_line(pairs)?;
            }
            Ok::<_, Report>(value)
        };
        let Some(first) = texts.next() else {
            return Ok(());
        };
        let mut value = parse(&first)?;
        for text in texts {
            value = join(value, parse(&text)?);
        }
        // Properties add up over the layers; every other setting replaces.
        if let (Value::Pairs(_), Some((lower, _))) = (&value, self.values.get(setting.key)) {
            value = join(lower.clone(), value);
        }
        self.values.insert(setting.key, (value, origin));
        Ok(())
    }

    /// The value of a setting and where it came from; `None` when unset.
    pub(crate) fn get(&self, key: &str) -> Option<(&Value, &Origin)> {
        debug_assert!(
            super::table::setting(key).is_some(),
            "unknown setting {key}"
        );
        self.values.get(key).map(|(value, origin)| (value, origin))
    }
}

/// Secrets do not belong on a command line, where every user of the machine can read them.
fn refuse_on_command_line(properties: &BTreeMap<String, String>) -> Result<(), Report> {
    for name in properties.keys() {
        check_property(name, PropertyOrigin::CommandLine)
            .map_err(|error| miette!("--kafka: {}", error.message))?;
    }
    Ok(())
}

/// The later value joined to the earlier one where a setting can be repeated.
fn join(earlier: Value, later: Value) -> Value {
    match (earlier, later) {
        (Value::List(mut all), Value::List(more)) => {
            all.extend(more);
            Value::List(all)
        }
        (Value::Pairs(mut all), Value::Pairs(more)) => {
            all.extend(more);
            Value::Pairs(all)
        }
        (_, later) => later,
    }
}
