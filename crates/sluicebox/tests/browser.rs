//! The dashboard in a real browser, headless: `SLUICEBOX_BROWSER=1 cargo test -p sluicebox --test browser`.
//!
//! Needs Chromium (Debian: `apt-get install chromium`), Node.js and npm, which fetches playwright-core and
//! axe-core into the target directory. Without the variable it does nothing. `SLUICEBOX_SCREENSHOTS=DIR`
//! also takes the pictures of the documentation.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sluicebox_conformance::sending::sent;
use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{Admin, ClientOptions, OutBatch};
use support::{Running, sluicebox};

const TOKEN: &str = "0123456789abcdef0123";

/// What no page may take for anything but text.
const HOSTILE: [&str; 4] = [
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=\"document.title='owned'\">",
    "</td></tr></table><h1>owned</h1>",
    "{\"a\":\"<svg onload=document.title='owned'>\"}",
];

#[test]
fn the_dashboard_works_in_a_real_browser() {
    if std::env::var_os("SLUICEBOX_BROWSER").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let modules = install();
    let (_running, url, broker) = start(dir.path());
    fill_hostile_topic(&broker);
    // Others on the same cluster: one that may write, and one that asks for a token.
    let data = dir.path().join("data");
    let (_writing, writing) = beside(&broker, &data, &["--allow-writes"]);
    let token = dir.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let token = token.display().to_string();
    let (_guarded, guarded) = beside(&broker, &data, &["--http-token-file", &token]);
    // Something to draw, and letters of every kind.
    std::thread::sleep(Duration::from_secs(15));
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/suite.mjs");
    let status = Command::new("node")
        .arg(suite)
        .arg(url)
        .arg(modules)
        .args([writing, guarded, TOKEN.to_owned()])
        .status()
        .expect("Node.js runs");
    assert!(status.success(), "see the lines above");
}

/// A dashboard alone, on a cluster that runs already; its address.
fn beside(broker: &str, data: &Path, arguments: &[&str]) -> (Running, String) {
    let mut command = sluicebox();
    command.args(["dashboard", "--http-listen", "127.0.0.1:0", "-q"]);
    command.args(["--bootstrap-servers", broker, "--output-dir"]);
    command.arg(data).args(arguments).stdout(Stdio::piped());
    let mut running = Running::start(&mut command);
    let mut line = String::new();
    let stdout = running.0.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let url = line
        .trim()
        .strip_prefix("dashboard at ")
        .unwrap()
        .to_owned();
    (running, url)
}

/// Fetches what drives the browser, once.
fn install() -> PathBuf {
    let modules = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    std::fs::create_dir_all(&modules).unwrap();
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/package.json");
    std::fs::copy(wanted, modules.join("package.json")).unwrap();
    let arguments = [
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-package-lock",
        "--prefer-offline",
    ];
    let done = Command::new("npm")
        .args(arguments)
        .current_dir(&modules)
        .status()
        .expect("npm runs");
    assert!(
        done.success(),
        "npm cannot fetch playwright-core and axe-core"
    );
    modules.join("node_modules")
}

/// Starts all of it; the address of the dashboard, and of the broker.
fn start(dir: &Path) -> (Running, String, String) {
    let mut command = sluicebox();
    command.args([
        "run",
        "--rate",
        "150",
        "--invalid-ratio",
        "0.04",
        "--seed",
        "7",
    ]);
    command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--http-listen",
            "127.0.0.1:0",
            "--output-dir",
        ])
        .arg(dir.join("data"));
    let mut running = Running::start(command.stderr(Stdio::piped()).stdout(Stdio::null()));
    let mut lines = BufReader::new(running.0.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let (mut url, mut broker) = (None, None);
    while url.is_none() || broker.is_none() {
        let line = lines.next().expect("it says where the dashboard is");
        let word = |mark: &str| {
            line.split(mark)
                .nth(1)
                .map(|rest| rest.split_whitespace().next().unwrap().to_owned())
        };
        url = url.or_else(|| word("dashboard at "));
        broker = broker.or_else(|| word("broker is up address="));
    }
    // It goes on talking, and must not wait for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    (running, url.unwrap(), broker.unwrap())
}

fn fill_hostile_topic(broker: &str) {
    let client = ClientOptions::new(broker, "browser-test");
    let admin = Admin::connect(&client, Duration::from_secs(10)).unwrap();
    let topic = NewTopic {
        name: "hostile".to_owned(),
        partitions: 1,
        replication_factor: 1,
        configs: Vec::new(),
    };
    admin.create_topics(&[topic]).unwrap();
    let mut batch = OutBatch::new();
    for attack in HOSTILE {
        batch.push_with_headers(
            Some(attack.as_bytes()),
            Some(attack.as_bytes()),
            &[("<b>x</b>", Some(attack.as_bytes()))],
        );
    }
    sent(&client, "hostile", &batch);
}
