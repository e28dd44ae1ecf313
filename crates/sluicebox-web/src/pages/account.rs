//! The account on the home page: in = rows + dead letters + in flight.

use maud::{Markup, html};

use crate::flow::{Accounting, Flow, LastVerify};
use crate::format::{grouped, signed};

pub(super) fn section(flow: &Flow) -> Markup {
    let account = &flow.accounting;
    html! {
        section.account.critical[account.off_balance] aria-label="The account" {
            h2 { (outcome(flow)) }
            @match &account.unknown {
                Some(why) => p { (why) },
                None => (sum(account)),
            }
            (verified(flow.last_verify.as_ref()))
        }
    }
}

/// What the account comes to, as a heading.
fn outcome(flow: &Flow) -> &'static str {
    let account = &flow.accounting;
    let has_markers = account.markers > 0 || account.with_markers;
    if flow.at_ms == 0 {
        "The account"
    } else if account.unknown.is_some() {
        "The account is unknown"
    } else if account.off_balance {
        "The account does not come out"
    } else if account.in_flight < 0 {
        "The account does not come out yet"
    } else if account.in_flight == 0 && account.markers == 0 {
        "Every record is accounted for"
    } else if account.in_flight == 0 {
        "Every record is accounted for, or a marker of a replay"
    } else if has_markers {
        "Every record is accounted for, on its way, or a marker of a replay"
    } else {
        "Every record is accounted for, or on its way"
    }
}

fn sum(account: &Accounting) -> Markup {
    let rest = match (account.with_markers, account.markers) {
        (false, _) => "in flight",
        (true, 0) => "in flight, or markers of replays",
        (true, _) => "in flight, or more markers",
    };
    html! {
        p.sum {
            (term(&grouped(account.input), "records in")) (sign("="))
            (term(&grouped(account.rows), "rows")) (sign("+"))
            (term(&grouped(account.letters), "dead letters")) (sign("+"))
            @if account.markers > 0 { (term(&grouped(account.markers), "markers of replays")) (sign("+")) }
            (term(&signed(account.in_flight), rest))
        }
    }
}

fn verified(last: Option<&LastVerify>) -> Markup {
    html! {
        p.quiet {
            @match last {
                Some(verify) if verify.contradicted == 0 => {
                    "Last " code { "verify" } ": " (verify.at) ", " (grouped(verify.records)) " records, nothing contradicts"
                    @if verify.unprovable > 0 { "; " (grouped(verify.unprovable)) " cannot be proven" } "."
                }
                Some(verify) => { "Last " code { "verify" } ": " (verify.at) ", " b { (grouped(verify.contradicted)) " contradictions" } "." }
                None => { "Never verified: " code { "sluicebox verify" } " proves it record by record, also while all of this runs." }
            }
        }
    }
}

fn term(number: &str, what: &str) -> Markup {
    html! { span.term { b { (number) } " " span { (what) } } }
}

fn sign(sign: &str) -> Markup {
    html! { span.sign { (sign) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heading_says_what_the_account_comes_to() {
        type Change = fn(&mut Flow);
        let headings: [(&str, Change); 9] = [
            ("The account", |flow| flow.at_ms = 0),
            ("Every record is accounted for", |_| {}),
            ("Every record is accounted for, or on its way", |flow| {
                flow.accounting.in_flight = 3;
            }),
            (
                "Every record is accounted for, or a marker of a replay",
                |flow| flow.accounting.markers = 3,
            ),
            (
                "Every record is accounted for, on its way, or a marker of a replay",
                |flow| {
                    flow.accounting.in_flight = 3;
                    flow.accounting.with_markers = true;
                },
            ),
            (
                "Every record is accounted for, on its way, or a marker of a replay",
                |flow| {
                    flow.accounting.in_flight = 3;
                    flow.accounting.markers = 2;
                },
            ),
            ("The account does not come out yet", |flow| {
                flow.accounting.in_flight = -3;
            }),
            ("The account does not come out", |flow| {
                flow.accounting.off_balance = true;
            }),
            ("The account is unknown", |flow| {
                flow.accounting.unknown = Some("It is gone.".to_owned());
            }),
        ];
        for (heading, change) in headings {
            let mut flow = Flow {
                at_ms: 1,
                ..Flow::default()
            };
            change(&mut flow);
            let drawn = section(&flow).into_string();
            assert!(drawn.contains(&format!("<h2>{heading}</h2>")), "{drawn}");
            let has_sum = flow.accounting.unknown.is_none();
            assert_eq!(drawn.contains("records in"), has_sum, "{drawn}");
        }
    }

    #[test]
    fn what_is_certainly_a_marker_is_not_said_to_be_in_flight() {
        let drawn = |markers, with_markers| {
            let account = Accounting {
                markers,
                with_markers,
                in_flight: 3,
                ..Accounting::default()
            };
            sum(&account).into_string()
        };
        let term = |number: &str, what: &str| super::term(number, what).into_string();
        let (markers, flight) = (term("2", "markers of replays"), term("3", "in flight"));
        assert!(
            drawn(2, false).contains(&markers)
                && drawn(2, false).ends_with(&format!("{flight}</p>"))
        );
        assert!(drawn(0, false).contains(&flight) && !drawn(0, false).contains("markers"));
        assert!(drawn(0, true).contains("in flight, or markers of replays"));
        assert!(
            drawn(2, true).contains(&markers)
                && drawn(2, true).contains("in flight, or more markers")
        );
    }
}
