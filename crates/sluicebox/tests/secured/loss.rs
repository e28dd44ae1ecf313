//! Access that is lost while the parts run, and comes back: nothing is lost or doubled.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use sluicebox_conformance::real_kafka::Change;

use super::stage::{password, stage};
use super::support::{Accounted, Running, until};
use super::tenant::Tenant;

/// A part that runs, and what it has said so far.
struct Part {
    name: &'static str,
    running: Running,
    said: Arc<Mutex<String>>,
    hearing: Vec<JoinHandle<()>>,
}

impl Part {
    fn start(tenant: &Tenant, role: &'static str, args: &[&str]) -> Self {
        let mut command = tenant.command(role, args);
        let mut running = Running::start(&mut command);
        let said = Arc::new(Mutex::new(String::new()));
        let hearing = vec![
            hear(running.0.stderr.take().unwrap(), Arc::clone(&said)),
            hear(running.0.stdout.take().unwrap(), Arc::clone(&said)),
        ];
        Self {
            name: role,
            running,
            said,
            hearing,
        }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// From now on only what is said later counts.
    fn forget(&self) {
        self.said.lock().unwrap().clear();
    }

    fn says(&self, sentence: &str) {
        let what = format!("{} says `{sentence}`", self.name);
        let said = std::cell::RefCell::new(String::new());
        let heard = || {
            *said.borrow_mut() = self.said();
            said.borrow().contains(sentence)
        };
        let _show = ShowOnPanic(&said);
        until(&what, heard);
    }

    /// It ended as it should when it is told to; what it said.
    fn ends(mut self) -> String {
        self.running.signal("TERM");
        let status = self.running.wait();
        for pipe in self.hearing.drain(..) {
            pipe.join().unwrap();
        }
        assert!(status.success(), "{}: {}", self.name, self.said());
        let said = self.said();
        assert!(
            !said.contains("canary"),
            "{} shows a password:\n{said}",
            self.name
        );
        said
    }
}

fn hear(pipe: impl Read + Send + 'static, said: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    })
}

struct ShowOnPanic<'a>(&'a std::cell::RefCell<String>);

impl Drop for ShowOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it said:\n{}", self.0.borrow());
        }
    }
}

fn rows(tenant: &Tenant) -> u64 {
    let all = Accounted::read(&tenant.out());
    all.rows + all.letters
}

/// The files have grown by so many rows since `from`.
fn grows(tenant: &Tenant, from: u64) {
    until("rows come again", || rows(tenant) > from + 50);
}

/// Drains what is left, and has it all accounted for: every record that was acknowledged to datagen.
fn is_accounted_for(tenant: &Tenant, datagen: &str) {
    let generated = datagen.split("generated ").nth(1);
    let generated = generated.and_then(|rest| rest.split(' ').next()).unwrap();
    let generated: u64 = generated.replace(',', "").parse().unwrap();
    assert!(generated > 100, "{datagen}");
    tenant.done("processor", &["process", "--stop-at-end"]);
    tenant.done("sink", &["sink", "--stop-at-end"]);
    tenant.done("auditor", &["verify", "--strict"]);
    assert_eq!(rows(tenant), generated);
}

const DATAGEN: &[&str] = &["datagen", "all", "--rate", "100", "--invalid-ratio", "0.02"];

#[test]
fn rights_that_are_taken_away_stop_the_parts_and_those_given_back_let_them_go_on() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::with_rights(stage, "acls");
    let datagen = Part::start(&tenant, "datagen", DATAGEN);
    let processor = Part::start(&tenant, "processor", &["process"]);
    let sink = Part::start(&tenant, "sink", &["sink"]);
    grows(&tenant, 0);
    for (part, role, right, says) in [
        (
            &processor,
            "processor",
            "--operation Write --topic processed_data",
            "TOPIC_AUTHORIZATION_FAILED",
        ),
        (
            &processor,
            "processor",
            "--operation Read --operation DescribeConfigs --topic sensor_data",
            "TOPIC_AUTHORIZATION_FAILED",
        ),
        (
            &processor,
            "processor",
            "--operation Read --group processor-group",
            "GROUP_AUTHORIZATION_FAILED",
        ),
        (
            &processor,
            "processor",
            "--operation Write --operation Describe --transactional-id processor-group- \
             --resource-pattern-type prefixed",
            "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
        ),
        (
            &sink,
            "sink",
            "--operation Read --operation DescribeConfigs --topic processed_data",
            "TOPIC_AUTHORIZATION_FAILED",
        ),
        (
            &sink,
            "sink",
            "--operation Read --group sink-group",
            "GROUP_AUTHORIZATION_FAILED",
        ),
    ] {
        part.forget();
        tenant.change(Change::Take, role, right);
        part.says(says);
        part.says("docs/security.md");
        tenant.change(Change::Give, role, right);
        grows(&tenant, rows(&tenant));
        eprintln!("{role}: {right}: back");
    }
    let generated = datagen.ends();
    processor.ends();
    sink.ends();
    is_accounted_for(&tenant, &generated);
}

#[test]
fn a_password_that_changes_is_taken_from_its_file_without_a_restart() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::with_rights(stage, "password");
    let datagen = Part::start(&tenant, "datagen", DATAGEN);
    let parts = [
        Part::start(&tenant, "processor", &["process"]),
        Part::start(&tenant, "sink", &["sink"]),
    ];
    grows(&tenant, 0);
    for part in &parts {
        let user = tenant.user(part.name);
        let new = format!("{}-new", password(&user));
        stage.cluster().change_password(&user, &new).unwrap();
        part.says("SASL authentication error");
        std::thread::sleep(Duration::from_secs(2));
        fs::write(tenant.dir.path().join(format!("{user}.password")), new).unwrap();
        part.says("the login changed in its file");
        grows(&tenant, rows(&tenant));
    }
    // `Tenant::login` writes the files anew.
    for part in &parts {
        let user = tenant.user(part.name);
        stage
            .cluster()
            .change_password(&user, &password(&user))
            .unwrap();
        fs::write(
            tenant.dir.path().join(format!("{user}.password")),
            password(&user),
        )
        .unwrap();
    }
    let generated = datagen.ends();
    for part in parts {
        part.ends();
    }
    is_accounted_for(&tenant, &generated);
}

#[test]
fn datagen_that_may_no_longer_write_ends_and_says_how_many_records_did_not_arrive() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::with_rights(stage, "datagen");
    let mut datagen = Part::start(&tenant, "datagen", DATAGEN);
    datagen.says("generated=");
    let right = "--operation Write --topic sensor_data --topic user_activity";
    tenant.change(Change::Take, "datagen", right);
    datagen.says("records were not delivered");
    datagen.says("have Write on the topic granted");
    assert_eq!(datagen.running.wait().code(), Some(1));
    // What was acknowledged is there, each record once.
    tenant.done("processor", &["process", "--stop-at-end"]);
    tenant.done("sink", &["sink", "--stop-at-end"]);
    tenant.done("auditor", &["verify", "--strict"]);
}
