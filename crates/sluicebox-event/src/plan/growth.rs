//! How much larger than its source a processed record can be. Topics and clients are given room
//! for this much, so a definition that could need more is refused when the program starts.

use super::{Producer, StreamPlan};
use crate::limits::TOPIC_NAME_MAX_BYTES;

/// Longest text of a value whose source was shorter: a decimal of 38 digits, a sign and a point.
const REWRITTEN_MAX_BYTES: usize = 40;

/// What every record has: names, the time of processing, three numbers of 64 bits.
const COMMON_MAX_BYTES: usize = 256 + TOPIC_NAME_MAX_BYTES;

/// Bytes that the plan may add to a record.
pub(super) fn max_bytes(plan: &StreamPlan) -> usize {
    let fields = plan.fields.iter().map(|field| {
        let default = field
            .field
            .default
            .as_ref()
            .map_or(0, |default| default.token.len());
        field.prefix.len() + REWRITTEN_MAX_BYTES.max(default)
    });
    let longest =
        |labels: &mut dyn Iterator<Item = &Box<[u8]>>| labels.map(|label| label.len()).max();
    let enrichments = plan.enrichments.iter().map(|enrichment| {
        let value = match &enrichment.producer {
            Producer::Band { labels, .. } => longest(&mut labels.iter()),
            Producer::Choices { labels, .. } => longest(&mut labels.iter().flatten()),
            Producer::Lookup {
                labels, otherwise, ..
            } => longest(&mut labels.values().chain(otherwise)),
            Producer::Constant(token) => Some(token.len()),
            Producer::Convert { .. } => Some(REWRITTEN_MAX_BYTES),
        };
        enrichment.prefix.len() + value.unwrap_or(0)
    });
    plan.opening.len() + COMMON_MAX_BYTES + fields.sum::<usize>() + enrichments.sum::<usize>()
}
