//! Letters and size limits. The limits of the topics may have changed since a letter was cut; what it
//! holds of its record must be of its record all the same.

use sluicebox_event::{Reason, SourceRecord, StreamId};
use sluicebox_kafka::RecordRef;

use super::by_sink::{NoPart, decoded, unquoted};
use super::check::{MESSAGE_COLUMN, REASON_COLUMN, is_reason};
use super::entry::{Entry, hash};
use super::expect::depends_on_time;
use super::join::Join;

/// First of the columns of key and value; each has its encoding behind it.
const KEY_COLUMN: usize = 7;
const VALUE_COLUMN: usize = 9;
/// In the message of a letter that was cut, before the reason that it had.
const FAILED_FOR: &str = "it failed for ";

/// Whether key and value of a letter are those of its record: whole, or the first part of them where it
/// says that it was too large.
pub(super) fn is_of(fields: &[Vec<u8>], source: &SourceRecord<'_>) -> bool {
    let may_be_cut = fields
        .get(REASON_COLUMN)
        .is_some_and(|code| is_reason(code, |it| it == Reason::TooLarge));
    let holds = |column: usize, whole: Option<&[u8]>| {
        let pair = fields.get(column).zip(fields.get(column + 1));
        match pair.map(|(text, encoding)| decoded(text, encoding)) {
            Some(Ok(Some(part))) if may_be_cut => {
                whole.is_some_and(|whole| whole.starts_with(&part))
            }
            Some(Ok(part)) => part.as_deref() == whole,
            Some(Err(NoPart)) | None => false,
        }
    };
    holds(KEY_COLUMN, source.key) && holds(VALUE_COLUMN, source.value)
}

impl Join<'_> {
    /// Whether a row is right under other size limits than those of today. A letter that was cut names
    /// the limit in its message.
    pub(super) fn is_right_at_another_size(
        &mut self,
        entry: &Entry,
        at_ms: i64,
        stream: StreamId,
        source: &SourceRecord<'_>,
        record: &RecordRef<'_>,
        fields: &[Vec<u8>],
    ) -> bool {
        let message = fields.get(MESSAGE_COLUMN).map(|text| unquoted(text));
        let message = String::from_utf8_lossy(message.as_deref().unwrap_or_default()).into_owned();
        for limit in numbers(&message).chain([usize::MAX]) {
            let expect = &mut self.expect;
            let row = expect
                .of_within(limit, stream, source, record, at_ms, at_ms)
                .row;
            if hash(row) == entry.hash {
                return true;
            }
        }
        // Two cases are left in which the place of the cut, or the message, is not known to the byte.
        let expected = self.expect.of(stream, source, record, at_ms, at_ms).reject;
        let is_cut_elsewhere = expected
            .is_some_and(|reject| reject.reason == Reason::TooLarge && reject.message == message);
        is_cut_elsewhere || cut_for(&message).is_some_and(depends_on_time)
    }
}

/// The whole numbers in a text.
fn numbers(text: &str) -> impl Iterator<Item = usize> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .take(4)
}

/// The reason that a letter had before it was cut.
fn cut_for(message: &str) -> Option<Reason> {
    let (_, rest) = message.split_once(FAILED_FOR)?;
    let (code, _) = rest.split_once(':')?;
    let mut reasons = Reason::all().iter();
    reasons.find(|reason| reason.code() == code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(reason: &str, key: [&str; 2], value: [&str; 2]) -> Vec<Vec<u8>> {
        let fields = [
            "t", "0", "1", "", "process", reason, "why", key[0], key[1], value[0], value[1],
        ];
        fields.map(|field| field.as_bytes().to_vec()).to_vec()
    }

    #[test]
    fn a_letter_holds_its_record_and_a_cut_one_its_first_part() {
        let source = SourceRecord {
            topic: "t",
            partition: 0,
            offset: 1,
            timestamp_ms: 0,
            key: None,
            value: Some(b"{\"a\":1}"),
        };
        let (none, whole) = (["", "null"], ["\"{\"\"a\"\":1}\"", "utf8\n"]);
        for (reason, key, value, wanted) in [
            ("wrong_type", none, whole, true),
            ("wrong_type", none, ["eyJhIjoxfQ==", "base64\n"], true),
            ("wrong_type", none, ["\"{\"\"a\"\"\"", "utf8\n"], false),
            ("too_large", none, ["\"{\"\"a\"\"\"", "utf8\n"], true),
            ("too_large", none, ["\"{\"\"b\"\"\"", "utf8\n"], false),
            ("too_large", none, ["\"{\"\"a\"\":1}}\"", "utf8\n"], false),
            ("too_large", none, ["", "null\n"], false),
            ("wrong_type", ["k", "utf8"], whole, false),
            ("wrong_type", ["", "utf8"], whole, false),
        ] {
            assert_eq!(
                is_of(&letter(reason, key, value), &source),
                wanted,
                "{reason} {value:?}"
            );
        }
    }

    #[test]
    fn a_message_names_limits_and_what_failed() {
        let message = "cut to fit into 900 bytes; it failed for wrong_type: `a` is 7";
        assert_eq!(numbers(message).collect::<Vec<_>>(), [900, 7]);
        assert_eq!(cut_for(message), Some(Reason::WrongType));
        assert_eq!(cut_for("the value has 7 bytes"), None);
    }
}
