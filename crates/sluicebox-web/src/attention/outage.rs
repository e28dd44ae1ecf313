//! The cluster is away, or a part of this machine cannot work.
//!
//! What the client library says of it is long, and names the same address three times: it is there for whoever
//! opens it. The sentence has who, since when, and what to do.

use crate::flow::{Attention, ClusterFlow, Level, PartFlow};
use crate::format::sentence;

/// The cluster does not answer.
pub(super) fn no_answer(cluster: &ClusterFlow, error: &str) -> Attention {
    let what = cluster.no_answer.as_deref();
    let nothing_lost = "Nothing is lost: processors and sinks wait and go on.";
    let way_out = cluster.way_out.as_deref();
    let advice = way_out.map_or(nothing_lost.to_owned(), |way_out| {
        format!("{} {nothing_lost}", sentence(way_out))
    });
    Attention {
        level: Level::Critical,
        about: "cluster",
        what: sentence(what.unwrap_or("the cluster does not answer")),
        advice,
        details: Some(error.to_owned()),
    }
}

/// What parts on this machine wait for.
pub(super) fn here(name: &'static str, part: &PartFlow, found: &mut Vec<Attention>) {
    for here in &part.here {
        let (is_long, advice) = match here.state.as_str() {
            "waiting for disk space" => (
                false,
                "Make room on the disk of the output directory; the sink goes on by itself.",
            ),
            "waiting for the cluster" => (true, "Look at the cluster; the part goes on by itself."),
            "failed" => (false, "Its last lines in the log say why, and what to do."),
            _ => continue,
        };
        let (pid, state) = (here.pid, &here.state);
        let why = here.waits_for.as_ref().filter(|_| !is_long);
        let why = why.map_or(String::new(), |why| format!(" ({why})"));
        found.push(Attention {
            level: Level::Critical,
            about: name,
            what: format!("The {name} of process {pid} is {state}{why}."),
            advice: advice.to_owned(),
            details: here.waits_for.clone().filter(|_| is_long),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::PartHere;

    #[test]
    fn an_outage_is_told_in_short_with_a_way_out_and_the_long_words_beside_it() {
        let said = "cannot reach the Kafka cluster: no answer from h:1 within 3.0 s (h:1: Connect to ipv4#10.0.0.1:1 failed: Connection refused) [_TRANSPORT]";
        let cluster = ClusterFlow {
            no_answer: Some(
                "no answer from h:1 since 2026-11-27T10:00:00Z: Connection refused".to_owned(),
            ),
            way_out: Some("check the address".to_owned()),
            ..ClusterFlow::default()
        };
        let told = no_answer(&cluster, said);
        assert_eq!(
            told.what,
            "No answer from h:1 since 2026-11-27T10:00:00Z: Connection refused."
        );
        assert!(
            told.advice
                .starts_with("Check the address. Nothing is lost"),
            "{told:?}"
        );
        assert_eq!(told.details.as_deref(), Some(said));
    }

    #[test]
    fn a_part_that_waits_for_the_cluster_says_no_more_than_that_at_first() {
        let told = |state: &str| {
            let part = PartFlow {
                here: vec![PartHere {
                    pid: 7,
                    state: state.to_owned(),
                    waits_for: Some("long words".to_owned()),
                }],
                ..PartFlow::default()
            };
            let mut found = Vec::new();
            here("sink", &part, &mut found);
            (found[0].what.clone(), found[0].details.clone())
        };
        let waits = "The sink of process 7 is waiting for the cluster.".to_owned();
        assert_eq!(
            told("waiting for the cluster"),
            (waits, Some("long words".to_owned()))
        );
        let full = "The sink of process 7 is waiting for disk space (long words).".to_owned();
        assert_eq!(told("waiting for disk space"), (full, None));
    }
}
