//! Fetches the jars once per target directory and starts Java classes from them.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const POM: &str = include_str!("../../kafka/pom.xml");
const LOG_SETTINGS: &str = include_str!("../../kafka/log4j2.xml");

/// The jars of Apache Kafka on this machine.
#[derive(Clone, Debug)]
pub struct Assembly {
    directory: PathBuf,
}

/// Why the jars are not there.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// `java` or `mvn` is missing or cannot be run.
    #[error(
        "cannot run `{program}`: {source}; a real Kafka needs Java 17 and Maven \
             (Debian: apt-get install openjdk-17-jre-headless maven)"
    )]
    NoProgram {
        /// The name of the program.
        program: &'static str,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Maven ran and failed.
    #[error("Maven could not fetch the jars of Apache Kafka:\n{output}")]
    Maven {
        /// What Maven printed.
        output: String,
    },
    /// The cache directory cannot be used.
    #[error("cannot use the cache directory {}: {source}", path.display())]
    Cache {
        /// The directory.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
}

impl Assembly {
    /// Finds the jars in the target directory, or fetches them (about 55 MB) when they are not there.
    /// Test processes that start at the same time wait for one another.
    pub fn obtain() -> Result<Self, AssemblyError> {
        let cache = cache_directory();
        let fail = |source| AssemblyError::Cache {
            path: cache.clone(),
            source,
        };
        fs::create_dir_all(&cache).map_err(fail)?;
        let lock = File::create(cache.join("lock")).map_err(fail)?;
        lock.lock().map_err(fail)?;
        let assembly = Self {
            directory: cache.join("kafka"),
        };
        if !assembly.is_current() {
            assembly.fetch()?;
        }
        Ok(assembly)
    }

    /// A Java process of the class `class`, with at most `heap_mb` MiB of heap.
    pub fn java(&self, class: &str, heap_mb: u32) -> Vec<String> {
        let config = self.directory.join("log4j2.xml");
        vec![
            "java".to_owned(),
            format!("-Xmx{heap_mb}m"),
            "-XX:+UseSerialGC".to_owned(),
            "-XX:-UsePerfData".to_owned(),
            format!("-Dlog4j2.configurationFile={}", config.display()),
            "-cp".to_owned(),
            format!("{}/*", self.directory.join("libs").display()),
            class.to_owned(),
        ]
    }

    /// Runs one of Kafka's command line tools to its end.
    pub fn run(&self, class: &str, arguments: &[&str]) -> io::Result<Output> {
        self.command(class).args(arguments).output()
    }

    /// One of Kafka's command line tools, for the caller to start. Such tools live for seconds:
    /// only the quick compiler is used.
    pub fn command(&self, class: &str) -> Command {
        let java = self.java(class, 192);
        let mut command = Command::new(&java[0]);
        command.arg("-XX:TieredStopAtLevel=1").args(&java[1..]);
        command
    }

    // The pom is copied last, so a directory with an equal pom is complete.
    fn is_current(&self) -> bool {
        fs::read_to_string(self.directory.join("pom.xml")).is_ok_and(|pom| pom == POM)
            && fs::read_to_string(self.directory.join("log4j2.xml"))
                .is_ok_and(|x| x == LOG_SETTINGS)
    }

    fn fetch(&self) -> Result<(), AssemblyError> {
        let fail = |source| AssemblyError::Cache {
            path: self.directory.clone(),
            source,
        };
        let run = |program: &'static str, arguments: &[&str], directory: &Path| {
            Command::new(program)
                .args(arguments)
                .current_dir(directory)
                .output()
                .map_err(|source| AssemblyError::NoProgram { program, source })
        };
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory).map_err(fail)?;
        }
        let work = self.directory.join("fetch");
        fs::create_dir_all(&work).map_err(fail)?;
        fs::write(work.join("pom.xml"), POM).map_err(fail)?;
        fs::write(self.directory.join("log4j2.xml"), LOG_SETTINGS).map_err(fail)?;
        run("java", &["-version"], &work)?;
        let libs = format!(
            "-DoutputDirectory={}",
            self.directory.join("libs").display()
        );
        let output = run(
            "mvn",
            &["-q", "-B", "dependency:copy-dependencies", &libs],
            &work,
        )?;
        if !output.status.success() {
            let output = [output.stdout, output.stderr].concat();
            return Err(AssemblyError::Maven {
                output: String::from_utf8_lossy(&output).into(),
            });
        }
        fs::rename(work.join("pom.xml"), self.directory.join("pom.xml")).map_err(fail)?;
        fs::remove_dir_all(&work).map_err(fail)
    }
}

/// A directory beside the build's products: `cargo clean` removes it, and CI can keep it.
fn cache_directory() -> PathBuf {
    let target = env::current_exe().ok().and_then(|exe| {
        // Cargo marks the target directory with this file (bford.info/cachedir).
        exe.ancestors()
            .find(|d| d.join("CACHEDIR.TAG").exists())
            .map(Path::to_owned)
    });
    target.unwrap_or_else(env::temp_dir).join("real-kafka")
}
