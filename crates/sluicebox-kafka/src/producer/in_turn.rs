//! Handing records over while not all partitions are open.

use super::gate::{Gate, Place};
use super::hand_over::{HandOver, HandedOver, Memory};
use crate::ffi::{Handle, PARTITION_ANY, Topic};
use crate::out_batch::OutBatch;

/// Hands over the records from `from` on, in order, up to the first that has to wait. `place` asks the
/// gate about a record, by its index.
pub(super) fn send(
    (hand_over, client, topic): (&mut HandOver, &Handle, Topic),
    gate: &mut Gate,
    (batch, from): (&OutBatch, usize),
    place: impl Fn(&mut Gate, usize) -> Place,
) -> HandedOver {
    let mut outcome = HandedOver::default();
    let mut places = Vec::new();
    loop {
        let next = from + outcome.taken;
        if next >= batch.len() {
            return outcome;
        }
        places.clear();
        let first = place(gate, next);
        match first {
            Place::Wait => return outcome,
            Place::Alone(partition) => places.push(partition.unwrap_or(PARTITION_ANY)),
            Place::Free(partition) => {
                places.push(partition);
                let rest = (next + 1..batch.len()).map(|index| place(gate, index));
                places.extend(rest.map_while(|place| match place {
                    Place::Free(partition) => Some(partition),
                    Place::Alone(_) | Place::Wait => None,
                }));
            }
        }
        let records = (batch, next..next + places.len());
        let to = |index: usize| places[index - next];
        let sent = hand_over.send(client, topic, records, to, Memory::Copied);
        let is_all = sent.taken == places.len();
        if let Place::Alone(partition) = first
            && is_all
            && sent.refused.is_empty()
        {
            gate.sent_alone(partition);
        }
        outcome.extend(sent);
        if !is_all {
            return outcome;
        }
    }
}
