//! Consumer groups.

use std::sync::Arc;

use jiff::Timestamp;
use maud::{Markup, html};

use super::chart;
use super::layout::{segment, table, topic_link};
use crate::app::App;
use crate::collect::Point;
use crate::error::WebError;
use crate::format::{grouped, host};
use crate::groups::{GroupLine, GroupView};
use crate::groups_past::LagPoint;
use crate::visible::Visible;

pub(super) fn list(groups: &[GroupLine]) -> Markup {
    let rows = html! {
        @for group in groups {
            tr {
                td { a href={ "/groups/" (segment(&group.group)) } { (group.group) } }
                td { (group.state) }
                td.number { (group.members) }
            }
        }
        @if groups.is_empty() { tr { td.quiet colspan="3" { "There is no group yet." } } }
    };
    table(
        "Consumer groups",
        &[("Group", false), ("State", false), ("Members", true)],
        &rows,
    )
}

pub(super) fn one(app: &Arc<App>, name: &str) -> Result<Markup, WebError> {
    let group = crate::groups::one(app, name)?;
    let groups = &app.config.groups;
    // The pipeline's own groups have a past that all who look share, from the collector.
    let own: Option<fn(&Point) -> u64> = if name == groups.processor {
        Some(|point| point.processor_lag)
    } else if name == groups.sink {
        Some(|point| point.sink_lag)
    } else {
        None
    };
    let past: Vec<LagPoint> = match own {
        Some(lag) => {
            // The past grows while somebody looks at it.
            app.collector.look();
            let history = app.collector.history();
            history
                .iter()
                .map(|point| (point.at_ms, lag(point)))
                .collect()
        }
        None => {
            let now_ms = Timestamp::now().as_millisecond();
            app.groups_past.add(name, (now_ms, group.lag))
        }
    };
    Ok(html! {
        p.facts {
            span.fact { b { (group.state) } " state" }
            span.fact { "lag " b { (grouped(group.lag)) } " offsets" }
            span.fact { b { (group.members.len()) } @if group.members.len() == 1 { " member" } @else { " members" } }
            @if !group.assignor.is_empty() { span.fact { b { (group.assignor) } " assignor" } }
        }
        (chart::lag(&past))
        h2 { "Members" }
        (members(&group))
        h2 { "Partitions" }
        (partitions(&group))
    })
}

fn members(group: &GroupView) -> Markup {
    let rows = html! {
        @for member in &group.members {
            tr {
                td { (Visible(&member.client_id)) }
                td { (host(&member.host)) }
                td.number { (member.partitions) }
                td { code { (Visible(&member.member)) } }
            }
        }
        @if group.members.is_empty() { tr { td.quiet colspan="4" { "Nobody is in the group." } } }
    };
    table(
        "Members",
        &[
            ("Member", false),
            ("Host", false),
            ("Partitions", true),
            ("Id", false),
        ],
        &rows,
    )
}

fn partitions(group: &GroupView) -> Markup {
    let rows = html! {
        @for at in &group.partitions {
            tr {
                td { (topic_link(&at.topic)) }
                td.number { (at.partition) }
                td.number { @match at.committed { Some(offset) => (offset), None => "\u{2013}" } }
                td.number { (at.last_stable) }
                td.number.warning[at.lag > 0] { (grouped(at.lag)) }
                td { @match &at.owner { Some(owner) => (owner), None => span.quiet { "nobody" } } }
            }
        }
        @if group.partitions.is_empty() { tr { td.quiet colspan="6" { "It has committed nothing." } } }
    };
    let columns = [
        ("Topic", false),
        ("Partition", true),
        ("Committed", true),
        ("Last stable", true),
        ("Lag", true),
        ("Owner", false),
    ];
    table("Lag per partition", &columns, &rows)
}
