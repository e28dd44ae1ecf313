//! Forms: a new topic, a record to try something out.

use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{record_path, segment};
use crate::error::WebError;
use crate::replay::NewValue;
use crate::writes::{NewHeader, NewRecord, NewTopic};

/// What the form of a new topic holds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TopicForm {
    name: String,
    #[serde(default)]
    partitions: String,
    #[serde(default)]
    replication_factor: String,
    #[serde(default)]
    settings: String,
}

/// What the form of a record holds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RecordForm {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
    /// There is no value, not even an empty one.
    #[serde(default)]
    no_value: bool,
    #[serde(default)]
    headers: String,
    #[serde(default)]
    partition: String,
}

/// What the form of a letter holds; without a value it is replayed as it is.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct LetterForm {
    pub(crate) value: Option<String>,
    #[serde(default)]
    pub(crate) anyway: bool,
}

impl LetterForm {
    pub(crate) fn read(&self) -> NewValue {
        NewValue {
            value: self.value.as_deref().map(lines),
            anyway: self.anyway,
        }
    }
}

/// Browsers end the lines of a text with two characters.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn number<N: std::str::FromStr>(name: &str, text: &str) -> Result<Option<N>, WebError> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| WebError::BadRequest(format!("{name}: write a whole number, or nothing"))),
    }
}

/// `name=value`, one a line.
fn pairs(what: &str, text: &str) -> Result<Vec<(String, String)>, WebError> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok((name.trim().to_owned(), value.to_owned()))
            }
            _ => Err(WebError::BadRequest(format!(
                "{what}: write `name=value` on each line, and not `{line}`"
            ))),
        })
        .collect()
}

impl TopicForm {
    pub(crate) fn read(&self) -> Result<NewTopic, WebError> {
        Ok(NewTopic {
            name: self.name.trim().to_owned(),
            partitions: number("partitions", &self.partitions)?,
            replication_factor: number("replication factor", &self.replication_factor)?,
            settings: pairs("settings", &self.settings)?.into_iter().collect(),
        })
    }
}

impl RecordForm {
    pub(crate) fn read(&self) -> Result<NewRecord, WebError> {
        let headers = pairs("headers", &self.headers)?.into_iter();
        Ok(NewRecord {
            key: Some(self.key.clone()).filter(|key| !key.is_empty()),
            value: (!self.no_value).then(|| lines(&self.value)),
            headers: headers
                .map(|(name, value)| NewHeader {
                    name,
                    value: Some(value),
                })
                .collect(),
            partition: number("partition", &self.partition)?,
        })
    }
}

fn input(id: &str, label: &str, value: &str, hint: &str) -> Markup {
    html! {
        div.field { label for=(id) { (label) } input id=(id) name=(id) value=(value) placeholder=(hint) autocomplete="off" spellcheck="false"; }
    }
}

fn text(id: &str, label: &str, value: &str, rows: u8) -> Markup {
    html! {
        // A browser leaves out the first line break.
        div.field { label for=(id) { (label) } textarea id=(id) name=(id) rows=(rows) autocomplete="off" spellcheck="false" { "\n" (value) } }
    }
}

pub(super) fn topic(given: &TopicForm, partitions: u32, problem: Option<&str>) -> Markup {
    html! {
        p.crumbs { a href="/topics" { "Topics" } " / new" }
        h1 { "Create a topic" }
        @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
        form.stacked.wide method="post" action="/new-topic" {
            div.field { label for="name" { "Name" } input #name name="name" value=(given.name) required autocomplete="off" spellcheck="false"; }
            (input("partitions", "Partitions", &given.partitions, &partitions.to_string()))
            (input("replication_factor", "Replication factor", &given.replication_factor, "3, or 1 on the embedded broker"))
            (text("settings", "Settings, name=value on each line, such as retention.ms=3600000", &given.settings, 4))
            button type="submit" { "Create" }
        }
        p.quiet { "The pipeline's own topics get the settings that the pipeline gives them. Topics are never altered." }
    }
}

pub(super) fn record(
    topic: &str,
    given: &RecordForm,
    written: Option<(i32, i64)>,
    problem: Option<&str>,
) -> Markup {
    html! {
        p.crumbs { a href="/topics" { "Topics" } " / " a href={ "/topics/" (segment(topic)) } { (topic) } " / produce" }
        h1 { "Produce a record" }
        @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
        @if let Some((partition, offset)) = written {
            p.done role="status" { "Written: " a href=(record_path(topic, partition, offset)) { "partition " (partition) ", offset " (offset) } }
        }
        form.stacked.wide method="post" action={ "/topics/" (segment(topic)) "/produce" } {
            (input("key", "Key", &given.key, "none"))
            (text("value", "Value", &given.value, 8))
            label.check { input type="checkbox" name="no_value" value="true" checked[given.no_value]; "No value (a tombstone)" }
            (text("headers", "Headers, name=value on each line", &given.headers, 3))
            (input("partition", "Partition", &given.partition, "by the key"))
            button type="submit" { "Produce" }
        }
        p.quiet { "It is written once (idempotent), and acknowledged by all replicas in sync." }
    }
}

/// A topic that takes no records by hand.
pub(super) fn refused(topic: &str, why: &str) -> Markup {
    html! {
        p.crumbs { a href="/topics" { "Topics" } " / " a href={ "/topics/" (segment(topic)) } { (topic) } " / produce" }
        h1 { "Produce a record" }
        p.problem role="alert" { (why) "." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_is_meant() {
        let form = RecordForm {
            value: "{\r\n}".to_owned(),
            headers: "trace=a=b\r\n\r\n empty=\r\n".to_owned(),
            partition: " 2 ".to_owned(),
            ..RecordForm::default()
        };
        let record = form.read().unwrap();
        assert_eq!((record.key, record.partition), (None, Some(2)));
        assert_eq!(record.value.as_deref(), Some("{\n}"));
        let headers = record.headers.into_iter();
        let headers: Vec<_> = headers.map(|h| (h.name, h.value.unwrap())).collect();
        let expected = [("trace", "a=b"), ("empty", "")];
        assert_eq!(headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let form = TopicForm {
            partitions: "six".to_owned(),
            ..TopicForm::default()
        };
        let said = form.read().unwrap_err().to_string();
        assert!(said.contains("partitions: write a whole number"), "{said}");
        let said = pairs("settings", "retention.ms").unwrap_err().to_string();
        assert!(
            said.contains("name=value") && said.contains("retention.ms"),
            "{said}"
        );
    }
}
