//! Looking at data files before anything is changed.

use crate::error::{OpenError, Refusal, refuse_io};
use crate::format::FileSpec;
use crate::limits::{QUOTED_LINE_MAX_BYTES, READ_CHUNK_BYTES};
use crate::manifest::FileState;
use crate::names::MANIFEST;
use crate::storage::{Storage, StorageFile, read_exact_at};

/// A recorded file that is as recorded up to its recorded length.
#[derive(Debug)]
pub(super) struct Checked {
    /// Bytes behind the recorded length, which do not count.
    pub(super) surplus_bytes: u64,
    /// Whether the content was read and its checksum was right.
    pub(super) content_checked: bool,
}

/// Checks a recorded file: long enough, our header, the content that was written.
pub(super) fn check_recorded<S: Storage>(
    storage: &S,
    file: &FileState,
    preamble: &[u8],
    check_content_up_to_bytes: u64,
) -> Result<Checked, OpenError> {
    let path = || storage.describe(&file.name);
    let found = storage
        .length(&file.name)
        .map_err(refuse_io("read", path()))?
        .unwrap_or(0);
    if found < file.length {
        let recorded = file.length;
        return Err(Refusal::ShorterThanRecorded {
            file: path(),
            found,
            recorded,
        }
        .into());
    }
    let start = read_start(storage, &file.name, preamble.len())?;
    if !start.starts_with(preamble) {
        return Err(foreign(path(), preamble, &start));
    }
    let content_checked = file.length <= check_content_up_to_bytes;
    if content_checked {
        let crc = content_crc(storage, file).map_err(refuse_io("read", path()))?;
        if crc != file.crc {
            return Err(Refusal::ContentChanged {
                file: path(),
                length: file.length,
                found: crc,
                recorded: file.crc,
            }
            .into());
        }
    }
    Ok(Checked {
        surplus_bytes: found - file.length,
        content_checked,
    })
}

/// Checks a file that no manifest speaks of. Only one that holds nothing may be there: an empty
/// one, or our header alone (a first start that was cut off before its manifest).
pub(super) fn check_unrecorded<S: Storage>(storage: &S, spec: &FileSpec) -> Result<(), OpenError> {
    let path = || storage.describe(&spec.name);
    let length = storage
        .length(&spec.name)
        .map_err(refuse_io("read", path()))?
        .unwrap_or(0);
    if length == 0 {
        return Ok(());
    }
    let preamble = spec.preamble();
    let start = read_start(storage, &spec.name, preamble.len())?;
    if !start.starts_with(&preamble) {
        return Err(foreign(path(), &preamble, &start));
    }
    if length > preamble.len() as u64 {
        let manifest = storage.describe(MANIFEST);
        return Err(Refusal::UnrecordedRows {
            file: path(),
            length,
            manifest,
        }
        .into());
    }
    Ok(())
}

/// Line ends behind the recorded length: about as many rows are cut (a quoted field may hold
/// line ends too).
pub(super) fn surplus_lines<S: Storage>(storage: &S, file: &FileState) -> std::io::Result<u64> {
    let opened = storage.open_to_read(&file.name)?;
    let mut chunk = vec![0; READ_CHUNK_BYTES];
    let (mut offset, mut lines) = (file.length, 0);
    loop {
        let read = opened.read_at(offset, &mut chunk)?;
        if read == 0 {
            return Ok(lines);
        }
        lines += chunk[..read].split(|&byte| byte == b'\n').count() as u64 - 1;
        offset += read as u64;
    }
}

fn content_crc<S: Storage>(storage: &S, file: &FileState) -> std::io::Result<u32> {
    let opened = storage.open_to_read(&file.name)?;
    let mut chunk = vec![0; READ_CHUNK_BYTES];
    let (mut offset, mut crc) = (0, 0);
    while offset < file.length {
        let count = chunk.len().min((file.length - offset) as usize);
        read_exact_at(&opened, offset, &mut chunk[..count])?;
        crc = crc32c::crc32c_append(crc, &chunk[..count]);
        offset += count as u64;
    }
    Ok(crc)
}

/// The first bytes of a file: enough for a preamble, and for quoting a line that is none.
fn read_start<S: Storage>(storage: &S, name: &str, length: usize) -> Result<Vec<u8>, OpenError> {
    let path = || storage.describe(name);
    let file = storage
        .open_to_read(name)
        .map_err(refuse_io("read", path()))?;
    let present = file.length().map_err(refuse_io("read", path()))?;
    let wanted = length.max(QUOTED_LINE_MAX_BYTES) as u64;
    let mut start = vec![0; wanted.min(present) as usize];
    read_exact_at(&file, 0, &mut start).map_err(refuse_io("read", path()))?;
    Ok(start)
}

fn foreign(file: String, expected: &[u8], found: &[u8]) -> OpenError {
    Refusal::ForeignHeader {
        file,
        expected: first_line(expected),
        found: first_line(found),
    }
    .into()
}

fn first_line(bytes: &[u8]) -> String {
    let line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let cut = &line[..line.len().min(QUOTED_LINE_MAX_BYTES)];
    String::from_utf8_lossy(cut).escape_debug().to_string()
}
