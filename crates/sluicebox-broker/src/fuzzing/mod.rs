//! Doors for the fuzz targets in `sluicebox-fuzz`: what a client can send, at the functions that
//! read it. No part of the broker's interface.

pub(crate) mod example;

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::ApiKey;

use crate::broker::{Broker, start};
use crate::config::{BrokerConfig, Durability};
use crate::dispatch::{APIS, Answer, Api, RequestError, dispatch};
use crate::forms::{self, FormError};
use crate::log::batch::{self, BatchHeader, HEADER_BYTES};
use crate::log::records;

/// How long an answer may take that waits for something, such as a fetch without records.
const ANSWER_WAIT_MS: u64 = 20;

/// Key and version of each request that is spoken, and whether it is flexible (KIP-482).
pub fn spoken() -> impl Iterator<Item = (i16, i16, bool)> {
    APIS.iter().flat_map(|api| {
        api.versions.clone().map(|version| {
            let flexible = api.key.request_header_version(version) == 2;
            (api.key as i16, version, flexible)
        })
    })
}

/// A request as its form has it, without a header; `None` for what is not spoken.
pub fn example(key: i16, version: i16) -> Option<Vec<u8>> {
    find(key, version).map(|api| example::body(api, version))
}

fn find(key: i16, version: i16) -> Option<&'static Api> {
    APIS.iter()
        .find(|api| api.key as i16 == key && api.versions.contains(&version))
}

/// Holds the form of a request against the protocol library.
///
/// # Panics
/// When the form refuses, other than by its limits, what the library takes, or when both take it
/// but do not agree where it ends.
pub fn form(key: i16, version: i16, body: &[u8]) {
    let Some(api) = find(key, version) else {
        return;
    };
    let flexible = api.key.request_header_version(version) == 2;
    let form = forms::form_of(api.key).expect("what is spoken has a form");
    // The library reads the cluster id of a fetch without regard to the size of its tag.
    let exact = api.key != ApiKey::Fetch || !flexible;
    match forms::check(form, version, flexible, body) {
        Ok(rest) => {
            let left = (api.leftover)(body, version);
            assert!(!exact || left.is_none_or(|left| left == rest.len()));
        }
        // To ask the library would be to reserve what is claimed.
        Err(FormError::FalseCount { .. } | FormError::TooMany) => {}
        Err(error) => {
            let taken = (api.leftover)(body, version).is_some();
            assert!(!exact || !taken, "refused by its form only: {error}");
        }
    }
}

/// Takes a batch as a produce request does and looks into it as a search by time does, within
/// bounds. Its size and checksum are set right, as any client can.
pub fn batch(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    let Some((head, records)) = bytes.split_first_chunk_mut::<HEADER_BYTES>() else {
        let refused = batch::check_produced(&bytes, 0);
        return assert!(refused.is_err(), "less than a header");
    };
    head[8..12].copy_from_slice(
        &((HEADER_BYTES - batch::PREFIX_BYTES + records.len()) as i32).to_be_bytes(),
    );
    batch::seal(head, records);
    let Ok(header) = batch::check_produced(&bytes, 0) else {
        return;
    };
    assert_eq!(BatchHeader::read(&bytes), Some(header));
    assert_eq!(header.size, bytes.len());
    let _ = header.last_sequence();
    let _ = records::find(&header, &bytes, |_| false);
}

/// A broker that takes requests without a socket.
pub struct Node {
    broker: Broker,
    runtime: tokio::runtime::Runtime,
}

impl Node {
    /// A broker in this directory.
    pub fn start(dir: &Path) -> Self {
        let config = BrokerConfig {
            data_dir: dir.to_owned(),
            durability: Durability::Relaxed,
            worker_threads: 1,
            ..BrokerConfig::default()
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let broker = start(listener, config).expect("a broker starts");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        Self { broker, runtime }
    }

    /// Gives it one request, and takes the answer if one comes soon; says whether one came.
    pub fn ask(&self, frame: &[u8]) -> bool {
        let frame = Bytes::copy_from_slice(frame);
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let answered = self.runtime.block_on(async {
            let wait = Duration::from_millis(ANSWER_WAIT_MS);
            tokio::time::timeout(wait, async {
                match dispatch(self.broker.shared(), host, frame).await {
                    Ok(Answer::Ready(answer) | Answer::Held(answer, _)) => answer.map(drop),
                    Ok(Answer::Deferred(answer)) => answer.await.map(drop),
                    Ok(Answer::Silent) => Ok(()),
                    Err(error) => Err(error),
                }
            })
            .await
        });
        if let Ok(Err(error @ RequestError::Unencodable(_))) = &answered {
            panic!("{error}");
        }
        assert_eq!(self.broker.failed(), None, "a request ended the broker");
        matches!(answered, Ok(Ok(())))
    }
}
