//! Runs a real Apache Kafka cluster until Ctrl-C or until standard input closes.
//!
//! The first line on standard output is the list of bootstrap servers, for scripts to read.

use std::io::{self, Write};
use std::process::ExitCode;

use sluicebox_conformance::real_kafka::{KafkaCluster, KafkaOptions};

const USAGE: &str = "\
Usage: kafka-cluster [--nodes 1|3] [--heap-mb N] [--optimised] [--set NAME=VALUE]...

Starts a real Apache Kafka cluster on free ports of the loopback interface, prints its bootstrap
servers and runs until Ctrl-C or until standard input closes. Its files go with it.

  --nodes 1|3        combined brokers and controllers (default 3)
  --heap-mb N        Java heap per node (default 256)
  --optimised        Java's optimising compiler, for measurements: slower to start, faster after
  --set NAME=VALUE   a node setting, for example log.retention.ms=60000
";

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprint!("error: {problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match serve(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `None`: help was asked for.
fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<KafkaOptions>, String> {
    let mut options = KafkaOptions::nodes(3);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" | "-h" => return Ok(None),
            "--optimised" => options.optimised = true,
            "--nodes" => {
                options.nodes = match value()?.as_str() {
                    "1" => 1,
                    "3" => 3,
                    other => return Err(format!("--nodes is 1 or 3, not {other}")),
                }
            }
            "--heap-mb" => {
                let text = value()?;
                options.heap_mb = text.parse().map_err(|_| format!("--heap-mb: {text}?"))?;
            }
            "--set" => {
                let text = value()?;
                let (name, value) = text.split_once('=').ok_or(format!("no `=` in {text}"))?;
                options = options.with(name, value);
            }
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok(Some(options))
}

fn serve(options: &KafkaOptions) -> Result<(), Box<dyn std::error::Error>> {
    let cluster = KafkaCluster::start(options)?;
    let mut out = io::stdout();
    writeln!(out, "{}", cluster.bootstrap_servers())?;
    out.flush()?;
    eprintln!(
        "cluster {} runs; Ctrl-C or the end of input stops it",
        cluster.cluster_id()
    );
    // Ctrl-C ends this process the default way: the guards of the nodes see their pipes close.
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}
