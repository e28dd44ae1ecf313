//! Which librdkafka properties a user may set, and where.

use crate::error::KafkaError;
use crate::ffi::known_properties;

/// Where a property comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyOrigin {
    /// An argument, which every user of the machine can read in the process list.
    CommandLine,
    /// A configuration file or an environment variable.
    Configuration,
}

/// Properties that exactly-once rests on, or that Sluicebox sets from its own options, and why.
const RESERVED: &[(&str, &str)] = &[
    ("acks", "exactly-once needs acks=all"),
    ("request.required.acks", "exactly-once needs acks=all"),
    (
        "enable.idempotence",
        "exactly-once needs idempotent producers",
    ),
    (
        "enable.gapless.guarantee",
        "a gap is an error here, and is handled as one",
    ),
    (
        "max.in.flight",
        "no record may be lost or repeated while partitions change leaders, see ADR 26",
    ),
    (
        "max.in.flight.requests.per.connection",
        "no record may be lost or repeated while partitions change leaders, see ADR 26",
    ),
    (
        "message.send.max.retries",
        "a record is retried until its time is over",
    ),
    ("retries", "a record is retried until its time is over"),
    (
        "transactional.id",
        "it comes from the group and the state directory's slot",
    ),
    (
        "transaction.timeout.ms",
        "the client's timeouts are derived from it; use the own setting",
    ),
    (
        "message.timeout.ms",
        "it must not exceed the transaction timeout",
    ),
    (
        "delivery.timeout.ms",
        "it must not exceed the transaction timeout",
    ),
    (
        "max.poll.interval.ms",
        "it must stay well above the transaction timeout",
    ),
    ("isolation.level", "only committed records may be read"),
    (
        "enable.auto.commit",
        "offsets are committed with the output, never by time",
    ),
    (
        "auto.commit.enable",
        "offsets are committed with the output, never by time",
    ),
    (
        "auto.commit.interval.ms",
        "offsets are committed with the output, never by time",
    ),
    (
        "enable.auto.offset.store",
        "positions are kept by Sluicebox",
    ),
    (
        "auto.offset.reset",
        "a position outside the log must be reported, never reset silently",
    ),
    ("enable.partition.eof", "lag and --stop-at-end rest on it"),
    (
        "partitioner",
        "all producers must place a key on the same partition (murmur2_random)",
    ),
    (
        "partition.assignment.strategy",
        "partitions are assigned eagerly",
    ),
    (
        "group.id",
        "use --group or the group key of the configuration",
    ),
    ("group.instance.id", "it is given to each instance"),
    ("bootstrap.servers", "use --bootstrap-servers"),
    ("metadata.broker.list", "use --bootstrap-servers"),
    ("client.id", "it is given to each client"),
    (
        "message.max.bytes",
        "use the size limit of the configuration",
    ),
    (
        "message.copy.max.bytes",
        "records are handed over without copying",
    ),
    ("log.queue", "logs of the client go through Sluicebox's own"),
    ("log_level", "use -v"),
    (
        "test.mock.num.brokers",
        "it replaces the cluster by one without meaning",
    ),
    ("builtin.features", "it describes the library"),
    (
        "plugin.library.paths",
        "code is not loaded into a process that promises exactly-once",
    ),
];

/// Properties whose value is a secret.
const SECRETS: &[&str] = &[
    "sasl.password",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.password",
    "sasl.oauthbearer.config",
    crate::security::TOKEN_PROPERTY,
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.assertion.private.key.passphrase",
    "sasl.oauthbearer.assertion.private.key.pem",
];

/// Parts of a name that make a property a secret although it is not in the list: rather one
/// masked too many when the library grows a new one.
const SECRET_PARTS: &[&str] = &["password", "secret", "passphrase", "key.pem", "private.key"];

/// Whether the value of a property must never be shown.
pub fn is_secret(name: &str) -> bool {
    let path = name.ends_with(".location");
    SECRETS.contains(&name) || (!path && SECRET_PARTS.iter().any(|part| name.contains(part)))
}

/// The property that an environment variable is named after: `SASL_PASSWORD` is `sasl.password`.
pub fn property_of_variable(name: &str) -> Option<String> {
    let like = |property: &str| property.replace('.', "_").eq_ignore_ascii_case(name);
    let known = known_properties().iter().map(String::as_str);
    known
        .chain([crate::security::TOKEN_PROPERTY])
        .find(|property| like(property))
        .map(str::to_owned)
}

/// Checks that a user may set a property, and explains it if not.
///
/// Whether the property exists, and whether its value is good, is found when a client is made.
pub fn check_property(name: &str, origin: PropertyOrigin) -> Result<(), KafkaError> {
    const OPERATION: &str = "accept a Kafka client property";
    if let Some((_, why)) = RESERVED.iter().find(|(reserved, _)| *reserved == name) {
        return Err(KafkaError::configuration(
            OPERATION,
            format!("`{name}` cannot be set: {why}; remove it"),
        ));
    }
    if name.ends_with("_cb") || name == "opaque" || name == "default_topic_conf" {
        return Err(KafkaError::configuration(
            OPERATION,
            format!("`{name}` is for programs that link the library and cannot be set; remove it"),
        ));
    }
    if origin == PropertyOrigin::CommandLine && is_secret(name) {
        return Err(KafkaError::configuration(
            OPERATION,
            format!(
                "`{name}` is a secret, and the process list shows the command line to every user; \
                 put it into a configuration file that only you can read, or into the environment"
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exactly_once_rests_on_cannot_be_set() {
        for name in [
            "acks",
            "enable.idempotence",
            "transactional.id",
            "isolation.level",
            "enable.auto.commit",
            "partitioner",
            "group.id",
            "auto.offset.reset",
        ] {
            let error = check_property(name, PropertyOrigin::Configuration).unwrap_err();
            assert!(
                error.message.contains(name) && error.message.contains("remove it"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_secret_is_refused_on_the_command_line_and_accepted_from_a_file() {
        for name in SECRETS {
            let error = check_property(name, PropertyOrigin::CommandLine).unwrap_err();
            assert!(error.message.contains("configuration file"), "{error}");
            assert!(check_property(name, PropertyOrigin::Configuration).is_ok());
        }
        assert!(check_property("ssl.ca.location", PropertyOrigin::CommandLine).is_ok());
        assert!(!is_secret("ssl.key.location"));
        assert!(is_secret("some.future.client.secret"));
    }

    #[test]
    fn every_reserved_property_exists_in_the_client_library() {
        let known = crate::ffi::known_properties();
        let aliases = [
            "delivery.timeout.ms",
            "retries",
            "max.in.flight",
            "message.timeout.ms",
        ];
        for (name, _) in RESERVED {
            let listed = known.iter().any(|k| k == name) || aliases.contains(name);
            let mut conf = crate::ffi::Conf::new();
            let missing = conf
                .set(name, "1")
                .err()
                .is_some_and(|error| error.message.contains("knows no property"));
            assert!(listed || !missing, "{name} is misspelt");
        }
    }
}
