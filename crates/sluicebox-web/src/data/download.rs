//! A file, as far as it is committed.

use std::fs::File;
use std::io::Read;

use crate::app::App;
use crate::error::WebError;
use crate::limits::DOWNLOAD_PIECE_BYTES;
use crate::stream::Sender;

/// Opens a file of ours up to its committed length.
pub(crate) fn download(
    app: &App,
    name: &str,
) -> Result<impl FnOnce(&Sender) + Send + use<>, WebError> {
    let length = super::committed_length(app, name)?;
    let path = app.config.output_dir.join(name);
    let file = File::open(&path)
        .map_err(|error| WebError::NotFound(format!("{}: {error}", path.display())))?;
    Ok(move |sender: &Sender| {
        let mut rest = file.take(length);
        loop {
            let mut piece = vec![0; DOWNLOAD_PIECE_BYTES];
            let Ok(read) = rest.read(&mut piece) else {
                return;
            };
            piece.truncate(read);
            if read == 0 || sender.send(piece).is_err() {
                return;
            }
        }
    })
}
