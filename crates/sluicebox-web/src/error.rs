//! Why a question is not answered, and what to do.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sluicebox_kafka::{ErrorClass, ErrorCode, KafkaError};
use sluicebox_pipeline::PipelineError;
use sluicebox_pipeline::dlq::DlqError;
use utoipa::ToSchema;

use crate::pages;

/// A question that is not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebError {
    #[error("the host `{0}` is not a name of this dashboard; add it with --http-host if it is")]
    ForeignHost(String),
    #[error("another site asked for this: only pages of this dashboard may")]
    ForeignOrigin,
    #[error(
        "this dashboard only reads: start it with --allow-writes to replay dead letters, create topics and produce records"
    )]
    ReadOnly,
    #[error("only GET and POST are answered")]
    OtherMethod,
    #[error(
        "nothing says that a page of this dashboard asks: send the header `X-Sluicebox: 1` from programs"
    )]
    NotOurs,
    #[error(
        "a token is needed: send it as `Authorization: Bearer TOKEN`, or open /login in a browser"
    )]
    NoToken,
    #[error("{0}")]
    BadRequest(String),
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done now, or was done before.
    #[error("{0}")]
    Conflict(String),
    /// It makes sense, and is refused.
    #[error("{0}")]
    Refused(String),
    #[error("the request's body is too large: at most {0} bytes")]
    TooLarge(usize),
    #[error("the request's body did not come in time")]
    TooSlow,
    #[error("the request's body must be `{0}`: say so in the header Content-Type")]
    OtherType(&'static str),
    #[error("{0} searches run already, and more would slow each other; stop one of them")]
    TooMany(usize),
    #[error("{0} requests that write are under way; try again")]
    TooManyWrites(usize),
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    Internal(String),
}

/// What an error answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What happened, and what to do.
    error: String,
}

impl WebError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::ForeignHost(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::ForeignOrigin | Self::NotOurs => StatusCode::FORBIDDEN,
            Self::ReadOnly | Self::OtherMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::OtherType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany(_) | Self::TooManyWrites(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The same of a request that was to write and did not come to it: says so.
    pub(crate) fn unsent(self) -> Self {
        match self {
            Self::Unavailable(why) => Self::Unavailable(format!("nothing was sent: {why}")),
            other => other,
        }
    }

    /// As a page for people, as JSON for programs.
    pub(crate) fn shown(&self, html: bool) -> Response {
        if html {
            (self.status(), pages::problem(&self.to_string())).into_response()
        } else {
            problem(self.status(), self.to_string())
        }
    }
}

/// An error for programs.
pub(crate) fn problem(status: StatusCode, error: String) -> Response {
    crate::api::json_with(status, &Problem { error })
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        self.shown(false)
    }
}

impl From<KafkaError> for WebError {
    fn from(error: KafkaError) -> Self {
        let message = match error.way_out() {
            Some(way_out) => format!("{error}; {way_out}"),
            None => error.to_string(),
        };
        match error.code {
            ErrorCode::UNKNOWN_TOPIC
            | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::UNKNOWN_PARTITION => Self::NotFound(message),
            _ => Self::Unavailable(message),
        }
    }
}

impl From<PipelineError> for WebError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Kafka(error) => error.into(),
            PipelineError::MarkersExpire { .. } => Self::Refused(match error.way_out() {
                Some(way_out) => format!("{error}; {way_out}"),
                None => error.to_string(),
            }),
            other => Self::Unavailable(match other.way_out() {
                Some(way_out) => format!("{other}; {way_out}"),
                None => other.to_string(),
            }),
        }
    }
}

/// What became of a replay that broke off is known to the next one.
impl From<DlqError> for WebError {
    fn from(error: DlqError) -> Self {
        let message = error.to_string();
        match error {
            DlqError::Pipeline(error) => error.into(),
            DlqError::NoLetter { .. } => Self::NotFound(message),
            DlqError::Cut { .. } | DlqError::NoStream { .. } => Self::Refused(message),
            DlqError::TakenOver(_) | DlqError::Stopped => Self::Conflict(message),
            DlqError::Kafka(error) if error.code == ErrorCode::MESSAGE_TOO_LARGE => {
                Self::Refused(message)
            }
            // The commit was on its way.
            DlqError::Kafka(error) if error.class == ErrorClass::RebuildProducer => {
                Self::Unavailable(format!(
                    "{message}; it is not known whether the record was written. Try again: if it was, it is left out"
                ))
            }
            DlqError::Kafka(_) => {
                Self::Unavailable(format!("{message}; the record was not written. Try again"))
            }
        }
    }
}

/// The error as a page: what handlers of pages return.
#[derive(Debug)]
pub(crate) struct PageError(pub(crate) WebError);

impl<E: Into<WebError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        self.0.shown(true)
    }
}
