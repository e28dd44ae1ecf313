//! What a token says about itself: whose it is and how long it is good.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The name for a token that does not say whose it is. Only logs of the client library have it.
const UNKNOWN: &str = "unknown";

/// A token that can be handed to the client.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) value: String,
    pub(crate) principal: String,
    /// Milliseconds since the epoch.
    pub(crate) expires_ms: i64,
}

impl Token {
    /// Takes a JSON Web Token (its claims `sub` and `exp`) or an opaque one, which says nothing: it is
    /// read again after `opaque_lifetime`. Nothing is verified: that is the broker's business.
    ///
    /// # Errors
    /// It has expired, or has no value; the token is not repeated.
    pub(crate) fn read(text: &str, now_ms: i64, opaque_lifetime: Duration) -> Result<Self, String> {
        let value = text.trim();
        if value.is_empty() {
            return Err("it is empty".to_owned());
        }
        let claims = claims(value).unwrap_or_default();
        // RFC 7519: seconds since the epoch, maybe with a fraction.
        let expires_ms = claims["exp"]
            .as_f64()
            .map(|seconds| (seconds * 1_000.0) as i64);
        if let Some(expired) = expires_ms.filter(|expires| *expires <= now_ms) {
            let ago = (now_ms - expired) / 1_000;
            return Err(format!("it expired {ago} s ago"));
        }
        let opaque = || now_ms.saturating_add(opaque_lifetime.as_millis() as i64);
        Ok(Self {
            value: value.to_owned(),
            principal: claims["sub"].as_str().unwrap_or(UNKNOWN).to_owned(),
            expires_ms: expires_ms.unwrap_or_else(opaque),
        })
    }
}

/// The claims of a JSON Web Token; `None`: it is none.
fn claims(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?;
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    fn jwt(claims: &str) -> String {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        format!("{}.{}.", part(r#"{"alg":"none"}"#), part(claims))
    }

    fn read(text: &str) -> Result<Token, String> {
        Token::read(text, NOW_MS, Duration::from_mins(1))
    }

    #[test]
    fn a_token_tells_whose_it_is_and_until_when() {
        let text = jwt(r#"{"sub":"ada","exp":1700000060}"#);
        let token = read(&format!("{text}\n")).ok().unwrap();
        assert_eq!(token.value, text);
        assert_eq!(
            (token.principal.as_str(), token.expires_ms),
            ("ada", NOW_MS + 60_000)
        );
    }

    #[test]
    fn an_opaque_token_is_taken_for_a_minute() {
        let token = read("opaque").ok().unwrap();
        assert_eq!(
            (token.principal.as_str(), token.expires_ms),
            ("unknown", NOW_MS + 60_000)
        );
    }

    #[test]
    fn an_expired_or_empty_token_is_refused_without_repeating_it() {
        let text = jwt(r#"{"sub":"ada","exp":1699999990.5}"#);
        assert_eq!(read(&text).err().unwrap(), "it expired 9 s ago");
        assert_eq!(read(" \n").err().unwrap(), "it is empty");
    }
}
