//! `SaslHandshake` 0..=1: refused with `UNSUPPORTED_SASL_MECHANISM` and an empty list of
//! mechanisms, so that a client with a password learns that it needs none.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{SaslHandshakeRequest, SaslHandshakeResponse};

use crate::dispatch::RequestContext;
use crate::shared::Shared;

pub(crate) async fn handle(
    _shared: &Arc<Shared>,
    _context: &RequestContext,
    _request: SaslHandshakeRequest,
) -> SaslHandshakeResponse {
    SaslHandshakeResponse::default().with_error_code(ResponseError::UnsupportedSaslMechanism.code())
}
