//! Which records of a search are shown.

use memchr::memmem;
use sluicebox_kafka::RecordRef;

/// What a record must have in it. All that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    key: Option<Finder>,
    value: Option<Finder>,
    header: Option<(String, Option<Finder>)>,
    until_ms: Option<i64>,
}

/// Text to look for, prepared once.
type Finder = memmem::Finder<'static>;

fn finder(text: &str) -> Finder {
    memmem::Finder::new(text.as_bytes()).into_owned()
}

impl Filter {
    /// A filter: text that the key and the value contain, a header (`name`, or `name=text that its value
    /// contains`), and the latest time of a record, milliseconds since 1970.
    pub fn new(
        key: Option<&str>,
        value: Option<&str>,
        header: Option<String>,
        until_ms: Option<i64>,
    ) -> Self {
        let header = header.map(|header| match header.split_once('=') {
            Some((name, value)) => (name.trim().to_owned(), Some(finder(value.trim()))),
            None => (header.trim().to_owned(), None),
        });
        Self {
            key: key.map(finder),
            value: value.map(finder),
            header,
            until_ms,
        }
    }

    /// Whether every record fits.
    pub fn is_empty(&self) -> bool {
        self.key.is_none()
            && self.value.is_none()
            && self.header.is_none()
            && self.until_ms.is_none()
    }

    /// Whether a record fits.
    pub fn matches(&self, record: RecordRef<'_>) -> bool {
        has(self.key.as_ref(), record.key())
            && has(self.value.as_ref(), record.value())
            && self
                .until_ms
                .is_none_or(|until| record.timestamp_ms() <= until)
            && self.header.as_ref().is_none_or(|(name, value)| {
                record
                    .headers()
                    .any(|(found, text)| found == name && has(value.as_ref(), text))
            })
    }
}

fn has(wanted: Option<&Finder>, bytes: Option<&[u8]>) -> bool {
    wanted.is_none_or(|wanted| bytes.is_some_and(|bytes| wanted.find(bytes).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_anywhere_and_nothing_is_found_in_nothing() {
        let wanted = finder("b\u{e4}r");
        assert!(has(Some(&wanted), Some("ein b\u{e4}r".as_bytes())));
        assert!(!has(Some(&wanted), Some(b"bar")) && !has(Some(&wanted), None));
        assert!(has(None, None));
    }
}
