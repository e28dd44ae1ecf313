//! People who click through a shop and sometimes buy what they looked at.

use super::site::Place;
use crate::datagen::limits::SESSIONS_MAX;
use crate::datagen::model::{Draft, Model};
use crate::datagen::seed::{Dice, Seeds};
use crate::datagen::text::{Stamp, push_decimal, push_padded};

/// One visit at a time; when it ends, another user of this visit's share comes.
#[derive(Clone, Debug)]
struct Session {
    dice: Dice,
    user: u32,
    /// `None` before the first page.
    place: Option<Place>,
}

/// Users and the sessions they have.
pub(in crate::datagen) struct ActivityModel {
    sessions: Vec<Session>,
    /// Says whose turn it is.
    turns: Dice,
    users: u32,
}

impl ActivityModel {
    /// `keys` users, at least one; at most [`SESSIONS_MAX`] of them are there at the same time.
    pub(in crate::datagen) fn new(seeds: Seeds, keys: u32) -> Self {
        let users = keys.max(1);
        let count = users.div_ceil(2).min(SESSIONS_MAX);
        let session = |slot| Session {
            dice: seeds.dice("session", u64::from(slot)),
            user: slot,
            place: None,
        };
        Self {
            sessions: (0..count).map(session).collect(),
            turns: seeds.dice("turns", 0),
            users,
        }
    }
}

impl Session {
    /// Goes on to the next page; a session that ends makes room for the next user.
    fn step(&mut self, slot: u32, slots: u32, users: u32) -> Place {
        let next = match self.place {
            None => Place::Home,
            Some(place) => place.next(&mut self.dice).unwrap_or_else(|| {
                // Users are dealt out to the slots, so that nobody is in two sessions at once.
                let share = (users - slot).div_ceil(slots);
                self.user = slot + slots * self.dice.below(u64::from(share)) as u32;
                Place::Home
            }),
        };
        self.place = Some(next);
        next
    }
}

impl Model for ActivityModel {
    fn write(&mut self, _sequence: u64, at: &Stamp, draft: &mut Draft) {
        let slots = self.sessions.len() as u32;
        let slot = self.turns.below(u64::from(slots)) as u32;
        let session = &mut self.sessions[slot as usize];
        let place = session.step(slot, slots, self.users);
        let Draft { key, value } = draft;
        key.extend_from_slice(b"user-");
        push_padded(key, u64::from(session.user) + 1, 5);
        value.extend_from_slice(b"{\"user_id\":\"");
        value.extend_from_slice(key);
        let action: &[u8] = match place {
            Place::Bought(_) => b"\",\"action\":\"purchase\",\"page\":\"",
            _ => b"\",\"action\":\"click\",\"page\":\"",
        };
        value.extend_from_slice(action);
        place.push_page(value);
        value.push(b'"');
        if let Place::Product(product) | Place::Bought(product) = place {
            value.extend_from_slice(b",\"product_id\":\"");
            product.push_id(value);
            value.push(b'"');
        }
        if let Place::Bought(product) = place {
            value.extend_from_slice(b",\"amount\":");
            push_decimal(value, product.cents(), 2);
            push_currency(session.user, &mut session.dice, value);
        }
        value.extend_from_slice(b",\"timestamp\":\"");
        value.extend_from_slice(at.text());
        value.extend_from_slice(b"\"}");
    }
}

/// Appends the user's currency: mostly EUR, now and then left out.
fn push_currency(user: u32, dice: &mut Dice, out: &mut Vec<u8>) {
    let currency: &[u8] = match user % 20 {
        7 => b"CHF",
        13 => b"SEK",
        _ if dice.one_in(6) => return,
        _ => b"EUR",
    };
    out.extend_from_slice(b",\"currency\":\"");
    out.extend_from_slice(currency);
    out.push(b'"');
}
