//! Which of librdkafka's log lines say that a broker refuses us, or that we refuse the broker. It
//! goes on trying, tells the application nothing, and lets every request time out.

use crate::error_code::ErrorCode;

/// Parts of lines about failed logins.
const LOGIN: &[&str] = &[
    "SASL authentication error",
    "SASL handshake failed",
    "Unsupported SASL mechanism",
    "SASL mechanism handshake failed",
    "Failed to acquire SASL OAUTHBEARER token",
    "OAUTHBEARER cannot log in",
];
/// Parts of lines about TLS that is not agreed on.
const TLS: &[&str] = &[
    "SSL handshake failed",
    // With TLS 1.3 a broker tells only after the handshake that it wants another certificate.
    "SSL routines::ssl/tls alert",
    "SSL routines::tlsv1",
    "Failed to verify broker certificate",
    "Broker did not provide a certificate",
];
/// A connection that ends in a handshake may be a broker that goes down, as well as one that speaks
/// no TLS on that port.
const MAYBE_GONE: &str = "connecting to a PLAINTEXT broker listener?";

/// The code of a line that tells of a refusal.
pub(super) fn refusal(reason: &str) -> Option<ErrorCode> {
    let has = |parts: &[&str]| parts.iter().any(|part| reason.contains(part));
    if has(LOGIN) {
        Some(ErrorCode::AUTHENTICATION)
    } else if has(TLS) && !reason.contains(MAYBE_GONE) {
        Some(ErrorCode::SSL)
    } else {
        None
    }
}

/// Splits librdkafka's line about a certificate, `Certificate (subject=S, issuer=I) verification
/// callback failed: WHY`, and says the same for people.
pub(super) fn certificate(reason: &str) -> Option<String> {
    let rest = reason.strip_prefix("Certificate (subject=")?;
    let (names, why) = rest.split_once(") verification callback failed: ")?;
    let (subject, issuer) = names.split_once(", issuer=")?;
    Some(format!(
        "the certificate of {subject}, signed by {issuer}, is not accepted: {why}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_from_brokers_that_are_away() {
        for (reason, code) in [
            (
                "SASL authentication error: Authentication failed during authentication due to \
                 invalid credentials with SASL mechanism SCRAM-SHA-512",
                Some(ErrorCode::AUTHENTICATION),
            ),
            (
                "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed",
                Some(ErrorCode::SSL),
            ),
            (
                "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?",
                None,
            ),
            (
                "Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert \
                 number 42",
                Some(ErrorCode::SSL),
            ),
            (
                "Connect to ipv4#127.0.0.1:1 failed: Connection refused",
                None,
            ),
        ] {
            assert_eq!(refusal(reason), code, "{reason}");
        }
    }

    #[test]
    fn a_certificate_is_named_with_what_is_wrong_with_it() {
        let line = "Certificate (subject=/CN=kafka1, issuer=/CN=our CA) verification callback \
                    failed: it has expired";
        assert_eq!(
            certificate(line).as_deref(),
            Some(
                "the certificate of /CN=kafka1, signed by /CN=our CA, is not accepted: it has expired"
            )
        );
        assert_eq!(certificate("Connection refused"), None);
    }
}
