//! The cluster is not there, too small, or its port is taken.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Broker, Running, ends_with, says, sluicebox, until};

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_port_that_was_asked_for_and_is_taken_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for verb in ["broker", "run"] {
        let said = ends_with(
            1,
            sluicebox()
                .current_dir(&dir)
                .args([verb, "--listen", &address]),
        );
        says(
            &said,
            &[
                &format!("cannot listen on {address}: the port is in use"),
                "--listen",
            ],
        );
    }
}

/// Its file names it, and another address is asked. It has no address of the family, so that nothing that
/// may listen there is asked in truth.
#[test]
fn a_broker_of_the_data_directory_that_was_killed_is_told_before_another_one_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("broker");
    let mut broker = Broker::start(&data, "127.0.0.1:0");
    broker.process.kill_9();
    let gone = format!(
        "({}) does not run; 127.0.0.1:9092 is asked instead",
        broker.address
    );
    let tells = |words: &[&str]| {
        let mut command = sluicebox();
        command.current_dir(&dir).args(words).arg("--data-dir");
        command.arg(&data).args(["--wait", "300ms"]);
        command.args(["--kafka", "broker.address.family=v6"]);
        // Without the line breaks of an error.
        let said = ends_with(1, &mut command).replace('\u{2502}', " ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let times = said.matches(&gone).count();
        assert_eq!(times, 2, "in the log at once, and in the error: {said}");
        says(&said, &["`sluicebox broker` starts it again"]);
    };
    std::thread::scope(|scope| {
        for words in [
            &["topics", "list"][..],
            &["topics", "tail", "sensor_data"],
            &["status"],
            &["dlq", "list"],
            &["dlq", "replay", "--all"],
            &["process"],
        ] {
            scope.spawn(|| tells(words));
        }
    });
}

#[test]
fn an_address_that_cannot_be_is_told_with_what_it_should_be() {
    let dir = tempfile::tempdir().unwrap();
    for (flags, sentences) in [
        (
            ["--listen", "nonsense"],
            ["`nonsense` is not an address", "HOST:PORT"],
        ),
        // TEST-NET-1 of RFC 5737: nobody's address.
        (
            ["--listen", "192.0.2.1:9092"],
            [
                "cannot listen on 192.0.2.1:9092",
                "an address of this machine",
            ],
        ),
        (
            ["--advertise", "nonsense"],
            ["cannot advertise \"nonsense\"", "--advertise HOST:PORT"],
        ),
    ] {
        let mut broker = sluicebox();
        broker.current_dir(&dir).arg("broker").args(flags);
        if flags[0] == "--advertise" {
            broker.args(["--listen", "127.0.0.1:0"]);
        }
        says(&ends_with(1, &mut broker), &sentences);
    }
}

#[test]
fn run_moves_its_default_port_when_it_is_taken_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    // Whoever has it already (another test, another program) takes it just as well.
    let _taken = TcpListener::bind("127.0.0.1:9092");
    let mut run = sluicebox();
    run.current_dir(&dir)
        .args(["run", "--records", "20", "--rate", "max"]);
    let said = ends_with(0, &mut run);
    says(
        &said,
        &["127.0.0.1:9092", "in use", "accounted for: 20 of 20"],
    );
}

#[test]
fn a_broker_that_is_not_there_is_told_within_ten_seconds_with_what_was_tried() {
    let dir = tempfile::tempdir().unwrap();
    let address = nobody();
    for args in [
        &["topics", "list"][..],
        &["status"],
        &["groups", "list"],
        &["topics", "create"],
    ] {
        let began = Instant::now();
        let mut command = sluicebox();
        command.current_dir(&dir).args(args).args([
            "--bootstrap-servers",
            &address,
            "--wait",
            "2s",
        ]);
        let said = ends_with(1, &mut command);
        assert!(began.elapsed() < Duration::from_secs(10), "{args:?}");
        says(
            &said,
            &[
                "cannot reach the Kafka cluster",
                &address,
                "Connection refused",
                "--bootstrap-servers",
            ],
        );
        assert!(said.lines().count() < 15, "{said}");
    }
}

#[test]
fn a_question_without_wait_gives_up_after_ten_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let (address, began) = (nobody(), Instant::now());
    let mut command = sluicebox();
    command
        .current_dir(&dir)
        .args(["topics", "list", "--bootstrap-servers", &address]);
    let said = ends_with(1, &mut command);
    assert!(began.elapsed() < Duration::from_secs(15));
    says(&said, &["within 10.0 s", "Connection refused"]);
    // librdkafka tells it many times a second.
    assert!(said.lines().count() < 15, "{said}");
}

#[test]
fn a_long_running_command_gives_up_after_wait() {
    let dir = tempfile::tempdir().unwrap();
    let address = nobody();
    for verb in ["process", "sink"] {
        let began = Instant::now();
        let mut command = sluicebox();
        command
            .current_dir(&dir)
            .args([verb, "--wait", "3s", "--bootstrap-servers", &address]);
        let said = ends_with(1, &mut command);
        assert!(began.elapsed() < Duration::from_secs(10), "{verb}");
        says(
            &said,
            &[
                &format!("no answer from {address} within"),
                "--bootstrap-servers",
            ],
        );
    }
}

#[test]
fn a_processor_without_wait_complains_and_works_once_the_broker_comes_up() {
    let dir = tempfile::tempdir().unwrap();
    let address = nobody();
    let mut process = Running::start(
        sluicebox()
            .current_dir(&dir)
            .args(["process", "--bootstrap-servers", &address])
            .stdout(Stdio::null())
            .stderr(Stdio::piped()),
    );
    let mut stderr = BufReader::new(process.0.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("still trying") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let _rest = std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    let broker = Broker::start(&dir.path().join("broker"), &address);
    until("the processor has joined its group", || {
        let mut groups = sluicebox();
        groups.args(["groups", "list", "--bootstrap-servers", &broker.address]);
        ends_with(0, &mut groups).contains("processor-group")
    });
    process.signal("TERM");
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn ctrl_c_while_waiting_for_a_cluster_ends_at_once() {
    let dir = tempfile::tempdir().unwrap();
    for verb in ["process", "run"] {
        let mut waiting = Running::start(
            sluicebox()
                .current_dir(&dir)
                .args([verb, "--bootstrap-servers", &nobody()])
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        std::thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        waiting.signal("INT");
        assert_eq!(waiting.wait().code(), Some(0), "{verb}");
        assert!(
            began.elapsed() < Duration::from_secs(3),
            "{verb}: {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn a_cluster_too_small_for_the_factor_is_told_with_the_factor_that_fits() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    for args in [
        &["topics", "create"][..],
        &["topics", "create", "mine"],
        &["process"],
        &["datagen", "all"],
    ] {
        let mut command = sluicebox();
        command.current_dir(&dir).args(args).args([
            "--replication-factor",
            "3",
            "--bootstrap-servers",
            &broker.address,
        ]);
        let said = ends_with(1, &mut command);
        says(
            &said,
            &[
                "needs 3 replicas and the cluster has 1 broker(s)",
                "--replication-factor 1",
            ],
        );
    }
}

#[test]
fn topics_and_groups_that_are_not_there_are_told_with_a_suggestion() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    let ask = |args: &[&str], code| {
        let mut command = sluicebox();
        ends_with(
            code,
            command
                .args(args)
                .args(["--bootstrap-servers", &broker.address]),
        )
    };
    ask(&["topics", "create", "orders"], 0);
    says(
        &ask(&["topics", "describe", "ordres"], 1),
        &["no topic `ordres`", "did you mean `orders`?"],
    );
    says(
        &ask(&["groups", "describe", "mine"], 1),
        &["no consumer group `mine`", "groups list"],
    );
    says(
        &ask(&["topics", "create", "orders"], 1),
        &["there is a topic orders already", "topics describe"],
    );
}

#[test]
fn status_says_what_the_parts_on_this_machine_wait_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(&dir.path().join("broker"), "127.0.0.1:0");
    let address = broker.address.clone();
    let out = dir.path().join("out");
    let _sink = Running::start(
        sluicebox()
            .args(["sink", "--bootstrap-servers", &address, "--output-dir"])
            .arg(&out)
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    let status = |code| {
        let mut status = sluicebox();
        status.args(["status", "--bootstrap-servers", &address, "--wait", "1s"]);
        ends_with(code, status.arg("--output-dir").arg(&out))
    };
    until("the sink runs", || {
        let said = status(0);
        said.lines()
            .any(|line| line.starts_with("sink ") && line.contains("running"))
    });
    broker.process.kill_9();
    until("the sink is said to wait", || {
        status(1).contains("waiting for the cluster: ")
    });
}
