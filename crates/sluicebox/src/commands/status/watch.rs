//! `status --watch`: goes on while the cluster does not answer, which is when it is looked at.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sluicebox_kafka::{Admin, ClientOptions, ErrorClass, KafkaError};
use sluicebox_pipeline::no_answer::NoAnswer;

use super::super::{cluster, problems};
use super::asked::Asked;
use super::here::Here;
use super::rate;
use super::screen::Screen;
use crate::exit::{Failure, Outcome};
use crate::limits;
use crate::output::{print, print_json};
use crate::settings::config::Config;
use crate::terminal;

const ASK_WAIT: Duration = Duration::from_millis(limits::STATUS_ASK_WAIT_MS);

/// Looks every so often, until somebody ends it. `--wait` limits the time to the first answer.
pub(super) fn run(config: &Config, sources: &[String], every: Duration, json: bool) -> Outcome {
    let mut client = Client::new(config)?;
    let mut seen = Seen::default();
    let mut before: Option<Here> = None;
    let began = Instant::now();
    loop {
        let here = Here::take(config)?;
        let asked = Timestamp::now();
        match client.ask(config, sources, &here) {
            Ok(answer) => seen.answer(answer),
            Err(error) if seen.is_worth_waiting(config, began, &error) => {
                seen.failure(&error, asked);
            }
            Err(error) => return Err(problems::kafka(error)),
        }
        if before.is_none() && seen.no_answer.is_none() {
            // Throughput takes two looks; nobody waits longer for the second one than without --watch.
            std::thread::sleep(every.min(Duration::from_millis(limits::STATUS_SAMPLE_MS)));
        } else {
            let screen = seen.screen(&client, before.as_ref().unwrap_or(&here), &here);
            show(&screen, json)?;
            std::thread::sleep(every);
        }
        before = Some(here);
    }
}

/// Prints it in place of the one before, if a terminal has room for it.
fn show(screen: &Screen, json: bool) -> Outcome {
    if json {
        print_json(&screen.json())?;
        return print("\n");
    }
    let text = screen.text();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Where the cursor stays, also after Ctrl-C.
    lines.push(String::new());
    if std::io::stdout().is_terminal() && terminal::has_room_for(lines.len()) {
        terminal::show(lines);
        return Ok(());
    }
    print(&format!("{text}\n"))
}

/// What the cluster has said so far.
#[derive(Default)]
struct Seen {
    before: Option<Asked>,
    now: Option<Asked>,
    no_answer: Option<NoAnswer>,
}

impl Seen {
    fn answer(&mut self, asked: Asked) {
        let last = self.now.replace(asked);
        // A rate over the time without answers would be one of the past.
        self.before = last.filter(|_| self.no_answer.is_none());
        self.no_answer = None;
    }

    fn failure(&mut self, error: &KafkaError, asked: Timestamp) {
        self.before = None;
        self.no_answer = Some(NoAnswer::new(error, asked, self.no_answer.take()));
    }

    /// Once it has answered, always. Before that it may be a mistake, which only a person can mend.
    fn is_worth_waiting(&self, config: &Config, began: Instant, error: &KafkaError) -> bool {
        let is_mistake = matches!(error.class, ErrorClass::Refused | ErrorClass::Stop)
            && !error.is_cluster_trouble();
        let is_late = (config.cluster.wait).is_some_and(|wait| began.elapsed() >= wait);
        self.now.is_some() || !(is_mistake || is_late)
    }

    fn screen<'a>(&'a self, client: &'a Client, before: &Here, here: &'a Here) -> Screen<'a> {
        let answers = self.before.as_ref().zip(self.now.as_ref());
        let known = self.now.as_ref();
        Screen {
            bootstrap: &client.options.bootstrap_servers,
            asked: known,
            no_answer: self.no_answer.as_ref(),
            rates: rate::of_groups(answers, (before, here), known),
            mismatch: known.and_then(|asked| asked.mismatch(here)),
            here,
        }
    }
}

/// Who asks; connected anew after a question that was not answered.
struct Client {
    options: ClientOptions,
    admin: Option<Admin>,
    /// How long it waits for a connection.
    wait: Duration,
}

impl Client {
    fn new(config: &Config) -> Result<Self, Failure> {
        let servers = cluster::bootstrap_servers(config);
        Ok(Self {
            options: cluster::client_options(config, &servers, "cli")?,
            admin: None,
            wait: config
                .cluster
                .wait
                .map_or(ASK_WAIT, |wait| wait.min(ASK_WAIT)),
        })
    }

    fn ask(
        &mut self,
        config: &Config,
        sources: &[String],
        here: &Here,
    ) -> Result<Asked, KafkaError> {
        let admin = match self.admin.take() {
            Some(admin) => admin,
            None => {
                // A broker of the data directory that was started again may listen somewhere else.
                self.options.bootstrap_servers = cluster::bootstrap_servers(config);
                Admin::connect(&self.options, self.wait)?.with_timeout(ASK_WAIT)
            }
        };
        let asked = Asked::take(config, &admin, sources, here)?;
        self.wait = ASK_WAIT;
        self.admin = Some(admin).filter(|admin| !admin.is_spent());
        Ok(asked)
    }
}
