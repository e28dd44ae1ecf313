//! The forms are those of the protocol library, in every version that is spoken.

use super::{FormError, check, check_header, form_of};
use crate::dispatch::{APIS, Api};
use crate::fuzzing::example;
use crate::limits::REQUEST_ELEMENTS_MAX_COUNT;
use kafka_protocol::messages::ApiKey;

/// Every API in every version, with a body of its form.
fn every_request() -> impl Iterator<Item = (&'static Api, i16, bool, Vec<u8>)> {
    APIS.iter().flat_map(|api| {
        api.versions.clone().map(move |version| {
            let flexible = api.key.request_header_version(version) == 2;
            (api, version, flexible, example::body(api, version))
        })
    })
}

#[test]
fn the_protocol_library_reads_every_form_to_its_end() {
    for (api, version, flexible, body) in every_request() {
        let left = (api.leftover)(&body, version);
        assert_eq!(left, Some(0), "{:?} {version}", api.key);
        let form = form_of(api.key).expect("a form");
        assert_eq!(check(form, version, flexible, &body), Ok(&[][..]));
    }
}

#[test]
fn a_request_cut_anywhere_is_refused() {
    for (api, version, flexible, body) in every_request() {
        let form = form_of(api.key).expect("a form");
        for end in 0..body.len() {
            let cut = check(form, version, flexible, &body[..end]);
            assert!(cut.is_err(), "{:?} {version} cut at {end}", api.key);
        }
    }
}

#[test]
fn a_claimed_count_is_held_against_the_bytes_that_follow() {
    // Metadata 1: nothing but an array of names.
    let form = form_of(ApiKey::Metadata).expect("a form");
    let refused = |body: &[u8], flexible: bool| {
        let version = if flexible { 9 } else { 1 };
        check(form, version, flexible, body).map(<[u8]>::len)
    };
    let claimed = i32::MAX as usize;
    assert_eq!(
        refused(&i32::MAX.to_be_bytes(), false),
        Err(FormError::FalseCount { claimed, left: 0 })
    );
    assert_eq!(
        refused(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0], true),
        Err(FormError::FalseCount {
            claimed: u32::MAX as usize - 1,
            left: 1
        })
    );
    assert_eq!(
        refused(&(-2_i32).to_be_bytes(), false),
        Err(FormError::NegativeLength(-2))
    );
    assert_eq!(refused(&(-1_i32).to_be_bytes(), false), Ok(0));
}

#[test]
fn elements_are_counted_over_the_whole_request() {
    let form = form_of(ApiKey::DescribeGroups).expect("a form");
    let body = |count: usize| {
        let mut body = (count as i32).to_be_bytes().to_vec();
        body.resize(4 + 2 * count, 0);
        body
    };
    assert!(check(form, 0, false, &body(REQUEST_ELEMENTS_MAX_COUNT)).is_ok());
    assert_eq!(
        check(form, 0, false, &body(REQUEST_ELEMENTS_MAX_COUNT + 1)),
        Err(FormError::TooMany)
    );
    // Empty arrays within arrays, and tagged fields, count as well.
    let form = form_of(ApiKey::DescribeLogDirs).expect("a form");
    let mut body = vec![2, 1, 0, 0xff, 0xff, 0xff, 0x7f];
    body.resize(1 << 20, 0);
    assert_eq!(check(form, 2, true, &body), Err(FormError::TooMany));
}

#[test]
fn the_tags_of_a_header_are_counted() {
    let mut frame = vec![0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff];
    frame.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
    frame.resize(1 << 20, 0);
    assert_eq!(check_header(&frame, true), Err(FormError::TooMany));
    assert_eq!(check_header(&frame, false), Ok(()));
}
