//! Every flipped bit, every cut, any garbage: refused, or a torn tail that does not count, but
//! never another state.

use proptest::prelude::*;

use super::super::log::parse;
use super::manifest;
use crate::error::Refusal;

#[test]
fn a_flipped_bit_is_refused_or_costs_the_last_record_only() {
    let (good, ends) = manifest();
    let last_record = ends[ends.len() - 2].0;
    let before_last = &ends[ends.len() - 2].1;
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        match parse(&bad, "manifest") {
            Ok(read) => {
                assert!(bit / 8 >= last_record, "bit {bit} went unnoticed");
                assert_eq!(&read.state, before_last);
                assert_eq!(read.torn_bytes as usize, good.len() - last_record);
            }
            Err(error) => {
                assert!(
                    matches!(error.refusal(), Refusal::DamagedManifest { .. }),
                    "{error}"
                );
                assert!(bit / 8 < last_record, "bit {bit}: a torn tail was refused");
            }
        }
    }
}

#[test]
fn a_manifest_cut_anywhere_reads_as_the_last_whole_record() {
    let (good, ends) = manifest();
    for length in 0..=good.len() {
        let whole = ends.iter().rev().find(|(end, _)| *end <= length);
        match (parse(&good[..length], "manifest"), whole) {
            (Ok(read), Some((end, state))) => {
                assert_eq!(&read.state, state);
                assert_eq!(read.torn_bytes as usize, length - end);
            }
            (Err(error), None) => {
                assert!(
                    matches!(error.refusal(), Refusal::DamagedManifest { .. }),
                    "{error}"
                );
            }
            (read, _) => panic!("{length} bytes: {read:?}"),
        }
    }
}

#[test]
fn a_tail_of_zeros_or_garbage_does_not_count() {
    let (good, ends) = manifest();
    for tail in [
        vec![0; 4096],
        vec![0xff; 300],
        b"SLUICEMF and more".to_vec(),
    ] {
        let mut bytes = good.clone();
        bytes.extend_from_slice(&tail);
        let read = parse(&bytes, "manifest").unwrap();
        assert_eq!(read.state, ends.last().unwrap().1);
        assert_eq!(read.torn_bytes as usize, tail.len());
    }
}

#[test]
fn a_record_that_is_missing_doubled_or_out_of_place_is_refused() {
    let (good, ends) = manifest();
    let [first, second, third, end] = [0, 1, 2, 3].map(|i: usize| ends[i].0);
    let records = [
        &good[first..second],
        &good[second..third],
        &good[third..end],
    ];
    for order in [&[1, 2][..], &[0, 2], &[0, 0], &[0, 1, 1], &[1, 0, 2]] {
        let mut bytes = good[..first].to_vec();
        for &i in order {
            bytes.extend_from_slice(records[i]);
        }
        let error = parse(&bytes, "manifest").unwrap_err();
        assert!(
            error.to_string().contains("missing before"),
            "{order:?}: {error}"
        );
    }
    let mut twice = good.clone();
    twice.extend_from_slice(&good[16..first]);
    assert!(
        parse(&twice, "manifest")
            .unwrap_err()
            .to_string()
            .contains("between commits")
    );
}

proptest! {
    #[test]
    fn a_damaged_stretch_never_reads_as_another_state(
        at in 0..1_000usize,
        garbage in prop::collection::vec(any::<u8>(), 1..64),
    ) {
        let (good, ends) = manifest();
        let mut bad = good.clone();
        let at = at % good.len();
        let end = (at + garbage.len()).min(good.len());
        bad[at..end].copy_from_slice(&garbage[..end - at]);
        if let Ok(read) = parse(&bad, "manifest") {
            let mut whole = ends.iter().filter(|(end, _)| bad[..*end] == good[..*end]);
            prop_assert_eq!(&read.state, &whole.next_back().unwrap().1);
        }
    }
}
