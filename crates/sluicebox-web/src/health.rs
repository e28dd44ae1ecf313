//! For probes and scrapes.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use sluicebox_pipeline::state::{TaskState, TaskStatus};
use utoipa::ToSchema;

use crate::app::App;
use crate::config::Pipeline;
use crate::flow::Flow;
use crate::{api, metrics};

/// What is well and what is not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// All checks are good.
    ready: bool,
    /// The checks.
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// What is looked at.
    name: &'static str,
    /// Whether it is good.
    ok: bool,
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(scrape))
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "It lives.")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Work is done: the cluster answers, the files are of it, partitions are assigned, the lag is known, the disk takes rows.
#[utoipa::path(get, path = "/readyz", tag = "health", responses(
    (status = 200, description = "It works.", body = Readiness),
    (status = 503, description = "Something is missing.", body = Readiness),
))]
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let readiness = readiness(&app.collector.peek(), app.config.pipeline.as_ref());
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    api::json_with(status, &readiness)
}

fn readiness(flow: &Flow, pipeline: Option<&Pipeline>) -> Readiness {
    let answered = flow.at_ms > 0 && flow.cluster.error.is_none();
    let mut checks = vec![
        Check {
            name: "cluster",
            ok: answered,
        },
        Check {
            name: "lag",
            ok: answered,
        },
        Check {
            name: "files",
            ok: flow.files_mismatch.is_none(),
        },
    ];
    if let Some(pipeline) = pipeline {
        let processors = pipeline.metrics.process_states();
        let sink = pipeline.metrics.sink_state();
        checks.push(Check {
            name: "processor",
            ok: processors.iter().all(|state| *state == TaskState::Running),
        });
        checks.push(Check {
            name: "sink",
            ok: sink == TaskState::Running,
        });
        checks.push(Check {
            name: "disk",
            ok: sink != TaskState::DiskFull && flow.files_error.is_none(),
        });
    }
    Readiness {
        ready: checks.iter().all(|check| check.ok),
        checks,
    }
}

/// What the dashboard itself does.
pub(crate) fn status(flow: &Flow) -> TaskStatus {
    let state = match (&flow.cluster.error, flow.at_ms) {
        (Some(_), _) => TaskState::WaitingForCluster,
        (None, 0) => TaskState::Starting,
        (None, _) => TaskState::Running,
    };
    TaskStatus {
        state,
        waits_for: flow.cluster.error.clone(),
    }
}

/// Everything that is counted, as `OpenMetrics` text.
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, description = "OpenMetrics text.", content_type = "application/openmetrics-text", body = String),
))]
pub(crate) async fn scrape(State(app): State<Arc<App>>) -> Response {
    let metrics = app
        .config
        .pipeline
        .as_ref()
        .map(|pipeline| &*pipeline.metrics);
    let text = metrics::text(metrics, &app.collector.peek());
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_when_the_cluster_has_answered() {
        assert!(
            !readiness(&Flow::default(), None).ready,
            "nothing is known yet"
        );
        assert_eq!(status(&Flow::default()).state, TaskState::Starting);
        let mut flow = Flow {
            at_ms: 1,
            ..Flow::default()
        };
        assert!(readiness(&flow, None).ready);
        assert_eq!(status(&flow).state, TaskState::Running);
        flow.files_mismatch = Some("other".to_owned());
        assert!(!readiness(&flow, None).ready, "files of another cluster");
        flow.files_mismatch = None;
        flow.cluster.error = Some("gone".to_owned());
        assert!(!readiness(&flow, None).ready);
        assert_eq!(
            status(&flow).to_string(),
            "waiting for the cluster: gone",
            "what a health check says"
        );
    }
}
