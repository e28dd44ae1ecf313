//! Kafka clients that are not ours. Whoever writes or reads our topics uses one of these.

pub mod java;
pub mod kcat;
pub mod python;

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const CLIENT_WAIT: Duration = Duration::from_secs(90);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Runs a client to its end and returns its standard output.
///
/// # Panics
/// When it cannot be started, fails, or takes longer than 90 s; with what it printed.
fn run(command: &mut Command, input: &str) -> String {
    let shown = format!("{command:?}");
    let spawned = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.unwrap_or_else(|e| panic!("cannot run {shown}: {e}"));
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_owned();
    // On a thread: a client that does not read must run into the time limit, not hang the test.
    let feeder = thread::spawn(move || stdin.write_all(input.as_bytes()));
    let (output, in_time) = wait(child);
    let _ = feeder.join();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        in_time && output.status.success(),
        "{shown}\n{} ({})\nstdout:\n{}\nstderr:\n{}",
        output.status,
        if in_time {
            "by itself"
        } else {
            "killed: too slow"
        },
        text(&output.stdout),
        text(&output.stderr),
    );
    text(&output.stdout)
}

fn wait(mut child: Child) -> (Output, bool) {
    let pid = child.id();
    let deadline = Instant::now() + CLIENT_WAIT;
    // The pipes are emptied meanwhile, or a talkative client would block.
    let killer = thread::spawn(move || {
        while Instant::now() < deadline {
            match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
                Ok(stat) if !stat.contains(") Z") => thread::sleep(POLL_INTERVAL),
                _ => return true,
            }
        }
        let _ = Command::new("kill")
            .args(["-KILL", &pid.to_string()])
            .status();
        false
    });
    let _ = child.stdin.take();
    let output = child.wait_with_output().expect("a child can be waited for");
    (output, killer.join().unwrap_or(false))
}
