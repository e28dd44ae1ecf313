//! What a client can send to the embedded broker.

use sluicebox_broker::fuzzing::{self, Node};
use std::cell::RefCell;

/// A broker keeps what it was told: a new one now and then keeps inputs apart.
const NODE_INPUTS_MAX_COUNT: usize = 500;

/// The topic, group and transactional id in the requests of [`fuzzing::example`].
const CREATE_ABC: &[u8] = b"\0\x03\0\x01\0\0\0\x01\xff\xff\0\0\0\x01\0\x03abc";

/// `API and version | form | ...`: the body of a request.
///
/// Form 0: the bytes that follow. Else they change an example of it: two bytes of place, one byte
/// that is put there. The form that the broker checks and the library that decodes agree.
pub fn broker_request(data: &[u8]) {
    if let Some((key, version, body, _)) = request(data) {
        fuzzing::form(key, version, &body);
    }
}

/// Requests as in [`broker_request`], each with its two bytes of length before it, to a running
/// broker: each is answered or refused, and the broker goes on.
pub fn broker_answers(data: &[u8]) {
    thread_local! {
        static NODE: RefCell<Option<(Node, tempfile::TempDir, usize)>> = const { RefCell::new(None) };
    }
    NODE.with_borrow_mut(|slot| {
        if slot
            .as_ref()
            .is_some_and(|(_, _, used)| *used >= NODE_INPUTS_MAX_COUNT)
        {
            *slot = None;
        }
        let (node, _, used) = slot.get_or_insert_with(|| {
            let dir = tempfile::tempdir().expect("a directory");
            let node = Node::start(dir.path());
            (node, dir, 0)
        });
        *used += 1;
        assert!(node.ask(CREATE_ABC), "the broker does not answer any more");
        let mut rest = data;
        while let Some([low, high]) = rest.split_off(..2.min(rest.len())) {
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
            let part = rest.split_off(..length).unwrap_or_default();
            if let Some((key, version, body, flexible)) = request(part) {
                let mut frame = Vec::with_capacity(16 + body.len());
                frame.extend_from_slice(&key.to_be_bytes());
                frame.extend_from_slice(&version.to_be_bytes());
                frame.extend_from_slice(b"\0\0\0\x07\0\x01f");
                frame.extend(flexible.then_some(0));
                frame.extend_from_slice(&body);
                node.ask(&frame);
            }
        }
    });
}

/// A record batch as a producer sends it, its size and checksum set right.
pub fn record_batch(data: &[u8]) {
    fuzzing::batch(data);
}

fn request(data: &[u8]) -> Option<(i16, i16, Vec<u8>, bool)> {
    let [choice, form, rest @ ..] = data else {
        return None;
    };
    let spoken: Vec<_> = fuzzing::spoken().collect();
    let (key, version, flexible) = spoken[usize::from(*choice) % spoken.len()];
    if *form == 0 {
        return Some((key, version, rest.to_vec(), flexible));
    }
    let mut body = fuzzing::example(key, version)?;
    for patch in rest.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([patch[0], patch[1]])) % body.len().max(1);
        if let Some(byte) = body.get_mut(at) {
            *byte = patch[2];
        }
    }
    Some((key, version, body, flexible))
}
