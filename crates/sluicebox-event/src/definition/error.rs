//! What is wrong with a definition, where, and what was probably meant.

use std::fmt;
use std::ops::Range;

/// A definition that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionError {
    /// Where the text came from, usually a file name.
    pub origin: String,
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of `source_text`.
    pub span: Option<Range<usize>>,
    /// What to do about it.
    pub help: Option<String>,
    /// The whole definition.
    pub source_text: String,
}

impl DefinitionError {
    /// The line that is wrong, counted from 1.
    pub fn line(&self) -> Option<usize> {
        let start = self.span.as_ref()?.start.min(self.source_text.len());
        let before = &self.source_text.as_bytes()[..start];
        Some(before.split(|&byte| byte == b'\n').count())
    }

    pub(super) fn from_toml(error: &toml::de::Error, origin: &str, text: &str) -> Self {
        let message = error.message().trim_end().to_owned();
        let help = meant_key(&message);
        let problem = Problem {
            span: error.span(),
            message,
            help,
        };
        problem.at(origin, text)
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        if let Some(line) = self.line() {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl std::error::Error for DefinitionError {}

/// A [`DefinitionError`] that does not know its text yet.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) span: Option<Range<usize>>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Problem {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span: Some(span),
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the known word that comes nearest, or all of them when there are few.
    pub(crate) fn meant<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        match did_you_mean(word, known.iter().copied()) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => self,
            None => self.help(format!("there is `{}`", known.join("`, `"))),
        }
    }

    pub(crate) fn at(self, origin: &str, text: &str) -> DefinitionError {
        DefinitionError {
            origin: origin.to_owned(),
            message: self.message,
            span: self.span,
            help: self.help,
            source_text: text.to_owned(),
        }
    }
}

/// The known word that comes nearest to `word`, if it is near enough to have been meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance =
        |other: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase());
    let nearest = known.into_iter().min_by_key(|other| distance(other))?;
    (distance(nearest) <= (word.chars().count() / 3).max(1)).then_some(nearest)
}

/// Serde names an unknown key and the known ones, each in backticks.
fn meant_key(message: &str) -> Option<String> {
    let rest = message.strip_prefix("unknown field ")?;
    let mut words = rest.split('`').skip(1).step_by(2);
    let word = words.next()?;
    did_you_mean(word, words).map(|near| format!("did you mean `{near}`?"))
}
