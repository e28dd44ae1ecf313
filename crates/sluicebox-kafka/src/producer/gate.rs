//! Which partitions of a topic a producer may write to freely: pure.
//!
//! A broker that does not know a producer takes any sequence number for its first. While a partition gets
//! its leader, it may refuse a producer's first batch and take the second, which was on its way
//! already; and the client library takes the second's acknowledgement for one of both: the first would be
//! lost without a word (ADR 26). Brokers that know the producer refuse what is out of order. So the first
//! record of each partition goes alone, and is waited for.

use std::sync::Arc;

use crate::ffi::PartitionCounts;

/// Where a record goes now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// To a partition whose leader knows the producer.
    Free(i32),
    /// To a partition, as the first one. `None`: to any, because nobody knows yet how many there are.
    Alone(Option<i32>),
    /// Nowhere yet: the first one is on its way.
    Wait,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    /// Its first record is on its way.
    Opening,
    Open,
}

/// What is known of a topic's partitions.
#[derive(Debug, Default)]
pub(super) struct Gate {
    counts: Arc<PartitionCounts>,
    /// How many partitions there are; 0: not known yet.
    count: usize,
    /// At least that many. One that is named by a caller may be beyond.
    states: Vec<State>,
    /// A record that goes to any partition is on its way.
    is_asking: bool,
    /// Whose turn it is among records without a key.
    turn: usize,
}

impl Gate {
    pub(super) fn new(counts: Arc<PartitionCounts>) -> Self {
        Self {
            counts,
            ..Self::default()
        }
    }

    /// Whether records need not be placed one by one: all partitions are open.
    pub(super) fn is_open(&mut self) -> bool {
        let seen = usize::try_from(self.counts.seen()).unwrap_or(0);
        if seen != self.count {
            self.count = seen;
            self.reach(seen);
        }
        let is_open = self.count > 0 && self.states[..self.count].iter().all(|s| *s == State::Open);
        if is_open {
            // Partitions that are added later get no record before the gate knows of them.
            self.counts.choose_among(self.count as i32);
        }
        is_open
    }

    /// Where the record with this key goes; `hash` gives a key's partition among so many.
    pub(super) fn place(&mut self, key: Option<&[u8]>, hash: impl Fn(&[u8], i32) -> i32) -> Place {
        if self.is_asking {
            return Place::Wait;
        }
        if self.count == 0 {
            return Place::Alone(None);
        }
        let count = self.count as i32;
        let partition = key.map(|key| hash(key, count)).or_else(|| self.any());
        partition.map_or(Place::Wait, |partition| self.place_in(partition))
    }

    /// The same for a partition that is given.
    pub(super) fn place_in(&self, partition: i32) -> Place {
        match self.state(partition) {
            // Nobody knows yet where the one is that asks.
            _ if self.is_asking => Place::Wait,
            State::Closed => Place::Alone(Some(partition)),
            State::Opening => Place::Wait,
            State::Open => Place::Free(partition),
        }
    }

    /// A first record is on its way.
    pub(super) fn sent_alone(&mut self, partition: Option<i32>) {
        match partition {
            Some(partition) => self.set(partition, State::Opening),
            None => self.is_asking = true,
        }
    }

    /// The partition's leader knows the producer.
    pub(super) fn acknowledged(&mut self, partition: i32) {
        self.is_asking = false;
        if self.state(partition) != State::Open {
            self.set(partition, State::Open);
        }
    }

    /// A record will not arrive. One that belongs to no partition yet has -1.
    pub(super) fn failed(&mut self, partition: i32) {
        self.is_asking = false;
        if self.state(partition) == State::Opening {
            self.set(partition, State::Closed);
        }
    }

    /// A partition for a record without a key: all are opened one after the other, then they take turns.
    fn any(&mut self) -> Option<i32> {
        let known = &self.states[..self.count];
        let closed = known.iter().position(|state| *state == State::Closed);
        let next = closed.or_else(|| {
            let mut turns = (0..self.count).map(|step| (self.turn + step) % self.count);
            let open = turns.find(|index| known[*index] == State::Open)?;
            self.turn = open + 1;
            Some(open)
        });
        next.map(|index| index as i32)
    }

    fn state(&self, partition: i32) -> State {
        let index = usize::try_from(partition).ok();
        let state = index.and_then(|index| self.states.get(index));
        state.copied().unwrap_or_default()
    }

    fn set(&mut self, partition: i32, state: State) {
        if let Ok(index) = usize::try_from(partition) {
            self.reach(index + 1);
            self.states[index] = state;
        }
    }

    fn reach(&mut self, count: usize) {
        if self.states.len() < count {
            self.states.resize(count, State::Closed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_first_byte(key: &[u8], count: i32) -> i32 {
        i32::from(key[0]) % count
    }

    fn of_three() -> Gate {
        let mut gate = Gate::default();
        gate.counts.see(3);
        assert!(!gate.is_open());
        gate
    }

    #[test]
    fn one_record_asks_how_many_partitions_there_are() {
        let mut gate = Gate::default();
        assert!(!gate.is_open());
        assert_eq!(gate.place(Some(&[1]), by_first_byte), Place::Alone(None));
        gate.sent_alone(None);
        assert_eq!(gate.place(Some(&[2]), by_first_byte), Place::Wait);
        gate.counts.see(3);
        assert!(!gate.is_open());
        // It may be on its way to any of them.
        assert_eq!(gate.place(Some(&[2]), by_first_byte), Place::Wait);
        assert_eq!(gate.place_in(2), Place::Wait);
        gate.acknowledged(1);
        assert!(!gate.is_open());
        assert_eq!(gate.place(Some(&[1]), by_first_byte), Place::Free(1));
        assert_eq!(gate.place(Some(&[2]), by_first_byte), Place::Alone(Some(2)));
    }

    #[test]
    fn who_asks_and_fails_lets_the_next_one_ask() {
        let mut gate = Gate::default();
        gate.sent_alone(None);
        gate.failed(-1);
        assert_eq!(gate.place(None, by_first_byte), Place::Alone(None));
    }

    #[test]
    fn the_first_record_of_a_partition_is_alone_until_it_is_acknowledged() {
        let mut gate = of_three();
        assert_eq!(gate.place(Some(&[4]), by_first_byte), Place::Alone(Some(1)));
        gate.sent_alone(Some(1));
        assert_eq!(gate.place(Some(&[4]), by_first_byte), Place::Wait);
        assert_eq!(gate.place(Some(&[5]), by_first_byte), Place::Alone(Some(2)));
        gate.failed(1);
        assert_eq!(gate.place(Some(&[4]), by_first_byte), Place::Alone(Some(1)));
        gate.sent_alone(Some(1));
        gate.acknowledged(1);
        assert_eq!(gate.place(Some(&[4]), by_first_byte), Place::Free(1));
        // What fails afterwards closes nothing: the leader knows the producer.
        gate.failed(1);
        assert_eq!(gate.place_in(1), Place::Free(1));
    }

    #[test]
    fn the_gate_is_open_when_all_partitions_are_and_closes_for_new_ones() {
        let mut gate = of_three();
        (0..3).for_each(|partition| gate.acknowledged(partition));
        assert!(gate.is_open());
        assert_eq!(gate.counts.chosen(), 3);
        gate.counts.see(4);
        assert!(!gate.is_open());
        assert_eq!(gate.place(Some(&[3]), by_first_byte), Place::Alone(Some(3)));
        assert_eq!(gate.counts.chosen(), 3, "nothing goes there unasked");
        gate.acknowledged(3);
        assert!(gate.is_open());
        assert_eq!(gate.counts.chosen(), 4);
    }

    #[test]
    fn records_without_a_key_open_all_partitions_and_then_take_turns() {
        let mut gate = of_three();
        for partition in 0..3 {
            assert_eq!(
                gate.place(None, by_first_byte),
                Place::Alone(Some(partition))
            );
            gate.sent_alone(Some(partition));
        }
        assert_eq!(gate.place(None, by_first_byte), Place::Wait);
        gate.acknowledged(0);
        gate.acknowledged(2);
        let places: Vec<_> = (0..3).map(|_| gate.place(None, by_first_byte)).collect();
        assert_eq!(places, [Place::Free(0), Place::Free(2), Place::Free(0)]);
    }

    #[test]
    fn a_partition_that_is_named_is_opened_without_knowing_the_others() {
        let mut gate = Gate::default();
        assert_eq!(gate.place_in(5), Place::Alone(Some(5)));
        gate.sent_alone(Some(5));
        assert_eq!(gate.place_in(5), Place::Wait);
        gate.acknowledged(5);
        assert_eq!(gate.place_in(5), Place::Free(5));
        assert!(!gate.is_open());
    }
}
