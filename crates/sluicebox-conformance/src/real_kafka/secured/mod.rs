//! A cluster that lets nobody in without TLS and a login, and allows nobody anything without an ACL.

mod acls;
mod certificates;
mod listeners;

use std::io;
use std::path::Path;

pub use acls::{Acl, Change};
pub use certificates::{CertificateError, Certificates};
pub(super) use listeners::node_lines;

/// After so long the brokers ask every connection to log in again (KIP-368), so that a changed
/// password is felt soon.
pub(super) const REAUTHENTICATION_MS: u32 = 5_000;

/// Who may log in, and with which certificates.
#[derive(Clone, Debug)]
pub struct Security {
    /// Users with their passwords: SCRAM-SHA-256, SCRAM-SHA-512 and PLAIN.
    pub users: Vec<(String, String)>,
    /// What brokers and clients show one another.
    pub certificates: Certificates,
}

impl Security {
    /// Makes the certificates in `directory`.
    ///
    /// # Errors
    /// `openssl` is missing or does not do as told.
    pub fn new(directory: &Path, users: &[(&str, &str)]) -> Result<Self, CertificateError> {
        let users = users.iter();
        Ok(Self {
            users: users
                .map(|(name, password)| ((*name).to_owned(), (*password).to_owned()))
                .collect(),
            certificates: Certificates::make(directory)?,
        })
    }

    /// Arguments of `StorageTool format` that make the users.
    pub(super) fn format_arguments(&self) -> Vec<String> {
        let scram = |(name, password): &(String, String)| {
            ["SCRAM-SHA-256", "SCRAM-SHA-512"]
                .into_iter()
                .flat_map(|mechanism| {
                    let user = format!("{mechanism}=[name={name},password={password}]");
                    ["--add-scram".to_owned(), user]
                })
                .collect::<Vec<_>>()
        };
        self.users.iter().flat_map(scram).collect()
    }
}

/// The listeners of a secured cluster, as bootstrap servers.
#[derive(Clone, Debug)]
pub struct SecuredServers {
    /// `SASL_SSL`, all mechanisms; by the name in the certificate.
    pub login: String,
    /// The same by an address that the certificate does not have.
    pub other_name: String,
    /// `SASL_SSL` with a certificate that has expired.
    pub expired: String,
    /// `SSL`: who the client is, its certificate says.
    pub mutual: String,
}

/// Whether the tool that makes certificates can be run.
///
/// # Errors
/// The operating system's reason.
pub fn certificates_can_be_made() -> io::Result<()> {
    certificates::openssl_runs()
}
