//! One letter: why it failed, what came, and where in it the trouble is.

use serde::Serialize;
use sluicebox_event::Reason;
use sluicebox_pipeline::dlq::{StoredLetter, would_reject};
use utoipa::ToSchema;

use super::markers::{ReplayedView, markers};
use crate::app::App;
use crate::error::WebError;
use crate::limits::RECORD_SHOWN_MAX_BYTES;
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
    /// Whether parts of the source record are missing, because it was too large.
    pub(crate) cut: bool,
    /// How many headers the source record had, where some of them are all that is missing.
    pub(crate) headers_of: Option<u64>,
    /// When and how it was replayed; null until it is.
    pub(crate) replayed: Option<ReplayedView>,
    /// Whether a stream reads its source topic: else it cannot be replayed.
    pub(crate) has_stream: bool,
    /// What its stream would say against it now; null when it would accept it, or cannot know it whole.
    pub(crate) would_fail: Option<String>,
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
    let (letter, record) = stored(app, partition, offset)?;
    // Without rights to the markers a letter is shown all the same; a replay says if it was replayed.
    let replayed = markers(app).ok().and_then(|markers| {
        let marker = markers.get().get(&letter.id)?;
        Some(ReplayedView::from(marker))
    });
    let plans = &app.config.plans;
    Ok(LetterView {
        replayed,
        has_stream: plans.stream_of_topic(&letter.source_topic).is_some(),
        would_fail: would_reject(plans, &letter, None)
            .filter(|_| !letter.is_cut)
            .map(|reject| reject.message),
        ..of(&letter, record)
    })
}

/// The letter with all that it holds, and what pages show of its record.
pub(crate) fn stored(
    app: &App,
    partition: i32,
    offset: i64,
) -> Result<(StoredLetter, RecordView), WebError> {
    let topic = &app.config.topics.dead_letters;
    let found = records::at(app, topic, partition, offset, |record| {
        let shown = RecordView::of(record, RECORD_SHOWN_MAX_BYTES);
        (StoredLetter::read(&record), shown)
    })?;
    found.ok_or_else(|| WebError::NotFound(format!("{topic}, partition {partition}: there is no letter at offset {offset}, but the marker of a transaction")))
}

fn of(letter: &StoredLetter, record: RecordView) -> LetterView {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let known = Reason::all()
        .iter()
        .find(|known| known.code() == letter.reason);
    let source = || {
        Some(SourceView {
            topic: said(&letter.source_topic)?,
            partition: letter.source_partition?,
            offset: letter.source_offset?,
        })
    };
    LetterView {
        reason: said(&letter.reason),
        explanation: known.map(|reason| reason.explanation()),
        message: said(&letter.message),
        stage: said(&letter.stage),
        field: field(&letter.message),
        source: source(),
        cut: letter.is_cut,
        headers_of: letter.headers_of,
        replayed: None,
        has_stream: false,
        would_fail: None,
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
    use sluicebox_pipeline::dlq::LetterId;

    use super::*;

    #[test]
    fn a_letter_says_what_is_wrong_and_where() {
        let stored = StoredLetter {
            id: LetterId {
                partition: 0,
                offset: 0,
            },
            failed_at_ms: 0,
            source_topic: "t".to_owned(),
            source_partition: Some(1),
            source_offset: Some(7),
            source_timestamp_ms: None,
            stage: String::new(),
            reason: "out_of_range".to_owned(),
            message: "`x` is 9, the limit is 5".to_owned(),
            key: None,
            value: None,
            headers: Vec::new(),
            is_cut: false,
            headers_of: None,
        };
        let record = RecordView {
            partition: 0,
            offset: 0,
            timestamp_ms: 0,
            key: None,
            value: None,
            headers: Vec::new(),
        };
        let letter = of(&stored, record);
        assert_eq!(letter.field.as_deref(), Some("x"));
        assert!(letter.explanation.is_some() && letter.stage.is_none());
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
