//! Who may ask: on loopback everybody on this machine, elsewhere whoever knows the token.

use std::fmt;
use std::net::SocketAddr;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::limits::TOKEN_MIN_BYTES;

/// Name of the cookie of a browser that has shown the token.
pub(crate) const COOKIE: &str = "sluicebox_session";

/// Who may ask, and under which names.
#[derive(Debug, Clone, Default)]
pub struct Access {
    token: Option<Token>,
    hosts: Vec<String>,
}

/// A secret that a browser must know. Never shown.
#[derive(Clone)]
pub struct Token {
    digest: [u8; 32],
    /// What the cookie holds: it tells nothing of the token, and ends with the process.
    session: String,
}

/// Why there is no dashboard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Anybody could read everything.
    #[error(
        "the dashboard would be open to whoever reaches {0}: it needs a token. Put one of at least 16 \
         characters into a file and name it with --http-token-file (or set SLUICEBOX_HTTP_TOKEN), and put \
         TLS in front of it: a reverse proxy that forwards to this address"
    )]
    Needed(SocketAddr),
    /// It could be guessed.
    #[error(
        "the dashboard's token has {0} characters: take at least 16, for instance from `openssl rand -hex 16`"
    )]
    Short(usize),
}

impl Token {
    /// Takes a token; white space around it does not count.
    ///
    /// # Errors
    /// It is too short.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.len() < TOKEN_MIN_BYTES {
            return Err(TokenError::Short(text.len()));
        }
        let salt = uuid::Uuid::new_v4();
        let session = Sha256::new()
            .chain_update(salt.as_bytes())
            .chain_update(text)
            .finalize();
        Ok(Self {
            digest: Sha256::digest(text).into(),
            session: hex(&session),
        })
    }

    /// Whether it is the token, in a time that tells nothing about it.
    pub(crate) fn is(&self, given: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(given.trim()).into();
        self.digest.ct_eq(&given).into()
    }

    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    pub(crate) fn is_session(&self, given: &str) -> bool {
        self.session.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(********)")
    }
}

impl Access {
    /// Who may ask at `address`. `hosts` are further names under which browsers know it.
    ///
    /// # Errors
    /// The address is not this machine's own, and there is no token.
    pub fn new(
        address: SocketAddr,
        token: Option<Token>,
        hosts: Vec<String>,
    ) -> Result<Self, TokenError> {
        if token.is_none() && !address.ip().is_loopback() {
            return Err(TokenError::Needed(address));
        }
        let hosts = hosts
            .into_iter()
            .map(|host| host.to_ascii_lowercase())
            .collect();
        Ok(Self { token, hosts })
    }

    pub(crate) fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Whether `host`, as a browser sent it, is a name of ours. A page of somebody else's name that
    /// resolves to this machine (DNS rebinding) has that name in its requests. An IP address cannot be
    /// made to mean another machine.
    pub(crate) fn knows_host(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(""),
            None => host.rsplit_once(':').map_or(host, |(name, _)| name),
        };
        let name = name.to_ascii_lowercase();
        name == "localhost"
            || name.parse::<std::net::IpAddr>().is_ok()
            || self.hosts.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_this_machine_a_token_is_needed_and_the_error_says_how() {
        let open: SocketAddr = "0.0.0.0:8080".parse().unwrap();
        let refused = Access::new(open, None, Vec::new()).unwrap_err().to_string();
        assert!(
            refused.contains("--http-token-file") && refused.contains("TLS"),
            "{refused}"
        );
        assert!(Access::new("127.0.0.1:1".parse().unwrap(), None, Vec::new()).is_ok());
        assert!(Access::new("[::1]:1".parse().unwrap(), None, Vec::new()).is_ok());
        let token = Token::new("0123456789abcdef\n").unwrap();
        assert!(Access::new(open, Some(token), Vec::new()).is_ok());
        assert_eq!(Token::new("secret").unwrap_err(), TokenError::Short(6));
    }

    #[test]
    fn a_token_is_compared_whole_and_never_shown() {
        let token = Token::new("0123456789abcdef").unwrap();
        assert!(token.is("0123456789abcdef") && !token.is("0123456789abcdeg") && !token.is(""));
        assert!(token.is_session(token.session()) && !token.is_session("0123456789abcdef"));
        assert!(!format!("{token:?}").contains("0123"));
        assert!(!token.session().contains("0123456789abcdef"));
    }

    #[test]
    fn hosts_are_ours_or_addresses() {
        let hosts = vec!["Events.Example.org".to_owned()];
        let access = Access::new("127.0.0.1:1".parse().unwrap(), None, hosts).unwrap();
        for known in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:80",
            "[::1]:8080",
            "10.1.2.3",
            "events.example.org:443",
        ] {
            assert!(access.knows_host(known), "{known}");
        }
        for foreign in [
            "evil.example",
            "localhost.evil.example:8080",
            "127.0.0.1.evil.example",
            "",
            "events.example.org.evil",
        ] {
            assert!(!access.knows_host(foreign), "{foreign}");
        }
    }
}
