//! `SLUICEBOX_KAFKA_SASL_PASSWORD` and the like: one librdkafka property each, and with `_FILE` at
//! the end the name of a file that holds its value. As container images have it.

use std::collections::BTreeMap;

use super::variables::PREFIX;

/// What the names of these variables begin with, after [`PREFIX`].
const KAFKA: &str = "KAFKA_";
const FILE: &str = "_FILE";

/// What such variables set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sets {
    /// The property of this name.
    Property(String),
    /// The file of the property of this name.
    File(String),
}

/// What a variable of this name sets; `None`: it is not one of these. A name that fits no property
/// is none either: clusters put variables of their own into the environment.
pub(crate) fn sets(variable: &str) -> Option<Sets> {
    let name = variable.strip_prefix(PREFIX)?.strip_prefix(KAFKA)?;
    if let Some(property) = sluicebox_kafka::property_of_variable(name) {
        return Some(Sets::Property(property));
    }
    let name = name.strip_suffix(FILE)?;
    sluicebox_kafka::property_of_variable(name).map(Sets::File)
}

/// What is set by these variables.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, String>,
}

/// Looks through an environment. Empty values count as unset, as they do everywhere.
pub(crate) fn find(variables: impl Iterator<Item = (String, String)>) -> Found {
    let mut found = Found::default();
    for (variable, value) in variables.filter(|(_, value)| !value.is_empty()) {
        match sets(&variable) {
            Some(Sets::Property(name)) => drop(found.properties.insert(name, value)),
            Some(Sets::File(name)) => drop(found.files.insert(name, value)),
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_names_a_property_or_its_file() {
        let property = |name: &str| Some(Sets::Property(name.to_owned()));
        let file = |name: &str| Some(Sets::File(name.to_owned()));
        for (variable, expected) in [
            ("SLUICEBOX_KAFKA_SASL_PASSWORD", property("sasl.password")),
            ("SLUICEBOX_KAFKA_SASL_MECHANISM", property("sasl.mechanism")),
            (
                "SLUICEBOX_KAFKA_SSL_CA_LOCATION",
                property("ssl.ca.location"),
            ),
            ("SLUICEBOX_KAFKA_SASL_PASSWORD_FILE", file("sasl.password")),
            (
                "SLUICEBOX_KAFKA_SASL_OAUTHBEARER_TOKEN_FILE",
                file("sasl.oauthbearer.token"),
            ),
            ("SLUICEBOX_KAFKA_FILE", None),
            // What Kubernetes sets for a service of the name sluicebox-kafka.
            ("SLUICEBOX_KAFKA_PORT", None),
            ("SLUICEBOX_KAFKA_SERVICE_HOST", None),
            ("SLUICEBOX_RATE", None),
        ] {
            assert_eq!(sets(variable), expected, "{variable}");
        }
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let one = |value: &str| {
            let variable = "SLUICEBOX_KAFKA_SASL_USERNAME".to_owned();
            find([(variable, value.to_owned())].into_iter()).properties
        };
        assert!(one("").is_empty());
        assert_eq!(one("ada")["sasl.username"], "ada");
    }
}
