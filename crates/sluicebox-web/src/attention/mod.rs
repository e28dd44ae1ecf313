//! What needs a person, in sentences: what is the matter, and what to do.

mod calm;
mod outage;

pub(crate) use calm::calm;

use crate::flow::{Attention, FileFlow, Flow, Level, PartFlow};
use crate::format::{grouped, ranges};
use calm::{STANDS_STILL_RATE, runs_here};
use outage::{here, no_answer};

/// Share of rejected records above which somebody should look.
const REJECTED_SHARE: f64 = 0.2;
/// Fewer records per second than this are not judged by their share.
const REJECTED_RATE: f64 = 1.0;
/// Seconds of work that may wait before a part is said to be behind.
const BEHIND_SECONDS: f64 = 10.0;

/// Judges a snapshot; worst first.
pub(crate) fn of(flow: &Flow) -> Vec<Attention> {
    let mut found = Vec::new();
    if let Some(error) = &flow.cluster.error {
        found.push(no_answer(&flow.cluster, error));
    } else {
        replicas(flow, &mut found);
        part("processor", &flow.processor, flow, &mut found);
        part("sink", &flow.sink, flow, &mut found);
    }
    here("processor", &flow.processor, &mut found);
    here("sink", &flow.sink, &mut found);
    files(flow, &mut found);
    rejected(flow, &mut found);
    found.sort_by_key(|attention| std::cmp::Reverse(attention.level));
    found
}

fn push(found: &mut Vec<Attention>, level: Level, about: &'static str, what: String, advice: &str) {
    found.push(Attention {
        level,
        about,
        what,
        advice: advice.to_owned(),
        details: None,
    });
}

fn replicas(flow: &Flow, found: &mut Vec<Attention>) {
    for topic in flow.topics() {
        if !topic.offline.is_empty() {
            let what = format!(
                "{}: partition {} has no leader.",
                topic.name,
                ranges(&topic.offline)
            );
            let advice = "Nothing can be read or written there. Bring back a broker that holds it.";
            push(found, Level::Critical, "cluster", what, advice);
        } else if !topic.under_replicated.is_empty() {
            let what = format!(
                "{}: partition {} has too few replicas in sync.",
                topic.name,
                ranges(&topic.under_replicated)
            );
            let advice = "A broker is down or slow. Bring it back before another one fails.";
            push(found, Level::Warning, "cluster", what, advice);
        }
        // On a cluster that the files are not of, nothing should be created.
        if topic.missing && flow.at_ms > 0 && flow.files_mismatch.is_none() {
            let what = format!("The topic {} does not exist.", topic.name);
            let advice = "`sluicebox topics create` creates what the pipeline needs; so does the first start of its parts.";
            push(found, Level::Warning, "cluster", what, advice);
        }
    }
}

/// Lag is in offsets, and markers of transactions have offsets too: it is the most that can wait.
fn part(name: &'static str, part: &PartFlow, flow: &Flow, found: &mut Vec<Attention>) {
    let lag = grouped(part.lag);
    if part.members.is_empty() && part.lag > 0 && !runs_here(part) {
        let what = format!("No {name} runs, and up to {lag} records wait for one.");
        let advice = match (name, flow.files_mismatch.is_some()) {
            (_, true) => "One that is started refuses until what is said of the files is settled.",
            ("processor", _) => {
                "Start one: `sluicebox process`. It goes on where the last one stopped."
            }
            _ => "Start one: `sluicebox sink`. It goes on where the last one stopped.",
        };
        push(found, Level::Critical, name, what, advice);
    } else if part.lag as f64 > part.rate.max(100.0) * BEHIND_SECONDS {
        if part.rate < STANDS_STILL_RATE {
            let what = format!("The {name} stands still, up to {lag} records behind.");
            let advice = "A process that has died leaves its group after the session timeout (10 s): then another one goes on. If none has died, the log says what it waits for.";
            push(found, Level::Warning, name, what, advice);
            return;
        }
        let what = format!("The {name} is up to {lag} records behind.");
        let advice = match name {
            "processor" => {
                "If it does not catch up, start more: `--instances`, or the same command on another machine."
            }
            _ => "If it does not catch up, look at the disk that the files are on.",
        };
        push(found, Level::Warning, name, what, advice);
    }
}

fn files(flow: &Flow, found: &mut Vec<Attention>) {
    if let Some(error) = &flow.files_error {
        let what = format!("The files' manifest cannot be read: {error}.");
        push(
            found,
            Level::Critical,
            "files",
            what,
            "Do not change the directory; `sluicebox verify` says more.",
        );
    }
    if let Some(mismatch) = &flow.files_mismatch {
        let advice = "Name the cluster they were written from with --bootstrap-servers, or the output directory of this one with --output-dir.";
        push(found, Level::Critical, "files", mismatch.clone(), advice);
    }
    if flow.accounting.off_balance {
        let what = match flow.accounting.in_flight {
            missing @ 0.. => format!(
                "{} records are in no file, and none is on its way.",
                grouped(missing.unsigned_abs())
            ),
            more => format!(
                "The files have {} rows more than there were records.",
                grouped(more.unsigned_abs())
            ),
        };
        let advice = "`sluicebox verify` names each of them, or says why the sum need not come out: records given up, written in transactions, or of a stream without a definition (--stream).";
        push(found, Level::Critical, "accounting", what, advice);
    }
    if let Some(verify) = flow
        .last_verify
        .as_ref()
        .filter(|verify| verify.contradicted > 0)
    {
        let what = format!(
            "The last verify found {} contradictions.",
            grouped(verify.contradicted)
        );
        push(
            found,
            Level::Critical,
            "accounting",
            what,
            "Run `sluicebox verify` and follow what it says of each.",
        );
    }
}

fn rejected(flow: &Flow, found: &mut Vec<Attention>) {
    // Of the files: they have a row for each record, and offsets count markers as well.
    let (letters, rows) = flow.letters_and_rows();
    let sum = |files: &[&FileFlow]| files.iter().map(|file| file.rate).sum::<f64>();
    let (letters, all) = (sum(&letters), sum(&letters) + sum(&rows));
    if letters < REJECTED_RATE || letters < all * REJECTED_SHARE {
        return;
    }
    let share = letters / all * 100.0;
    let what = format!("About {share:.0} % of the records are rejected at the moment.");
    push(
        found,
        Level::Warning,
        "letters",
        what,
        "Dead letters says which ones and why; the sender is most likely to blame.",
    );
}

#[cfg(test)]
mod tests {
    use sluicebox_event::dead_letter::DEAD_LETTERS_FILE;
    use sluicebox_pipeline::state::TaskState;

    use super::*;
    use crate::flow::{Accounting, MemberFlow, PartHere, TopicFlow};

    fn topic(name: &str) -> TopicFlow {
        TopicFlow {
            name: name.to_owned(),
            partitions: 3,
            ..TopicFlow::default()
        }
    }

    pub(super) fn well() -> Flow {
        let member = MemberFlow {
            client_id: "a".to_owned(),
            ..MemberFlow::default()
        };
        let part = PartFlow {
            members: vec![member],
            ..PartFlow::default()
        };
        Flow {
            at_ms: 1,
            outputs: vec![topic("processed_data"), topic("dead_letters")],
            processor: part.clone(),
            sink: part,
            ..Flow::default()
        }
    }

    #[test]
    fn a_well_pipeline_needs_nobody() {
        assert_eq!(of(&well()), []);
    }

    #[test]
    fn each_trouble_has_a_sentence_and_a_way_out() {
        type Trouble = fn(&mut Flow);
        let troubles: [(&str, Trouble); 11] = [
            ("written from the cluster `a`", |f| {
                f.files_mismatch = Some("The files were written from the cluster `a`.".to_owned());
                f.outputs[1].missing = true;
            }),
            ("The cluster does not answer.", |f| {
                f.cluster.error = Some("gone".to_owned());
            }),
            ("has no leader", |f| f.outputs[0].offline = vec![1]),
            ("too few replicas", |f| {
                f.outputs[0].under_replicated = vec![0, 1];
            }),
            ("No sink runs, and up to 5 records wait", |f| {
                f.sink.members.clear();
                f.sink.lag = 5;
            }),
            ("stands still, up to 50,000 records behind", |f| {
                f.processor.lag = 50_000;
            }),
            ("is up to 50,000 records behind", |f| {
                (f.processor.lag, f.processor.rate) = (50_000, 200.0);
            }),
            ("About 50 % of the records are rejected", |f| {
                f.files = vec![file("a.csv", 10.0), file(DEAD_LETTERS_FILE, 10.0)];
            }),
            ("waiting for disk space", |f| {
                f.sink.here = vec![PartHere {
                    pid: 7,
                    state: "waiting for disk space".to_owned(),
                    waits_for: None,
                }];
            }),
            ("7 records are in no file", |f| {
                f.accounting = Accounting {
                    in_flight: 7,
                    off_balance: true,
                    ..Accounting::default()
                }
            }),
            ("does not exist", |f| f.outputs[1].missing = true),
        ];
        for (sentence, trouble) in troubles {
            let mut flow = well();
            trouble(&mut flow);
            let found = of(&flow);
            assert_eq!(found.len(), 1, "{sentence}: {found:?}");
            assert!(
                found[0].what.contains(sentence) && !found[0].advice.is_empty(),
                "{found:?}"
            );
        }
    }

    fn file(name: &str, rate: f64) -> FileFlow {
        FileFlow {
            name: name.to_owned(),
            rate,
            ..FileFlow::default()
        }
    }

    #[test]
    fn markers_of_transactions_make_no_share_of_rejected_records() {
        let mut flow = well();
        flow.files = vec![file("a.csv", 76.0), file(DEAD_LETTERS_FILE, 10.6)];
        flow.outputs[1].rate = 18.97;
        assert_eq!(of(&flow), []);
    }

    #[test]
    fn a_part_that_works_here_is_not_said_to_be_missing() {
        let mut flow = well();
        flow.sink.members.clear();
        flow.sink.lag = 5;
        flow.sink.here = vec![PartHere {
            pid: 7,
            state: TaskState::Running.describe().to_owned(),
            waits_for: None,
        }];
        assert_eq!(of(&flow), []);
    }

    #[test]
    fn the_worst_comes_first() {
        let mut flow = well();
        flow.outputs[0].under_replicated = vec![0];
        flow.outputs[1].offline = vec![0];
        let levels: Vec<_> = of(&flow).iter().map(|found| found.level).collect();
        assert_eq!(levels, [Level::Critical, Level::Warning]);
    }
}
