//! The way of a record: source record, output record, row; found from any of them.

mod find;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use find::find;

use crate::error::WebError;
use crate::letters::SourceView;
use crate::records::RecordView;

/// Where to begin: with a row (`file` and `line`), or with a record (`topic`, `partition`, `offset`) of a
/// source topic or of one of the output topics.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// A file of the output directory.
    pub(crate) file: Option<String>,
    /// A line of it, from 1; the header is line 1.
    pub(crate) line: Option<String>,
    /// A topic.
    pub(crate) topic: Option<String>,
    /// A partition of it.
    pub(crate) partition: Option<String>,
    /// An offset there.
    pub(crate) offset: Option<String>,
}

/// Where to begin, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Begin {
    Row {
        file: String,
        line: u64,
    },
    Record {
        topic: String,
        partition: i32,
        offset: i64,
    },
}

/// The way of one record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Way {
    /// Which record it is about.
    pub(crate) source: SourceView,
    /// The stream, if it still has that topic.
    pub(crate) stream: Option<String>,
    /// The source record; null when it is gone.
    pub(crate) source_record: Option<RecordView>,
    /// The dead letter that it is a replay of.
    pub(crate) replay_of: Option<LetterPlace>,
    /// What became of it in the topics.
    pub(crate) output: Option<Output>,
    /// Its row; null when it is not in a file yet.
    pub(crate) row: Option<RowView>,
    /// What could not be looked at, and why.
    pub(crate) notes: Vec<String>,
}

/// Where a dead letter is in its topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LetterPlace {
    /// The partition.
    pub(crate) partition: i32,
    /// The offset.
    pub(crate) offset: i64,
}

/// A processed record, or a dead letter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Output {
    /// The topic.
    pub(crate) topic: String,
    /// Whether it was rejected.
    pub(crate) rejected: bool,
    /// The record.
    pub(crate) record: RecordView,
}

/// A row of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RowView {
    /// The file.
    pub(crate) file: String,
    /// Its line, from 1.
    pub(crate) line: u64,
    /// The columns.
    pub(crate) columns: Vec<String>,
    /// Their values.
    pub(crate) cells: Vec<String>,
}

impl Question {
    /// Whether anything is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        let fields = [
            &self.file,
            &self.line,
            &self.topic,
            &self.partition,
            &self.offset,
        ];
        fields
            .iter()
            .all(|field| field.as_deref().unwrap_or("").trim().is_empty())
    }

    /// Where to begin.
    pub(crate) fn begin(&self) -> Result<Begin, WebError> {
        let text = |field: &Option<String>| {
            field
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let is_row = [&self.file, &self.line]
            .into_iter()
            .any(|field| text(field).is_some());
        let of_record = [&self.topic, &self.partition, &self.offset];
        if is_row && of_record.into_iter().any(|field| text(field).is_some()) {
            return Err(WebError::BadRequest(
                "that is two places to begin: name a file and a line, or a topic, a partition and an offset, and not both"
                    .to_owned(),
            ));
        }
        if let (Some(file), Some(line)) = (text(&self.file), text(&self.line)) {
            let line = line.parse().map_err(|_| wrong("line", &line))?;
            return Ok(Begin::Row { file, line });
        }
        let (Some(topic), Some(partition), Some(offset)) =
            (text(&self.topic), text(&self.partition), text(&self.offset))
        else {
            return Err(WebError::BadRequest(
                "name a file and a line, or a topic, a partition and an offset".to_owned(),
            ));
        };
        let record = Begin::Record {
            partition: partition
                .parse()
                .map_err(|_| wrong("partition", &partition))?,
            offset: offset.parse().map_err(|_| wrong("offset", &offset))?,
            topic,
        };
        Ok(record)
    }
}

fn wrong(name: &str, text: &str) -> WebError {
    WebError::BadRequest(format!("{name}={text}: write a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_a_row_or_a_record() {
        let some = |text: &str| Some(text.to_owned());
        let row = Question {
            file: some("a.csv"),
            line: some("7"),
            ..Question::default()
        };
        assert_eq!(
            row.begin().unwrap(),
            Begin::Row {
                file: "a.csv".to_owned(),
                line: 7
            }
        );
        let record = Question {
            topic: some("t"),
            partition: some("0"),
            offset: some(" 3 "),
            ..Question::default()
        };
        assert_eq!(
            record.begin().unwrap(),
            Begin::Record {
                topic: "t".to_owned(),
                partition: 0,
                offset: 3
            }
        );
        let both = Question {
            topic: some("t"),
            ..row.clone()
        };
        assert!(both.begin().unwrap_err().to_string().contains("not both"));
        let empty = Question {
            file: some(""),
            ..Question::default()
        };
        assert!(empty.is_empty() && empty.begin().is_err());
        assert!(
            Question {
                line: some("x"),
                ..row
            }
            .begin()
            .is_err()
        );
    }
}
