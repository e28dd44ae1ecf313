//! Names: of streams, topics, files and outputs, and words from a short list.

use super::error::Problem;
use super::model::{Column, Field};
use super::raw::{RawStream, Text};
use crate::limits::{NAME_MAX_BYTES, TOPIC_NAME_MAX_BYTES};
use std::collections::BTreeSet;

/// A name that is written into records and headers: a letter, then letters, digits and `_`.
pub(super) fn check_name(name: &Text, what: &str) -> Result<(), Problem> {
    let text = name.get_ref();
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.len() <= NAME_MAX_BYTES
    {
        return Ok(());
    }
    let message = format!("`{text}` cannot be the name of a {what}");
    Err(Problem::new(name.span(), message).help(format!(
        "a letter first, then letters, digits and `_`, at most {NAME_MAX_BYTES}"
    )))
}

/// Whether Kafka takes this name for a topic (`Topic.validate` in Kafka).
pub(crate) fn is_topic(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !matches!(name, "" | "." | "..")
        && name.len() <= TOPIC_NAME_MAX_BYTES
        && name.bytes().all(legal)
}

pub(super) fn check_topic(topic: &Text) -> Result<(), Problem> {
    if is_topic(topic.get_ref()) {
        return Ok(());
    }
    let message = format!("`{}` cannot be the name of a topic", topic.get_ref());
    Err(Problem::new(topic.span(), message).help(format!(
        "letters, digits, `.`, `_` and `-`, at most {TOPIC_NAME_MAX_BYTES}"
    )))
}

/// Whether it is a plain file name that the output directory has no other use for.
pub(crate) fn is_file(name: &str) -> bool {
    is_topic(name)
        && !name.starts_with('.')
        && name
            .strip_suffix(".csv")
            .is_some_and(|stem| !stem.is_empty())
        && name != crate::dead_letter::DEAD_LETTERS_FILE
}

pub(super) fn check_file(file: &Text) -> Result<(), Problem> {
    if is_file(file.get_ref()) {
        return Ok(());
    }
    let message = format!("`{}` cannot be the name of a stream's file", file.get_ref());
    Err(Problem::new(file.span(), message)
        .help("a plain file name that ends in .csv, of letters, digits, `.`, `_` and `-`"))
}

/// The words that every record has for itself.
fn is_reserved(name: &str) -> bool {
    matches!(name, "type" | "source") || Column::COMMON.iter().any(|(column, _)| *column == name)
}

/// Outputs (fields after renaming, then enrichments) have plain, free and unique names.
pub(super) fn check_outputs(raw: &RawStream, fields: &[Field]) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    let renamed = raw
        .enrichments
        .iter()
        .filter(|entry| entry.get_ref().kind.get_ref() == "rename");
    let of_fields = fields.iter().zip(&raw.fields).map(|(field, written)| {
        let renaming = renamed
            .clone()
            .find(|entry| entry.get_ref().name.get_ref() == &field.output_name);
        let place = if field.name == field.output_name {
            None
        } else {
            renaming
        };
        place.map_or(&written.get_ref().name, |entry| &entry.get_ref().name)
    });
    let others = raw.enrichments.iter().map(toml::Spanned::get_ref);
    let of_others = others
        .filter(|entry| entry.kind.get_ref() != "rename")
        .map(|entry| &entry.name);
    for name in of_fields.chain(of_others) {
        check_name(name, "field or an enrichment")?;
        if is_reserved(name.get_ref()) {
            let message = format!(
                "`{}` is a name that every record has for itself",
                name.get_ref()
            );
            return Err(Problem::new(name.span(), message)
                .help("choose another name; a field can be renamed"));
        }
        if !seen.insert(name.get_ref()) {
            let message = format!("`{}` is there twice", name.get_ref());
            return Err(Problem::new(name.span(), message)
                .help("names of fields and enrichments are unique"));
        }
    }
    Ok(())
}

/// One of a few words; the first one when nothing is said.
pub(super) fn choose<T: Copy>(
    word: Option<&Text>,
    key: &str,
    known: &[(&str, T)],
) -> Result<T, Problem> {
    let Some(word) = word else {
        return Ok(known[0].1);
    };
    if let Some((_, value)) = known.iter().find(|(name, _)| name == word.get_ref()) {
        return Ok(*value);
    }
    let message = format!("`{}` is no {key}", word.get_ref());
    Err(Problem::new(word.span(), message)
        .meant(word.get_ref(), known.iter().map(|(name, _)| *name)))
}
