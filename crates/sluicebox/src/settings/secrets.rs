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

/// Parts of a line after which its value may be a secret.
const SECRET_WORDS: &[&str] = &[
    "password",
    "secret",
    "passphrase",
    "key.pem",
    "private.key",
    "oauthbearer.config",
    "oauthbearer.token",
];

/// Config text as it may be shown around a mistake: values of secrets are overwritten by as many
/// bytes, so that places in the text stay what they are. The text may be anything but TOML.
pub(crate) fn masked_source(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut open: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let (content, end) = match line.strip_suffix('\n') {
            Some(content) => (content, "\n"),
            None => (line, ""),
        };
        let from = match open {
            Some(quote) => {
                if content.contains(quote) {
                    open = None;
                }
                Some(0)
            }
            None => secret_value(content),
        };
        let from = from.unwrap_or(content.len());
        let (shown, hidden) = content.split_at(from);
        if from > 0 {
            let long = ["\"\"\"", "\'\'\'"];
            // A string over several lines that does not end on this one.
            open = open.or_else(|| {
                long.into_iter()
                    .find(|quote| hidden.matches(quote).count() == 1)
            });
        }
        masked.push_str(shown);
        masked.push_str(&"*".repeat(hidden.len()));
        masked.push_str(end);
    }
    masked
}

/// Where in a line the value of a secret begins.
fn secret_value(line: &str) -> Option<usize> {
    let word = SECRET_WORDS
        .iter()
        .filter_map(|word| line.find(word))
        .min()?;
    line[word..].find('=').map(|equals| word + equals + 1)
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

    #[test]
    fn secrets_are_masked_in_config_text_and_places_stay() {
        let text = "[cluster.properties]\n\"sasl.password\" = \"canäry\"\n\"a\" = 1\n\
                    \"ssl.key.pem\" = \"\"\"\ncanary\ncanary\"\"\"\nb = \"shown\"\n\
                    p = { \"ssl.key.password\" = 'canary' }";
        let masked = masked_source(text);
        assert_eq!(masked.len(), text.len());
        assert!(!masked.contains("can"), "{masked}");
        for shown in ["\"a\" = 1\n", "b = \"shown\"\n", "\"sasl.password\" ="] {
            assert_eq!(masked.find(shown), text.find(shown), "{masked}");
        }
    }
}
