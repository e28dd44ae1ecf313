//! The files: last rows, charts of what is in them, downloads.

mod amounts;
mod chart;
mod columns;
mod download;
mod lookup;
mod measure;
mod tail;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sluicebox_event::StreamDefinition;
use sluicebox_event::dead_letter::DEAD_LETTERS_FILE;
use sluicebox_sink::{DiskStorage, read_manifest};

pub(crate) use chart::{Chart, Look, Series};
pub(crate) use download::download;
pub(crate) use lookup::{FoundRow, find_line, find_source};
pub(crate) use tail::Tail;

use crate::app::App;
use crate::error::WebError;

/// Charts and rows of a stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StreamData {
    pub(crate) tail: Tail,
    pub(crate) charts: Vec<Chart>,
}

/// What was drawn last, by file: it is drawn again when the file has grown.
#[derive(Default)]
pub(crate) struct DataCache(Mutex<HashMap<String, (u64, Arc<StreamData>)>>);

/// The committed length of a file of ours.
///
/// # Errors
/// It is none of ours, or the manifest cannot be read.
pub(crate) fn committed_length(app: &App, name: &str) -> Result<u64, WebError> {
    let plans = app.config.plans.streams().iter();
    let ours = plans
        .map(sluicebox_event::StreamPlan::file_name)
        .chain([DEAD_LETTERS_FILE.to_owned()]);
    let none = || WebError::NotFound(format!("there is no file {name} in the output directory"));
    if !ours.into_iter().any(|known| known == name) || !app.config.output_dir.is_dir() {
        return Err(none());
    }
    let state = read_manifest(&DiskStorage::existing(&app.config.output_dir)).map_err(|error| {
        WebError::Unavailable(format!("{}; {}", error.refusal(), error.way_out()))
    })?;
    let files = state.iter().flat_map(|state| &state.files);
    let length = files
        .filter(|file| file.name == name)
        .map(|file| file.length)
        .next();
    length.filter(|length| *length > 0).ok_or_else(none)
}

/// The definition of a stream.
pub(crate) fn definition<'a>(app: &'a App, stream: &str) -> Result<&'a StreamDefinition, WebError> {
    let found = app
        .config
        .definitions
        .iter()
        .find(|definition| definition.name == stream);
    found.ok_or_else(|| WebError::NotFound(format!("there is no stream `{stream}`")))
}

/// Charts and last rows of a stream.
pub(crate) fn of_stream(app: &App, stream: &str) -> Result<Arc<StreamData>, WebError> {
    let definition = definition(app, stream)?;
    let length = match committed_length(app, &definition.file_name) {
        Ok(length) => length,
        Err(WebError::NotFound(_)) => 0,
        Err(error) => return Err(error),
    };
    let cached = app
        .data
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(stream)
        .cloned();
    if let Some((_, data)) = cached.filter(|(known, _)| *known == length) {
        return Ok(data);
    }
    let path = app.config.output_dir.join(&definition.file_name);
    let tail = tail::read(&path, length).map_err(|error| {
        WebError::Unavailable(format!("cannot read {}: {error}", path.display()))
    })?;
    let charts = measure::charts(definition, &tail);
    let data = Arc::new(StreamData { tail, charts });
    let mut cache = app.data.0.lock().unwrap_or_else(PoisonError::into_inner);
    cache.insert(stream.to_owned(), (length, Arc::clone(&data)));
    Ok(data)
}
