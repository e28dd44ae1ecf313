//! Certificates for tests, made by the `openssl` program: an authority, another one that nobody
//! trusts, brokers, a client.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

const DAYS: &str = "30";
/// Good until the moment it is made.
const NO_DAYS: &str = "0";
/// Enough of a configuration for `openssl req`, whatever the machine's own says.
const REQUEST: &str = "[req]\ndistinguished_name=dn\n[dn]\n";
/// The one name that the brokers' certificates are for.
const BROKER: &str = "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n";
const CLIENT: &str = "extendedKeyUsage=clientAuth\n";

/// Where the certificates and keys are, PEM.
#[derive(Clone, Debug)]
pub struct Certificates {
    directory: PathBuf,
}

/// Why there are no certificates.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// `openssl` cannot be run, or a file cannot be written.
    #[error("certificates are made by the openssl program (Debian: apt-get install openssl): {0}")]
    Io(#[from] io::Error),
    /// It failed.
    #[error("openssl failed:\n{0}")]
    OpenSsl(String),
}

impl Certificates {
    /// Makes all of them in a directory that exists.
    pub(super) fn make(directory: &Path) -> Result<Self, CertificateError> {
        let made = Self {
            directory: directory.to_owned(),
        };
        fs::write(made.path("request.cnf"), REQUEST)?;
        made.authority("ca", "sluicebox test authority")?;
        made.authority("other-ca", "somebody else")?;
        made.signed("broker", "broker", BROKER, DAYS)?;
        made.signed("expired", "broker", BROKER, NO_DAYS)?;
        made.signed("client", "client", CLIENT, DAYS)?;
        Ok(made)
    }

    /// The authority that signed brokers and clients.
    pub fn authority_file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// An authority that signed nothing of the cluster.
    pub fn other_authority_file(&self) -> PathBuf {
        self.path("other-ca.pem")
    }

    /// The client's certificate; its name is `CN=client`.
    pub fn client_file(&self) -> PathBuf {
        self.path("client.pem")
    }

    /// The client's key.
    pub fn client_key_file(&self) -> PathBuf {
        self.path("client.key")
    }

    /// Key and certificate in one file, as Kafka wants them.
    pub(super) fn key_store(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.both"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn authority(&self, name: &str, subject: &str) -> Result<(), CertificateError> {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        let subject = format!("/CN={subject}");
        let request = [
            "req",
            "-config",
            "request.cnf",
            "-x509",
            "-nodes",
            "-days",
            DAYS,
        ];
        let extensions = ["-addext", "basicConstraints=critical,CA:TRUE"];
        let files = ["-keyout", &key, "-out", &certificate, "-subj", &subject];
        self.openssl(&[&request[..], &NEW_KEY, &extensions, &files].concat())
    }

    fn signed(
        &self,
        name: &str,
        subject: &str,
        extensions: &str,
        days: &str,
    ) -> Result<(), CertificateError> {
        let file = |end: &str| format!("{name}.{end}");
        let (key, request, certificate) = (file("key"), file("csr"), file("pem"));
        fs::write(self.path(&file("ext")), extensions)?;
        let subject = format!("/CN={subject}");
        let ask = [
            "req",
            "-config",
            "request.cnf",
            "-new",
            "-nodes",
            "-subj",
            &subject,
        ];
        let files = ["-keyout", &key, "-out", &request];
        self.openssl(&[&ask[..], &NEW_KEY, &files].concat())?;
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-out",
            &certificate,
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            &file("ext"),
        ])?;
        let both = [
            fs::read(self.path(&key))?,
            fs::read(self.path(&certificate))?,
        ];
        Ok(fs::write(self.key_store(name), both.concat())?)
    }

    fn openssl(&self, arguments: &[&str]) -> Result<(), CertificateError> {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(&self.directory)
            .output()?;
        match output.status.success() {
            true => Ok(()),
            false => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                Err(CertificateError::OpenSsl(said))
            }
        }
    }
}

/// Small and quick to make.
const NEW_KEY: [&str; 4] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

pub(super) fn openssl_runs() -> io::Result<()> {
    Command::new("openssl").arg("version").output().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_made_and_keys_go_with_them() {
        if openssl_runs().is_err() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let made = Certificates::make(directory.path()).unwrap();
        let both = fs::read_to_string(made.key_store("broker")).unwrap();
        assert!(both.contains("BEGIN PRIVATE KEY") && both.contains("BEGIN CERTIFICATE"));
        for file in [
            made.authority_file(),
            made.client_file(),
            made.client_key_file(),
        ] {
            assert!(file.exists(), "{}", file.display());
        }
    }
}
