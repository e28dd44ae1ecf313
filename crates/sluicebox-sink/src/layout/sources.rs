//! Which source topic the rows of a file are of.

use super::open::Opening;
use crate::error::{OpenError, Refusal};
use crate::manifest::ManifestState;
use crate::storage::Storage;

/// A file has rows of one source topic: offsets of another one would be taken for its own. Files and
/// sources of the last opening stand first in the manifest, in its order.
pub(super) fn check<S: Storage>(
    storage: &S,
    opening: &Opening,
    state: &ManifestState,
) -> Result<(), OpenError> {
    let Some(others) = opening.files.get(opening.sources.len()) else {
        return Ok(());
    };
    // A sealing that was cut off: the file has no successor yet, and the others have moved up.
    let mut sealed = state.sealed.iter();
    let has_moved_up = sealed.any(|it| state.file(&it.original).is_none());
    let with_source = state.files.iter().position(|it| it.name == others.name);
    let with_source = with_source.filter(|_| !has_moved_up);
    for (spec, wanted) in opening.files.iter().zip(&opening.sources) {
        let Some(at) = state.files.iter().position(|it| it.name == spec.name) else {
            continue;
        };
        let recorded = match state.sources.get(at) {
            Some(recorded) if with_source.is_some_and(|count| at < count) => Some(recorded),
            _ if state.sources.contains(wanted) => Some(wanted),
            _ => None,
        };
        if recorded != Some(wanted) && state.files[at].rows > 0 {
            let recorded =
                recorded.map_or("another topic".into(), |it| format!("the topic `{it}`"));
            return Err(Refusal::SourceChanged {
                file: storage.describe(&spec.name),
                recorded,
                wanted: wanted.clone(),
            }
            .into());
        }
    }
    Ok(())
}
