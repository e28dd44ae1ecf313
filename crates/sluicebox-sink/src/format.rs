//! What a data file looks like.
//!
//! A format says how a file begins and how rows are told apart; rows come in already encoded. A
//! format that encodes a whole group of rows at once (Parquet) is another variant here.

/// The formats of data files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, UTF-8, `\n`, a header line once.
    Csv,
}

impl Format {
    /// The bytes every file begins with.
    pub fn preamble(self, header: &str) -> Vec<u8> {
        match self {
            Self::Csv => {
                let mut bytes = Vec::with_capacity(header.len() + 1);
                bytes.extend_from_slice(header.as_bytes());
                bytes.push(b'\n');
                bytes
            }
        }
    }

    /// Whether `row` can be appended: it ends where a row ends.
    pub fn is_whole_row(self, row: &[u8]) -> bool {
        match self {
            Self::Csv => row.last() == Some(&b'\n'),
        }
    }
}

/// One data file of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSpec {
    /// File name in the output directory, without any path.
    pub name: String,
    /// The columns, as they stand in the header (CSV: the first line without `\n`).
    pub header: String,
    /// How the file is written.
    pub format: Format,
}

impl FileSpec {
    /// A CSV file. `header` comes without the line end.
    pub fn csv(name: impl Into<String>, header: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            header: header.into(),
            format: Format::Csv,
        }
    }

    /// The bytes this file begins with.
    pub fn preamble(&self) -> Vec<u8> {
        self.format.preamble(&self.header)
    }
}
