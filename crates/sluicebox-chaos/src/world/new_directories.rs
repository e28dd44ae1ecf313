//! Sinks on directories of their own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Part, Program};
use crate::error::Result;

/// Makes sinks, each on a new directory and in a new group.
#[derive(Debug)]
pub struct NewDirectories {
    program: Program,
    home: PathBuf,
    servers: String,
}

/// Over all worlds of this process.
static NUMBER: AtomicU64 = AtomicU64::new(0);

impl NewDirectories {
    pub(super) fn new(program: &Program, home: &Path, servers: &str) -> Self {
        Self {
            program: program.clone(),
            home: home.to_owned(),
            servers: servers.to_owned(),
        }
    }

    /// A sink, not started. Its files are the part's own and go with it.
    pub fn sink(&self) -> Result<Part> {
        let name = format!("new-{}", NUMBER.fetch_add(1, Ordering::SeqCst));
        let parts = self.home.join("parts");
        let out = parts.join(&name).join("out").display().to_string();
        std::fs::create_dir_all(parts.join(&name))?;
        let config = parts.join(&name).join("config.toml");
        std::fs::write(&config, format!("[sink]\ngroup = \"group-{name}\"\n"))?;
        let config = config.display().to_string();
        let arguments = [
            "sink",
            "--bootstrap-servers",
            &self.servers,
            "--output-dir",
            &out,
            "--config",
            &config,
        ];
        let command = self.program.words(&arguments.map(str::to_owned), &[]);
        Part::new(&parts, &name, &command)
    }
}
