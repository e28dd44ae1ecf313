//! Values of properties that are kept in files of their own, and change while a client runs.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{ErrorClass, KafkaError};
use crate::limits::SECRET_FILE_MAX_BYTES;
use crate::security::TOKEN_PROPERTY;

/// Where a client's credentials come from, so that they can be looked at again.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    given: BTreeMap<String, String>,
    files: BTreeMap<String, PathBuf>,
}

impl Credentials {
    pub(crate) fn new(given: &BTreeMap<String, String>, files: &BTreeMap<String, PathBuf>) -> Self {
        Self {
            given: given.clone(),
            files: files.clone(),
        }
    }

    /// All properties as they are now.
    ///
    /// # Errors
    /// Class `Retry` for a file that cannot be read: it may be replaced at this moment. Whoever
    /// starts a command has checked it before.
    pub(crate) fn properties(&self) -> Result<BTreeMap<String, String>, KafkaError> {
        let mut all = self.given.clone();
        for (name, path) in &self.files {
            all.insert(name.clone(), read_secret(name, path)?);
        }
        Ok(all)
    }

    /// The token of `OAUTHBEARER` as it is now, if there is one.
    pub(crate) fn token(&self) -> Result<Option<String>, KafkaError> {
        match self.files.get(TOKEN_PROPERTY) {
            Some(path) => read_secret(TOKEN_PROPERTY, path).map(Some),
            None => Ok(self.given.get(TOKEN_PROPERTY).cloned()),
        }
    }

    /// User name and password as they are now, where a file may change them.
    pub(crate) fn login(&self) -> Option<(String, String)> {
        let changes = ["sasl.username", "sasl.password"];
        if !changes.iter().any(|name| self.files.contains_key(*name)) {
            return None;
        }
        let mut all = self.properties().ok()?;
        Some((all.remove("sasl.username")?, all.remove("sasl.password")?))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

/// The value of a property that a file holds; one line end at its end is not part of it.
pub fn read_secret(property: &str, path: &Path) -> Result<String, KafkaError> {
    let fail = |why: String| {
        let message = format!("the file {} of `{property}` {why}", path.display());
        KafkaError::configuration("read a secret file", message).with_class(ErrorClass::Retry)
    };
    let size = fs::metadata(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    if size.len() > SECRET_FILE_MAX_BYTES {
        return Err(fail(format!(
            "has {} bytes; a secret has at most {SECRET_FILE_MAX_BYTES}",
            size.len()
        )));
    }
    let bytes = fs::read(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| fail("is not UTF-8 text".to_owned()))?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() {
        return Err(fail("is empty".to_owned()));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, content).unwrap();
        (dir, path)
    }

    #[test]
    fn the_line_end_of_an_editor_is_no_part_of_a_secret() {
        for content in ["pass word ", "pass word \n", "pass word \r\n"] {
            let (_dir, path) = file(content.as_bytes());
            assert_eq!(read_secret("sasl.password", &path).unwrap(), "pass word ");
        }
    }

    #[test]
    fn what_is_wrong_with_a_secret_file_is_said_without_its_content() {
        let said = |content: &[u8]| {
            let (_dir, path) = file(content);
            let error = read_secret("sasl.password", &path).unwrap_err();
            assert!(error.message.contains("`sasl.password`"), "{error}");
            error.message
        };
        assert!(said(b"").contains("is empty"));
        assert!(said(b"\n").contains("is empty"));
        assert!(said(b"\xff").contains("not UTF-8"));
        assert!(said(&vec![b'x'; SECRET_FILE_MAX_BYTES as usize + 1]).contains("at most"));
        let error = read_secret("sasl.password", Path::new("/no/such/file")).unwrap_err();
        assert!(error.message.contains("cannot be read"), "{error}");
    }

    #[test]
    fn a_file_is_read_again_and_wins_over_a_value() {
        let (_dir, path) = file(b"first");
        let name = "sasl.password".to_owned();
        let given = BTreeMap::from([
            (name.clone(), "given".to_owned()),
            ("sasl.username".to_owned(), "me".to_owned()),
        ]);
        let credentials = Credentials::new(&given, &BTreeMap::from([(name, path.clone())]));
        let login = |password: &str| Some(("me".to_owned(), password.to_owned()));
        assert_eq!(credentials.login(), login("first"));
        fs::write(&path, "second\n").unwrap();
        assert_eq!(credentials.login(), login("second"));
        assert!(!format!("{credentials:?}").contains("second"));
        assert_eq!(Credentials::new(&given, &BTreeMap::new()).login(), None);
    }
}
