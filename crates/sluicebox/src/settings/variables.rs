//! Environment variables that look like ours but are not: most likely misspelt.

use super::file::suggestion;
use super::kafka_variables;
use super::table::{SETTINGS, Setting};

/// What the names of all our variables begin with.
pub(crate) const PREFIX: &str = "SLUICEBOX_";
/// The variable of `--config`, which is no setting.
const CONFIG: &str = "SLUICEBOX_CONFIG";
/// The dashboard's token. No setting either: secrets are neither flags nor shown.
pub(crate) const HTTP_TOKEN: &str = "SLUICEBOX_HTTP_TOKEN";
/// Read when the program is built (`build.rs`). Where that happens, the program may be started with it.
const BUILD_COMMIT: &str = "SLUICEBOX_COMMIT";

/// A sentence about each variable of this environment that begins like ours and is not known.
/// It is no error: the environment of a process is often not its own.
pub(crate) fn complaints() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    about(names)
}

fn about(names: impl Iterator<Item = String>) -> Vec<String> {
    let known: Vec<String> = SETTINGS
        .iter()
        .filter_map(Setting::variable)
        .chain([CONFIG, HTTP_TOKEN, BUILD_COMMIT].map(str::to_owned))
        .collect();
    names
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name))
        .filter(|name| kafka_variables::sets(name).is_none())
        .map(|name| {
            let hint = suggestion(
                &name[PREFIX.len()..],
                known.iter().map(|name| &name[PREFIX.len()..]),
            );
            let hint = hint.map(|hint| hint.replacen('`', &format!("`{PREFIX}"), 1));
            match hint {
                Some(hint) => format!("the environment variable {name} is not known: {hint}"),
                None => format!(
                    "the environment variable {name} is not known; docs/configuration.md lists them"
                ),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_told_with_the_likely_one() {
        let names = [
            "SLUICEBOX_RAET",
            "SLUICEBOX_RATE",
            "SLUICEBOX_CONFIG",
            "SLUICEBOX_COMMIT",
            "PATH",
        ];
        let said = about(names.into_iter().map(str::to_owned));
        assert_eq!(
            said,
            [
                "the environment variable SLUICEBOX_RAET is not known: did you mean `SLUICEBOX_RATE`?"
            ]
        );
    }
}
