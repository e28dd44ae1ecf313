//! Exit codes: 0 good, 1 failed, 2 wrong usage or configuration. A broken pipe is success.

use std::process::ExitCode;

use miette::Report;

/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the configuration is wrong; nothing was started.
    Usage(Report),
    /// It was started and failed.
    Failed(Report),
    /// Whoever read our output has had enough.
    BrokenPipe,
}

/// The result of a command.
pub(crate) type Outcome = Result<(), Failure>;

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Failed(report)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Failed(miette::miette!("cannot write to stdout: {error}")),
        }
    }
}

/// Prints clap's answer: help and version go to stdout and are success.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // A closed stdout while printing help is nobody's failure.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

/// Prints the failure, if any, and gives the exit code.
pub(crate) fn code(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Failed(report)) => {
            eprintln!("{report:?}");
            ExitCode::from(1)
        }
        Err(Failure::Usage(report)) => {
            eprintln!("{report:?}");
            ExitCode::from(2)
        }
    }
}
