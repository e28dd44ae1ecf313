//! `ApiVersions` 0..=3: the table of `dispatch`, as clients want it.
//!
//! An unknown version is answered with `UNSUPPORTED_VERSION` in the form of version 0 and with the
//! range that is spoken (KIP-511), so that any client finds a version it shares with us.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse};

use crate::dispatch::{APIS, RequestContext};
use crate::shared::Shared;

pub(crate) async fn handle(
    _shared: &Arc<Shared>,
    _context: &RequestContext,
    _request: ApiVersionsRequest,
) -> ApiVersionsResponse {
    ApiVersionsResponse::default().with_api_keys(api_keys(|_| true))
}

/// The answer to a version that is not spoken.
pub(crate) fn refuse_version() -> ApiVersionsResponse {
    ApiVersionsResponse::default()
        .with_error_code(ResponseError::UnsupportedVersion.code())
        .with_api_keys(api_keys(|key| key == ApiKey::ApiVersions))
}

fn api_keys(wanted: impl Fn(ApiKey) -> bool) -> Vec<ApiVersion> {
    APIS.iter()
        .filter(|api| wanted(api.key))
        .map(|api| {
            ApiVersion::default()
                .with_api_key(api.key as i16)
                .with_min_version(*api.versions.start())
                .with_max_version(*api.versions.end())
        })
        .collect()
}
