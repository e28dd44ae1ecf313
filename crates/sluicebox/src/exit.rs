//! Exit codes: 0 good, 1 failed, 2 wrong usage or configuration. A broken pipe is success.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use miette::Report;

/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the configuration is wrong; nothing was started.
    Usage(Report),
    /// It was started and failed.
    Failed(Report),
    /// The user ended it before there was anything to finish.
    Stopped,
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
    let (report, code) = match outcome {
        Ok(()) | Err(Failure::BrokenPipe | Failure::Stopped) => return ExitCode::SUCCESS,
        Err(Failure::Failed(report)) => (report, 1),
        Err(Failure::Usage(report)) => (report, 2),
    };
    if crate::logging::manner().json {
        let help = report.help().map(|help| help.to_string());
        tracing::error!(help, "{report}");
    } else {
        // A closed stderr: nobody can be told.
        let _ = writeln!(std::io::stderr(), "{report:?}");
    }
    ExitCode::from(code)
}

/// Sets how reports look: lines are wrapped on a terminal only, so that elsewhere paths and names
/// stay whole and can be searched for.
pub(crate) fn set_report_style() {
    let wrap = std::io::stderr().is_terminal();
    // A second hook is refused; the first one does.
    let _ = miette::set_hook(Box::new(move |_| {
        Box::new(
            miette::MietteHandlerOpts::new()
                .wrap_lines(wrap)
                .break_words(false)
                .build(),
        )
    }));
}
