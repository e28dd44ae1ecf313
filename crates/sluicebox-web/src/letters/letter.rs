//! One letter: why it failed, what came, and where in it the trouble is.

use serde::Serialize;
use sluicebox_event::Reason;
use sluicebox_event::dead_letter::{
    HEADER_MESSAGE, HEADER_OFFSET, HEADER_PARTITION, HEADER_REASON, HEADER_STAGE, HEADER_TOPIC,
};
use utoipa::ToSchema;

use crate::app::App;
use crate::error::WebError;
use crate::records::{self, RecordView};

/// A dead letter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LetterView {
    /// The record in the dead-letter topic: key and value as they came.
    pub(crate) record: RecordView,
    /// The code of the reason.
    pub(crate) reason: Option<String>,
    /// What the code means.
    pub(crate) explanation: Option<&'static str>,
    /// What is wrong, with the field, its value and the limit.
    pub(crate) message: Option<String>,
    /// Where it failed.
    pub(crate) stage: Option<String>,
    /// The field to blame, if one is.
    pub(crate) field: Option<String>,
    /// The source record.
    pub(crate) source: Option<SourceView>,
}

/// Which record failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SourceView {
    /// Its topic.
    pub(crate) topic: String,
    /// Its partition.
    pub(crate) partition: i32,
    /// Its offset.
    pub(crate) offset: i64,
}

/// The letter at a place of the dead-letter topic.
pub(crate) fn one(app: &App, partition: i32, offset: i64) -> Result<LetterView, WebError> {
    let topic = &app.config.topics.dead_letters;
    let record = records::one(app, topic, partition, offset)?;
    let record = record.ok_or_else(|| WebError::NotFound(format!("{topic}, partition {partition}: there is no letter at offset {offset}, but the marker of a transaction")))?;
    Ok(of(record))
}

fn of(record: RecordView) -> LetterView {
    let header = |name| record.header(name).map(str::to_owned);
    let reason = header(HEADER_REASON);
    let known = Reason::all()
        .iter()
        .find(|known| Some(known.code()) == reason.as_deref());
    let message = header(HEADER_MESSAGE);
    let source = || {
        Some(SourceView {
            topic: header(HEADER_TOPIC)?,
            partition: header(HEADER_PARTITION)?.parse().ok()?,
            offset: header(HEADER_OFFSET)?.parse().ok()?,
        })
    };
    LetterView {
        explanation: known.map(|reason| reason.explanation()),
        field: message.as_deref().and_then(field),
        stage: header(HEADER_STAGE),
        source: source(),
        reason,
        message,
        record,
    }
}

/// The field that a message begins with.
fn field(message: &str) -> Option<String> {
    let rest = message.strip_prefix('`')?;
    rest.split_once('`').map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Shown;

    #[test]
    fn a_letter_says_what_is_wrong_and_where() {
        let shown = |text: &str| Some(Shown::of(text.as_bytes(), 100));
        let header = |name: &str, value: &str| serde_json::json!({ "name": name, "value": value });
        let headers = [
            header(HEADER_REASON, "out_of_range"),
            header(HEADER_MESSAGE, "`x` is 9, the limit is 5"),
            header(HEADER_TOPIC, "t"),
            header(HEADER_PARTITION, "1"),
            header(HEADER_OFFSET, "7"),
        ];
        let mut record = RecordView {
            partition: 0,
            offset: 0,
            timestamp_ms: 0,
            key: None,
            value: shown("{\"x\":9}"),
            headers: Vec::new(),
        };
        for entry in headers {
            let text = |key: &str| entry[key].as_str().unwrap().to_owned();
            record.headers.push(crate::records::HeaderView {
                name: text("name"),
                value: shown(&text("value")),
            });
        }
        let letter = of(record);
        assert_eq!(letter.field.as_deref(), Some("x"));
        assert!(letter.explanation.is_some());
        assert_eq!(
            letter.source,
            Some(SourceView {
                topic: "t".to_owned(),
                partition: 1,
                offset: 7
            })
        );
        assert_eq!(field("not JSON from byte 3 on"), None);
    }
}
