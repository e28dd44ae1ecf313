//! What is searched for, as it is asked.

use serde::Deserialize;
use sluicebox_event::dead_letter::HEADER_TOPIC;
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search::{self, Filter, Search, Start};
use utoipa::IntoParams;

use crate::error::WebError;
use crate::limits::{LATEST_RECORDS, LATEST_RECORDS_MAX};

/// A search as it is asked.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// Partitions, separated by commas. Unset: all.
    pub(crate) partition: Option<String>,
    /// Where to begin: `latest` (the default: the newest records of all partitions together, by their time),
    /// `earliest`, `offset` or `time`.
    pub(crate) from: Option<String>,
    /// First offset, with `from=offset`; the same in each partition.
    pub(crate) offset: Option<String>,
    /// Earliest time, with `from=time`: RFC 3339, or milliseconds since 1970.
    pub(crate) time: Option<String>,
    /// Latest time: RFC 3339, or milliseconds since 1970.
    pub(crate) until: Option<String>,
    /// Text that the key contains.
    pub(crate) key: Option<String>,
    /// Text that the value contains.
    pub(crate) value: Option<String>,
    /// A header: `name`, or `name=text that its value contains`.
    pub(crate) header: Option<String>,
    /// The source topic of a dead letter, whole.
    pub(crate) source: Option<String>,
    /// `true` or `false`: whether to go on with new records for ever.
    pub(crate) follow: Option<String>,
    /// End after so many records. Unset: at the end of the topic, and the latest 50 with `from=latest`, where it
    /// is 1,000 at most.
    pub(crate) limit: Option<String>,
}

/// A search, and what its filter cannot say.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) search: Search,
    /// The source topic of the dead letters that are meant.
    pub(crate) source: Option<String>,
}

impl Asked {
    /// Whether a record that the search finds is meant.
    pub(crate) fn fits(&self, record: RecordRef<'_>) -> bool {
        self.source.as_deref().is_none_or(|source| {
            // Ours come last, behind original headers of the same name.
            let named = record.headers().filter(|(name, _)| *name == HEADER_TOPIC);
            named.last().and_then(|(_, topic)| topic) == Some(source.as_bytes())
        })
    }
}

impl Query {
    /// The search that is meant.
    pub(crate) fn search(&self, topic: &str) -> Result<Asked, WebError> {
        let given = |text: &Option<String>| {
            text.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let follow = match given(&self.follow).as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                return Err(WebError::BadRequest(format!(
                    "follow={other}: it is true or false"
                )));
            }
        };
        let filter = Filter::new(
            given(&self.key).as_deref(),
            given(&self.value).as_deref(),
            given(&self.header),
            given(&self.until)
                .map(|until| moment(&until, "until"))
                .transpose()?,
        );
        let source = given(&self.source);
        let limit = given(&self.limit)
            .map(|limit| number(Some(&limit), "limit"))
            .transpose()?;
        let latest = limit.map_or(LATEST_RECORDS, |limit| limit.min(LATEST_RECORDS_MAX));
        let start = match given(&self.from).as_deref() {
            // A filter is meant for all there is, a tail for what comes.
            None | Some("latest") if follow => Start::Latest(0),
            None if !filter.is_empty() || source.is_some() => Start::Earliest,
            None | Some("latest") => Start::Latest(latest),
            Some("earliest") => Start::Earliest,
            Some("offset") => Start::Offset(number(given(&self.offset).as_deref(), "offset")?),
            Some("time") => {
                Start::Time(moment(given(&self.time).as_deref().unwrap_or(""), "time")?)
            }
            Some(other) => {
                return Err(WebError::BadRequest(format!(
                    "from={other}: it is latest, earliest, offset or time"
                )));
            }
        };
        let search = Search {
            topic: topic.to_owned(),
            partitions: given(&self.partition)
                .map(|list| search::partitions(&list).map_err(WebError::BadRequest))
                .transpose()?,
            start,
            filter,
            follow,
            limit: limit.map(i64::unsigned_abs),
        };
        Ok(Asked { search, source })
    }
}

fn number(text: Option<&str>, name: &str) -> Result<i64, WebError> {
    let number = text
        .and_then(|text| text.parse().ok())
        .filter(|number| *number >= 0);
    number.ok_or_else(|| {
        WebError::BadRequest(format!(
            "{name}={}: write a whole number from 0 on",
            text.unwrap_or("")
        ))
    })
}

/// A time as it is typed.
fn moment(text: &str, name: &str) -> Result<i64, WebError> {
    search::moment(text).map_err(|wrong| WebError::BadRequest(format!("{name}={wrong}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Result<Search, WebError> {
        let mut query = Query::default();
        for (name, value) in pairs {
            let field = match *name {
                "from" => &mut query.from,
                "offset" => &mut query.offset,
                "time" => &mut query.time,
                "until" => &mut query.until,
                "value" => &mut query.value,
                "follow" => &mut query.follow,
                "partition" => &mut query.partition,
                _ => &mut query.limit,
            };
            *field = Some((*value).to_owned());
        }
        query.search("t").map(|asked| asked.search)
    }

    #[test]
    fn a_search_begins_where_one_expects() {
        assert_eq!(query(&[]).unwrap().start, Start::Latest(LATEST_RECORDS));
        assert_eq!(
            query(&[("value", "x")]).unwrap().start,
            Start::Earliest,
            "a filter looks through all"
        );
        assert_eq!(
            query(&[("follow", "true")]).unwrap().start,
            Start::Latest(0)
        );
        assert_eq!(
            query(&[("from", "offset"), ("offset", "7")]).unwrap().start,
            Start::Offset(7)
        );
        for (given, follows) in [("1", true), ("0", false), ("false", false), ("", false)] {
            assert_eq!(
                query(&[("follow", given)]).unwrap().follow,
                follows,
                "{given}"
            );
        }
        for time in [
            "1764241384000",
            "2025-11-27T11:03:04Z",
            "2025-11-27T11:03:04",
            "2025-11-27T12:03:04+01:00",
        ] {
            assert_eq!(
                query(&[("from", "time"), ("time", time)]).unwrap().start,
                Start::Time(1_764_241_384_000)
            );
        }
        assert_eq!(query(&[("limit", "7")]).unwrap().start, Start::Latest(7));
        assert_eq!(
            query(&[("partition", "0, 2")]).unwrap().partitions,
            Some(vec![0, 2])
        );
        assert_eq!(
            query(&[("from", ""), ("limit", "")]).unwrap().limit,
            None,
            "empty fields of a form"
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        for (name, value, says) in [
            ("from", "somewhere", "latest, earliest"),
            ("follow", "maybe", "follow=maybe: it is true or false"),
            ("follow", "no", "it is true or false"),
            ("limit", "-1", "whole number"),
            ("partition", "a", "separated by commas"),
        ] {
            let refused = query(&[(name, value)]).unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
        for (given, says) in [
            (&[("from", "offset")][..], "offset=: write a whole number"),
            (&[("from", "time")], "time=: write a time such as"),
            (
                &[("from", "time"), ("time", "noon")],
                "time=noon: write a time",
            ),
            (&[("until", "zz")], "until=zz: write a time"),
        ] {
            let refused = query(given).unwrap_err().to_string();
            assert!(refused.starts_with(says), "{refused}");
        }
    }
}
