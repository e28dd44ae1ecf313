//! Secrets are never shown: which properties are secret is the client's to say.

/// What is shown in place of a secret.
pub(crate) const MASK: &str = "********";

/// The value of a librdkafka property, or the mask where it is a secret.
pub(crate) fn masked<'a>(property: &str, value: &'a str) -> &'a str {
    if sluicebox_kafka::is_secret(property) {
        MASK
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_is_shown() {
        for secret in [
            "sasl.password",
            "ssl.key.pem",
            "sasl.oauthbearer.client.secret",
        ] {
            assert_eq!(masked(secret, "canary"), MASK, "{secret}");
        }
        assert_eq!(masked("linger.ms", "5"), "5");
    }
}
