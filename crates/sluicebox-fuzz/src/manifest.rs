//! The reader of the sink's manifest.
//!
//! Its frames have checksums, which no fuzzer guesses: so the input is what stands inside of the
//! frames, and the frames are made here as `docs/output-files.md` has them.

use sluicebox_sink::names::MANIFEST;
use sluicebox_sink::storage::memory::MemoryStorage;
use sluicebox_sink::{ManifestState, OpenError, read_manifest};

/// `kind | ...`: kind 0 is a file of any bytes; else payloads, each after its two bytes of length,
/// whose frames are right, with `kind - 1` bytes cut off at the end.
///
/// Nothing panics; what is accepted has lengths and positions that belong to known files and
/// topics; and bytes behind the end of an accepted manifest are torn or refused, never read.
pub fn manifest(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else {
        return;
    };
    let bytes = if kind == 0 {
        rest.to_vec()
    } else {
        framed(kind, rest)
    };
    let Ok(Some(state)) = read(&bytes) else {
        return;
    };
    check_state(&state);
    if kind > 1 {
        // Zeros may be what was cut off.
        return;
    }
    let mut longer = bytes;
    longer.extend_from_slice(&[0; 16]);
    // Sixteen zeros are no record: torn at the end, which says the same as without them.
    assert_eq!(read(&longer).expect("a torn end is cut"), Some(state));
}

fn read(bytes: &[u8]) -> Result<Option<ManifestState>, OpenError> {
    let storage = MemoryStorage::new();
    storage.put(MANIFEST, bytes.to_vec());
    read_manifest(&storage)
}

fn check_state(state: &ManifestState) {
    for (topic, partition, offset) in state.positions() {
        assert!(state.inputs.iter().any(|input| input == topic));
        assert!(partition >= 0 && offset >= 0);
    }
    for highest in state.source_positions() {
        assert!(usize::from(highest.source) < state.sources.len());
        assert!(highest.offset >= 0);
    }
    for gap in &state.gaps {
        assert!(usize::from(gap.topic) < state.inputs.len());
    }
}

/// A manifest of version 1 with these payloads, numbered from the first two bytes on.
fn framed(kind: u8, mut rest: &[u8]) -> Vec<u8> {
    let mut bytes = b"SLUICEMF\x01\0\0\0".to_vec();
    let crc = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    // The last number there is, when the input says so: what comes after it?
    let mut sequence = match rest.split_off(..1) {
        Some([255]) => u64::MAX - 1,
        first => u64::from(first.map_or(0, |first| first[0])),
    };
    while let Some([low, high]) = rest.split_off(..2.min(rest.len())) {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let payload = rest.split_off(..length).unwrap_or_default();
        let mut head = Vec::with_capacity(20);
        head.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        head.extend_from_slice(&sequence.to_le_bytes());
        head.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
        head.extend_from_slice(&crc32c::crc32c(&head).to_le_bytes());
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(payload);
        sequence = sequence.wrapping_add(1);
    }
    bytes.truncate(bytes.len().saturating_sub(usize::from(kind - 1)));
    bytes
}
