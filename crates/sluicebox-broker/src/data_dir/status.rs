//! `broker.json`: how other processes find a running broker.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::shared::Shared;

/// The file, removed again when the broker stops.
#[derive(Debug)]
pub(crate) struct StatusFile {
    path: PathBuf,
}

impl StatusFile {
    /// Writes address, cluster id and process id. Not synced: it says nothing after a crash.
    pub(crate) fn write(shared: &Shared) -> io::Result<Self> {
        let path = shared.layout.root().join("broker.json");
        let (host, port) = &shared.advertised;
        let status = serde_json::json!({
            "address": shared.address.to_string(),
            "advertised": format!("{host}:{port}"),
            "cluster_id": shared.cluster_id,
            "pid": std::process::id(),
        });
        let temporary = path.with_extension("json.tmp");
        fs::write(&temporary, format!("{status:#}\n"))?;
        fs::rename(&temporary, &path)?;
        Ok(Self { path })
    }
}

impl Drop for StatusFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
