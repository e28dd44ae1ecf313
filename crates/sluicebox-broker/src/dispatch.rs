//! From a request's bytes to its answer's bytes. [`APIS`] is the one place that says which
//! requests, in which versions, are spoken; `ApiVersions` is derived from it.

use std::future::Future;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};

use crate::forms;
use crate::handlers;
use crate::memory::Held;
use crate::shared::Shared;

/// Who asks, and in which version.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    /// Version of the request and of its answer.
    pub(crate) version: i16,
    /// What the client calls itself.
    pub(crate) client_id: Option<StrBytes>,
    /// The client's address, as groups show it.
    pub(crate) client_host: std::net::IpAddr,
    correlation_id: i32,
}

/// The body of an answer, which may still have to wait (for the disk) while the next request of
/// the same connection is read.
pub(crate) enum Answer<R> {
    /// Here it is.
    Ready(R),
    /// Here it is; it counts against the memory for answers until it is on its way.
    Held(R, Held),
    /// Later.
    Deferred(Pin<Box<dyn Future<Output = R> + Send>>),
    /// None is sent (`acks=0`).
    Silent,
}

impl<R> From<R> for Answer<R> {
    fn from(response: R) -> Self {
        Self::Ready(response)
    }
}

/// An answer as bytes, without the length before it.
pub(crate) type Encoded = Result<Bytes, RequestError>;

/// Why a request cannot be answered; the connection is closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// Not a request, or not one in its version's form.
    #[error("a request that cannot be read: {0}")]
    Unreadable(String),
    /// An API, or a version of it, that is not spoken and has no form to say so in.
    #[error("API key {key} version {version} is not spoken here")]
    Unsupported {
        /// API key.
        key: i16,
        /// Version asked for.
        version: i16,
    },
    /// A bug: the answer cannot be written in the version of its request.
    #[error("an answer that cannot be encoded: {0}")]
    Unencodable(String),
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Bytes that follow a request once the protocol library has read it; `None` when it cannot.
type Leftover = fn(&[u8], i16) -> Option<usize>;
type Handler =
    fn(Arc<Shared>, RequestContext, Bytes) -> Boxed<Result<Answer<Encoded>, RequestError>>;

/// One line of the table.
pub(crate) struct Api {
    pub(crate) key: ApiKey,
    pub(crate) versions: RangeInclusive<i16>,
    handler: Handler,
    pub(crate) leftover: Leftover,
}

/// `api!(key, versions, module)`: the module has `handle(&Arc<Shared>, &RequestContext, Request)`
/// which resolves to the response or to an [`Answer`] of it.
macro_rules! api {
    ($key:ident, $versions:expr, $module:ident) => {
        Api {
            key: ApiKey::$key,
            versions: $versions,
            handler: |shared, context, body| {
                Box::pin(async move {
                    let (request, kind) = decode(body, context.version)?;
                    let answer = handlers::$module::handle(&shared, &context, request).await;
                    Ok(encode_answer(
                        ApiKey::$key,
                        &context,
                        answer_to(kind, answer),
                    ))
                })
            },
            leftover: |body, version| leftover(handlers::$module::handle, body, version),
        }
    };
}

/// Every API spoken, in the order of the keys.
pub(crate) static APIS: &[Api] = &[
    api!(Produce, 3..=10, k00_produce),
    api!(Fetch, 4..=12, k01_fetch),
    api!(ListOffsets, 1..=7, k02_list_offsets),
    api!(Metadata, 0..=12, k03_metadata),
    api!(OffsetCommit, 2..=9, k08_offset_commit),
    api!(OffsetFetch, 1..=9, k09_offset_fetch),
    api!(FindCoordinator, 0..=4, k10_find_coordinator),
    api!(JoinGroup, 0..=7, k11_join_group),
    api!(Heartbeat, 0..=4, k12_heartbeat),
    api!(LeaveGroup, 0..=5, k13_leave_group),
    api!(SyncGroup, 0..=5, k14_sync_group),
    api!(DescribeGroups, 0..=5, k15_describe_groups),
    api!(ListGroups, 0..=4, k16_list_groups),
    api!(SaslHandshake, 0..=1, k17_sasl_handshake),
    api!(ApiVersions, 0..=3, k18_api_versions),
    api!(CreateTopics, 2..=7, k19_create_topics),
    api!(DeleteTopics, 1..=6, k20_delete_topics),
    api!(DeleteRecords, 0..=2, k21_delete_records),
    api!(InitProducerId, 0..=4, k22_init_producer_id),
    api!(OffsetForLeaderEpoch, 2..=4, k23_offset_for_leader_epoch),
    api!(AddPartitionsToTxn, 0..=3, k24_add_partitions_to_txn),
    api!(AddOffsetsToTxn, 0..=3, k25_add_offsets_to_txn),
    api!(EndTxn, 0..=3, k26_end_txn),
    api!(TxnOffsetCommit, 0..=3, k28_txn_offset_commit),
    api!(DescribeConfigs, 1..=4, k32_describe_configs),
    api!(AlterConfigs, 0..=2, k33_alter_configs),
    api!(DescribeLogDirs, 1..=4, k35_describe_log_dirs),
    api!(CreatePartitions, 0..=3, k37_create_partitions),
    api!(DeleteGroups, 0..=2, k42_delete_groups),
    api!(
        IncrementalAlterConfigs,
        0..=1,
        k44_incremental_alter_configs
    ),
    api!(OffsetDelete, 0..=0, k47_offset_delete),
    api!(DescribeCluster, 0..=1, k60_describe_cluster),
    api!(DescribeProducers, 0..=0, k61_describe_producers),
    api!(DescribeTransactions, 0..=0, k65_describe_transactions),
    api!(ListTransactions, 0..=1, k66_list_transactions),
];

/// Answers one request (the frame without its length).
pub(crate) async fn dispatch(
    shared: Arc<Shared>,
    client_host: std::net::IpAddr,
    mut frame: Bytes,
) -> Result<Answer<Encoded>, RequestError> {
    let (Some(key), Some(version)) = (be_i16(&frame, 0), be_i16(&frame, 2)) else {
        return Err(RequestError::Unreadable(format!(
            "{} bytes only",
            frame.len()
        )));
    };
    let unsupported = RequestError::Unsupported { key, version };
    let Some(api) = APIS.iter().find(|api| api.key as i16 == key) else {
        return Err(unsupported);
    };
    let spoken = api.versions.contains(&version);
    if !spoken && api.key != ApiKey::ApiVersions {
        return Err(unsupported);
    }
    // Of an ApiVersions request in an unknown version only the fixed part of the header is read
    // (KIP-511).
    let header_version = if spoken {
        api.key.request_header_version(version)
    } else {
        1
    };
    let flexible = header_version == 2;
    forms::check_header(&frame, flexible).map_err(unreadable)?;
    let header = RequestHeader::decode(&mut frame, header_version).map_err(unreadable)?;
    let context = RequestContext {
        version: if spoken { version } else { 0 },
        client_id: header.client_id,
        client_host,
        correlation_id: header.correlation_id,
    };
    if !spoken {
        let answer = Answer::Ready(handlers::k18_api_versions::refuse_version());
        return Ok(encode_answer(ApiKey::ApiVersions, &context, answer));
    }
    let form = forms::form_of(api.key).ok_or(unsupported)?;
    forms::check(form, version, flexible, &frame).map_err(unreadable)?;
    (api.handler)(shared, context, frame).await
}

fn unreadable(error: impl std::fmt::Display) -> RequestError {
    RequestError::Unreadable(error.to_string())
}

fn be_i16(bytes: &[u8], at: usize) -> Option<i16> {
    bytes
        .get(at..at + 2)
        .map(|pair| i16::from_be_bytes([pair[0], pair[1]]))
}

/// Reads the request; the marker says which answer belongs to it.
fn decode<Q: Request>(mut body: Bytes, version: i16) -> Result<(Q, PhantomData<Q>), RequestError> {
    let request = Q::decode(&mut body, version).map_err(unreadable)?;
    Ok((request, PhantomData))
}

/// Reads the request that this handler takes, and nothing more.
fn leftover<Q: Request, R>(
    _handler: impl AsyncFn(&Arc<Shared>, &RequestContext, Q) -> R,
    body: &[u8],
    version: i16,
) -> Option<usize> {
    let mut body = Bytes::copy_from_slice(body);
    Q::decode(&mut body, version).ok()?;
    Some(body.len())
}

fn answer_to<Q: Request>(
    _kind: PhantomData<Q>,
    answer: impl Into<Answer<Q::Response>>,
) -> Answer<Q::Response> {
    answer.into()
}

fn encode_answer<R>(key: ApiKey, context: &RequestContext, answer: Answer<R>) -> Answer<Encoded>
where
    R: Encodable + HeaderVersion + Send + 'static,
{
    let (version, correlation_id) = (context.version, context.correlation_id);
    match answer {
        Answer::Ready(response) => Answer::Ready(encode(key, version, correlation_id, &response)),
        Answer::Held(response, held) => {
            Answer::Held(encode(key, version, correlation_id, &response), held)
        }
        Answer::Deferred(response) => Answer::Deferred(Box::pin(async move {
            encode(key, version, correlation_id, &response.await)
        })),
        Answer::Silent => Answer::Silent,
    }
}

fn encode<R: Encodable>(key: ApiKey, version: i16, correlation_id: i32, response: &R) -> Encoded {
    let header = ResponseHeader::default().with_correlation_id(correlation_id);
    let header_version = key.response_header_version(version);
    let size = response
        .compute_size(version)
        .map_err(|error| unencodable(key, &error))?;
    let mut bytes = BytesMut::with_capacity(size + 8);
    header
        .encode(&mut bytes, header_version)
        .map_err(|error| unencodable(key, &error))?;
    response
        .encode(&mut bytes, version)
        .map_err(|error| unencodable(key, &error))?;
    Ok(bytes.freeze())
}

fn unencodable(key: ApiKey, error: &dyn std::fmt::Display) -> RequestError {
    RequestError::Unencodable(format!("{key:?}: {error}"))
}
