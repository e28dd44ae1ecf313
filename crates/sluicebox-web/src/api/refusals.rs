//! What many paths answer where they do not do what is asked, described once.

use serde_json::{Map, Value, json};

/// Paths that whoever probes asks, of anywhere.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// Questions that are answered without the cluster.
const WITHOUT_CLUSTER: [(&str, &str); 9] = [
    ("get", "/metrics"),
    ("get", "/api/v1/flow"),
    ("get", "/api/v1/events"),
    ("get", "/api/v1/letters"),
    ("get", "/api/v1/replay"),
    ("post", "/api/v1/replay/stop"),
    ("get", "/api/v1/streams"),
    ("get", "/api/v1/streams/{stream}/rows"),
    ("get", "/api/v1/files/{file}"),
];

/// The description with them.
pub(super) fn added(mut described: Value) -> Value {
    let paths = described["paths"].as_object_mut();
    for (path, methods) in paths.into_iter().flatten() {
        if PROBES.contains(&path.as_str()) {
            continue;
        }
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            let refusals = of(path, method, operation);
            if let Some(responses) = operation["responses"].as_object_mut() {
                add(responses, &refusals);
            }
        }
    }
    described
}

/// Statuses, and what they mean.
type Refusals = Vec<(&'static str, &'static str)>;

fn of(path: &str, method: &str, operation: &Value) -> Refusals {
    let mut refusals = vec![
        ("401", "A token is needed."),
        (
            "403",
            "Another site asks for it, or nothing says that a page of the dashboard or a program writes.",
        ),
        ("421", "The host is not a name of this dashboard."),
    ];
    if operation["parameters"].is_array() {
        refusals.push(("400", "The path or the query makes no sense."));
    }
    if method == "post" {
        refusals.extend([
            ("408", "The body did not come in time."),
            ("413", "The body is too large."),
            ("429", "Too many requests write."),
        ]);
    }
    if operation["requestBody"].is_object() {
        refusals.push(("415", "The body is not said to be JSON."));
    }
    if !WITHOUT_CLUSTER.contains(&(method, path)) {
        refusals.push(("503", "The cluster does not answer."));
    }
    refusals
}

fn add(responses: &mut Map<String, Value>, refusals: &Refusals) {
    for (status, description) in refusals {
        // What a path says itself says more.
        responses.entry(*status).or_insert_with(|| {
            json!({
                "description": description,
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            })
        });
    }
}
