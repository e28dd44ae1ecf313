//! Lays flags, environment, config file and defaults over each other and remembers which one won.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::ArgMatches;
use clap::parser::ValueSource;
use miette::{Report, miette};

use sluicebox_kafka::{PropertyOrigin, check_property};

use super::table::{SETTINGS, Setting, setting};
use super::value::{Kind, Value};
use super::{file, kafka_variables};

/// The tables of librdkafka properties: values, and files of values.
const PROPERTIES: &str = "cluster.properties";
const FILES: &str = "cluster.property_files";

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
            settings.lay_variable(setting)?;
        }
        settings.lay_kafka_variables();
        for setting in SETTINGS {
            settings.lay_flag(setting, matches)?;
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
        let text = std::fs::read_to_string(path).map_err(|error| {
            miette!(
                help = "`sluicebox config default > FILE` writes one with every default",
                "cannot read the config file {}: {error}",
                path.display()
            )
        })?;
        for (key, value) in file::read(&text, &path.display().to_string())
            .map_err(|problem| Report::new(*problem))?
        {
            self.values.insert(key, (value, Origin::File(path.clone())));
        }
        Ok(())
    }

    /// Variables are read here and not by clap, so that a wrong value is blamed on its variable.
    fn lay_variable(&mut self, setting: &'static Setting) -> Result<(), Report> {
        let Some(name) = setting.variable() else {
            return Ok(());
        };
        // Compose files and unit files pass unset variables on as empty ones.
        let Some(text) = std::env::var_os(&name).filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        let value = setting.kind.parse(&text.to_string_lossy()).map_err(|why| {
            miette!(
                help = format!(
                    "it is what --{} takes: {}",
                    setting.flag.unwrap_or_default(),
                    setting.help
                ),
                "the environment variable {name} has a wrong value: {}",
                hidden_if_secret(setting, why)
            )
        })?;
        self.lay(setting, value, Origin::Variable(name));
        Ok(())
    }

    /// Variables that name one librdkafka property each.
    fn lay_kafka_variables(&mut self) {
        let text = |text: OsString| text.into_string().ok();
        let variables = std::env::vars_os();
        let variables = variables.filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        let found = kafka_variables::find(variables);
        for (key, pairs) in [(PROPERTIES, found.properties), (FILES, found.files)] {
            if let Some(setting) = setting(key).filter(|_| !pairs.is_empty()) {
                let origin = Origin::Variable("SLUICEBOX_KAFKA_…".to_owned());
                self.lay(setting, Value::Pairs(pairs), origin);
            }
        }
    }

    fn lay_flag(&mut self, setting: &'static Setting, matches: &ArgMatches) -> Result<(), Report> {
        let Some(flag) = setting.flag else {
            return Ok(());
        };
        // A command takes only some of the flags; clap panics when asked for one it does not take.
        let taken = matches!(matches.try_contains_id(flag), Ok(true));
        if !taken || matches.value_source(flag) != Some(ValueSource::CommandLine) {
            return Ok(());
        }
        let value = match setting.kind {
            Kind::Switch => Value::Switch(true),
            kind => {
                let texts = matches.get_raw(flag).into_iter().flatten();
                let values = texts.map(|text| kind.parse(&text.to_string_lossy()));
                let values = values.collect::<Result<Vec<_>, _>>();
                let values = values.map_err(|why| miette!("--{flag}: {why}"))?;
                let Some(value) = values.into_iter().reduce(join) else {
                    return Ok(());
                };
                value
            }
        };
        if let (PROPERTIES, Value::Pairs(pairs)) = (setting.key, &value) {
            refuse_on_command_line(pairs)?;
        }
        self.lay(setting, value, Origin::Flag(flag));
        Ok(())
    }

    /// Properties add up over the layers; every other setting replaces. A property and its file
    /// replace one another.
    fn lay(&mut self, setting: &'static Setting, value: Value, origin: Origin) {
        let other = match setting.key {
            PROPERTIES => self.values.get_mut(FILES),
            FILES => self.values.get_mut(PROPERTIES),
            _ => None,
        };
        if let (Value::Pairs(pairs), Some((Value::Pairs(others), _))) = (&value, other) {
            others.retain(|name, _| !pairs.contains_key(name));
        }
        let value = match (&value, self.values.get(setting.key)) {
            (Value::Pairs(_), Some((lower, _))) => join(lower.clone(), value),
            _ => value,
        };
        self.values.insert(setting.key, (value, origin));
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

/// What is not KEY=VALUE may still be a secret: it is not repeated.
fn hidden_if_secret(setting: &Setting, why: String) -> String {
    match setting.kind {
        Kind::Pairs => "it is not KEY=VALUE".to_owned(),
        _ => why,
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
