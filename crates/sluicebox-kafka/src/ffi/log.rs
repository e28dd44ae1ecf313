//! librdkafka's log lines go through `tracing`, repeats summarised.

use std::ffi::{CStr, c_char, c_int};
use std::time::Instant;

use rdkafka_sys as sys;

use super::context::Context;
use super::refusals::certificate;
use super::troubles::split_line;

/// syslog levels, as librdkafka uses them.
const LEVEL_WARNING: c_int = 4;
const LEVEL_NOTICE: c_int = 5;
const LEVEL_DEBUG: c_int = 7;
/// What librdkafka says when a connection is lost, a request is not answered, or a group's
/// coordinator is not heard of for the session.
const LOSSES: [&str; 3] = ["FAIL", "REQTMOUT", "SESSTMOUT"];

/// Called by librdkafka from any of its threads.
///
/// # Safety
/// `rk` is a client whose opaque is a [`Context`] that outlives it; the strings are NUL-terminated.
pub(crate) unsafe extern "C" fn on_log(
    rk: *const sys::rd_kafka_t,
    level: c_int,
    facility: *const c_char,
    text: *const c_char,
) {
    // SAFETY: promised by the caller, librdkafka; a null client means a line without an instance.
    let (context, facility, text) = unsafe {
        let context = if rk.is_null() { None } else { Context::of(rk) };
        (
            context,
            CStr::from_ptr(facility).to_string_lossy(),
            CStr::from_ptr(text).to_string_lossy(),
        )
    };
    let Some(context) = context else {
        tracing::debug!(target: "librdkafka", %facility, "{text}");
        return;
    };
    let client = context.client_id();
    if LOSSES.contains(&facility.as_ref()) {
        context.troubles().note_loss(Instant::now());
    }
    if let Some(topic) = recreated_topic(&text) {
        context.note_recreated(topic);
    }
    if level == LEVEL_DEBUG {
        // What the context `topic` has to say, because of `recreated_topic`.
        tracing::trace!(target: "librdkafka", client, %facility, "{text}");
        return;
    }
    if level > LEVEL_NOTICE && facility != "FAIL" {
        tracing::debug!(target: "librdkafka", client, %facility, "{text}");
        return;
    }
    let (subject, reason) = split_line(&text);
    if let Some(wrong) = certificate(reason) {
        context.troubles().note_certificate(subject, wrong);
        return;
    }
    let explained = context.troubles().explained(subject, reason);
    let reason = explained.as_deref().unwrap_or(reason);
    let due = context.troubles().note(subject, reason, Instant::now());
    let Some(repeats) = due else { return };
    let repeats = (repeats > 0).then_some(repeats);
    match level {
        // Not an error of ours: librdkafka goes on trying, and what fails for good is returned.
        ..=LEVEL_WARNING => {
            tracing::warn!(target: "librdkafka", client, %facility, repeats, "{subject}: {reason}");
        }
        LEVEL_NOTICE => {
            tracing::info!(target: "librdkafka", client, %facility, repeats, "{subject}: {reason}");
        }
        // A connection that the broker closed, idle or at its end.
        _ => {
            tracing::debug!(target: "librdkafka", client, %facility, repeats, "{subject}: {reason}");
        }
    }
}

/// The topic that a line tells to be another one than before under the same name.
///
/// librdkafka goes on at the old topic's offsets in the new one (that these must be reset is still to
/// be done, says `rd_kafka_topic_metadata_update`), and tells it nowhere else than in this line, which
/// it writes before it asks for the new topic's first record. It tells of the first id of a topic
/// in the same words, with an old id of zeros.
fn recreated_topic(text: &str) -> Option<&str> {
    let (topic, ids) = text.split_once(" changed id from ")?;
    let topic = topic.rsplit_once("Topic ")?.1;
    let (old, new) = ids.split_once(" to ")?;
    let is_first = old.bytes().all(|letter| matches!(letter, b'A' | b'='));
    (!is_first && old != new).then_some(topic)
}

#[cfg(test)]
mod tests {
    use super::recreated_topic;

    #[test]
    fn a_topic_that_was_made_anew_is_found_in_the_log() {
        let line = "[thrd:main]: Topic a.b changed id from 7PtkmPDLQ5mdVVbbqHHrqw to BcD";
        assert_eq!(recreated_topic(line), Some("a.b"));
    }

    #[test]
    fn the_first_id_of_a_topic_is_no_change() {
        let line = "[thrd:main]: Topic a changed id from AAAAAAAAAAAAAAAAAAAAAA to BcD";
        assert_eq!(recreated_topic(line), None);
        assert_eq!(recreated_topic("[thrd:main]: Topic a partition 0"), None);
    }
}
