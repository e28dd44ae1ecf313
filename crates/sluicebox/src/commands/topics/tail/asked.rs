//! What `topics tail` is asked for.

use clap::ArgMatches;
use sluicebox_pipeline::search::{Filter, Start};

use super::line::Style;
use crate::cli::{Moment, Since};
use crate::limits::TAIL_LAST_RECORDS;

/// Where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Begin {
    /// With the last so many records of all partitions.
    Last(usize),
    /// Somewhere that the cluster can find.
    At(Start),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) topic: String,
    pub(super) begin: Begin,
    pub(super) partitions: Option<Vec<i32>>,
    pub(super) filter: Filter,
    pub(super) follow: bool,
    /// New records are waited for until then, milliseconds since 1970.
    pub(super) until_ms: Option<i64>,
    pub(super) limit: Option<u64>,
    pub(super) style: Style,
}

impl Asked {
    pub(super) fn from(matches: &ArgMatches, now_ms: i64) -> Self {
        let text = |name| matches.get_one::<String>(name).cloned();
        let until = matches.get_one::<Moment>("until").map(|at| at.ms(now_ms));
        let (key, value) = (text("key"), text("value"));
        let filter = Filter::new(key.as_deref(), value.as_deref(), text("header"), until);
        let limit = matches.get_one::<u64>("limit").copied();
        Self {
            topic: text("topic").unwrap_or_default(),
            begin: begin(
                matches.get_one::<Since>("from").copied(),
                matches.get_one::<u64>("last").copied(),
                filter.is_empty(),
                limit,
                now_ms,
            ),
            partitions: matches.get_one::<Vec<i32>>("partition").cloned(),
            filter,
            // What comes from now on is younger than an end that is over.
            follow: !matches.get_flag("no-follow") && until.is_none_or(|until| until > now_ms),
            until_ms: until,
            limit,
            style: match matches.get_flag("json") {
                true => Style::Json,
                false => Style::of_stdout(),
            },
        }
    }
}

fn begin(
    from: Option<Since>,
    last: Option<u64>,
    takes_all: bool,
    limit: Option<u64>,
    now_ms: i64,
) -> Begin {
    match (from, last) {
        (Some(Since::Earliest), _) => Begin::At(Start::Earliest),
        (Some(Since::Latest), _) => Begin::At(Start::Latest(0)),
        (Some(Since::Offset(offset)), _) => Begin::At(Start::Offset(offset)),
        (Some(Since::Moment(at)), _) => Begin::At(Start::Time(at.ms(now_ms).max(0))),
        (None, Some(last)) => Begin::Last(last as usize),
        // A filter is meant for all there is.
        (None, None) if !takes_all => Begin::At(Start::Earliest),
        (None, None) => Begin::Last(
            limit.map_or(TAIL_LAST_RECORDS, |limit| limit.min(TAIL_LAST_RECORDS)) as usize,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_where_one_expects() {
        let offset = Some(Since::Offset(7));
        let ago = Some(Since::Moment(Moment::Ago(std::time::Duration::from_secs(
            1,
        ))));
        for (from, last, takes_all, limit, wanted) in [
            (None, None, true, None, Begin::Last(10)),
            (None, None, true, Some(3), Begin::Last(3)),
            (None, None, true, Some(30), Begin::Last(10)),
            (None, Some(50), true, None, Begin::Last(50)),
            (None, Some(50), false, None, Begin::Last(50)),
            (None, None, false, None, Begin::At(Start::Earliest)),
            (offset, None, false, None, Begin::At(Start::Offset(7))),
            (ago, None, true, None, Begin::At(Start::Time(4_000))),
        ] {
            assert_eq!(begin(from, last, takes_all, limit, 5_000), wanted);
        }
    }
}
