//! Whether this build can do what the security properties ask for, in words that say what to do.

use std::collections::BTreeMap;

use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::Conf;

/// The token of `OAUTHBEARER`. A property of ours: librdkafka wants it by a function call.
pub const TOKEN_PROPERTY: &str = "sasl.oauthbearer.token";

/// What to do about a build without TLS.
pub const NO_TLS_WAY_OUT: &str = "use a build that has it: `cargo build --release --features tls`, \
     the container image, or a release archive; `sluicebox --version` says what a build has";

const OPERATION: &str = "configure the Kafka client";
/// SASL mechanisms that a build with TLS has.
const MECHANISMS: &[&str] = &["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];
/// The one that needs no OpenSSL.
const PLAIN: &str = "PLAIN";
const OAUTHBEARER: &str = "OAUTHBEARER";

/// Whether the client library was built with OpenSSL (the feature `tls`).
pub fn has_tls() -> bool {
    let features = Conf::new().read("builtin.features");
    features.split(',').any(|feature| feature == "ssl")
}

/// Checks that this build can do what the security properties ask for.
///
/// # Errors
/// What cannot be done, without the value of any secret; with the code `UNSUPPORTED_FEATURE` where
/// the build has no TLS, see [`NO_TLS_WAY_OUT`].
pub fn check_security(properties: &BTreeMap<String, String>) -> Result<(), KafkaError> {
    let asked = Asked::of(properties);
    if !has_tls() {
        asked.check_plain_build()?;
    }
    asked.check_mechanism()
}

/// What the properties ask for.
struct Asked<'a> {
    properties: &'a BTreeMap<String, String>,
    protocol: String,
    mechanism: Option<String>,
}

impl<'a> Asked<'a> {
    fn of(properties: &'a BTreeMap<String, String>) -> Self {
        let upper = |name: &str| {
            properties
                .get(name)
                .map(|value| value.trim().to_uppercase())
        };
        Self {
            properties,
            protocol: upper("security.protocol").unwrap_or_default(),
            mechanism: upper("sasl.mechanisms").or_else(|| upper("sasl.mechanism")),
        }
    }

    fn check_plain_build(&self) -> Result<(), KafkaError> {
        let lacks = |what: String| {
            let message = format!("this build has no TLS, and {what}");
            let code = ErrorCode::UNSUPPORTED_FEATURE;
            Err(KafkaError::new(OPERATION, code, message))
        };
        if matches!(self.protocol.as_str(), "SSL" | "SASL_SSL") {
            return lacks(format!("security.protocol is {}", self.protocol));
        }
        if let Some(mechanism) = self.mechanism.as_deref().filter(|asked| *asked != PLAIN)
            && MECHANISMS.contains(&mechanism)
        {
            let what = "which needs the same library";
            return lacks(format!("sasl.mechanism is {mechanism}, {what}"));
        }
        match self.properties.keys().find(|name| name.starts_with("ssl.")) {
            Some(name) => lacks(format!("`{name}` is set")),
            None => Ok(()),
        }
    }

    fn check_mechanism(&self) -> Result<(), KafkaError> {
        let refuse = |message: String| Err(KafkaError::configuration(OPERATION, message));
        if !self.protocol.starts_with("SASL_") {
            return Ok(());
        }
        let known = MECHANISMS.join(", ");
        let Some(mechanism) = &self.mechanism else {
            return refuse(format!(
                "security.protocol is {}, and sasl.mechanism is not set; it is one of {known}",
                self.protocol
            ));
        };
        if !MECHANISMS.contains(&mechanism.as_str()) {
            return refuse(format!(
                "sasl.mechanism is {mechanism}; it has to be one of {known}"
            ));
        }
        if mechanism == OAUTHBEARER {
            return self.check_token();
        }
        let missing = ["sasl.username", "sasl.password"]
            .into_iter()
            .find(|name| !self.properties.contains_key(*name));
        match missing {
            Some(name) => refuse(format!(
                "sasl.mechanism is {mechanism}, and `{name}` is not set"
            )),
            None => Ok(()),
        }
    }

    fn check_token(&self) -> Result<(), KafkaError> {
        let refuse = |message: &str| Err(KafkaError::configuration(OPERATION, message));
        let is = |name: &str, value: &str| {
            (self.properties.get(name)).is_some_and(|set| set.eq_ignore_ascii_case(value))
        };
        if is("sasl.oauthbearer.method", "oidc") {
            return refuse(
                "no build of sluicebox fetches tokens itself (sasl.oauthbearer.method is oidc, \
                 which needs libcurl); have another program keep a fresh token in a file, and name \
                 that file for `sasl.oauthbearer.token` under [cluster.property_files]",
            );
        }
        let unsecured = is("enable.sasl.oauthbearer.unsecure.jwt", "true");
        if !unsecured && !self.properties.contains_key(TOKEN_PROPERTY) {
            return refuse(
                "sasl.mechanism is OAUTHBEARER, and there is no token; name a file that holds it for \
                 `sasl.oauthbearer.token` under [cluster.property_files]",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)]) -> Result<(), String> {
        let properties = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        check_security(&properties.collect()).map_err(|error| error.message)
    }

    #[test]
    fn what_needs_tls_is_refused_by_a_build_without_it_and_by_no_other() {
        for pairs in [
            &[("security.protocol", "ssl")][..],
            &[("ssl.ca.location", "ca.pem")],
            &[
                ("security.protocol", "SASL_SSL"),
                ("sasl.mechanism", "PLAIN"),
                ("sasl.username", "me"),
                ("sasl.password", "x"),
            ],
            &[
                ("security.protocol", "sasl_plaintext"),
                ("sasl.mechanisms", "SCRAM-SHA-512"),
                ("sasl.username", "me"),
                ("sasl.password", "x"),
            ],
        ] {
            match check(pairs) {
                Ok(()) => assert!(has_tls(), "{pairs:?}"),
                Err(message) => {
                    assert!(!has_tls(), "{pairs:?}: {message}");
                    assert!(message.contains("this build has no TLS"), "{message}");
                }
            }
        }
        assert_eq!(has_tls(), cfg!(feature = "tls"));
    }

    #[test]
    fn plain_passwords_without_tls_work_in_every_build() {
        let login = [
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.username", "me"),
            ("sasl.password", "x"),
        ];
        assert_eq!(check(&login), Ok(()));
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn what_is_missing_or_cannot_be_is_said() {
        let protocol = ("security.protocol", "sasl_plaintext");
        let said = |pairs: &[(&str, &str)]| check(&[&[protocol], pairs].concat()).unwrap_err();
        assert!(said(&[]).contains("sasl.mechanism is not set"));
        assert!(said(&[("sasl.mechanism", "GSSAPI")]).contains("one of PLAIN"));
        assert!(said(&[("sasl.mechanism", "PLAIN")]).contains("`sasl.username` is not set"));
        if has_tls() {
            let token = ("sasl.mechanism", "OAUTHBEARER");
            assert!(said(&[token]).contains("there is no token"));
            assert!(said(&[token, ("sasl.oauthbearer.method", "OIDC")]).contains("libcurl"));
            assert_eq!(check(&[protocol, token, (TOKEN_PROPERTY, "x")]), Ok(()));
        }
    }
}
