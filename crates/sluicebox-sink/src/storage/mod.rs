//! One directory, and every effect that the sink has on it.
//!
//! Nothing else in this crate touches a file, so that a storage that loses power at any moment
//! can be put under the real recovery and commit code. All names are plain file names in the
//! directory. [`conformance`] is the suite that every implementation passes.

pub mod conformance;
mod disk;
pub mod memory;

pub use disk::{DiskFile, DiskLock, DiskStorage, open_regular};

use std::io;

use sluicebox_faults::{io_point, torn_point};

/// A directory that holds the files of one sink.
pub trait Storage {
    /// An open file.
    type File: StorageFile;
    /// The exclusive right to write into the directory; given back on drop, and by the operating
    /// system when the process dies.
    type Lock;

    /// Tries to lock the directory through the file `name`; never waits.
    fn try_lock(&self, name: &str) -> io::Result<Attempt<Self::Lock>>;

    /// Names of the files (not directories) in the directory, in no particular order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Length of a file in bytes; `None` when there is none of this name.
    fn length(&self, name: &str) -> io::Result<Option<u64>>;

    /// Opens an existing file to read and append; `NotFound` when there is none.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Opens an existing file to read only; `NotFound` when there is none.
    fn open_to_read(&self, name: &str) -> io::Result<Self::File>;

    /// Creates an empty file to read and append; one that exists is emptied. The name is durable
    /// after [`sync_directory`](Self::sync_directory).
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Renames a file, replacing `to` if it exists. Durable after
    /// [`sync_directory`](Self::sync_directory). Open handles go on to name the same file.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file; `NotFound` when there is none.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations, renames and removals durable. A failure is final: never call it again.
    fn sync_directory(&self) -> io::Result<()>;

    /// `name` as a person finds it, for messages.
    fn describe(&self, name: &str) -> String;

    /// Whether another file stands in the place of the one that the lock is on: somebody removed that
    /// one, and another sink has locked a new one. Locks of other kinds cannot be taken away.
    fn is_replaced(&self, name: &str, lock: &Self::Lock) -> bool {
        let _ = (name, lock);
        false
    }
}

/// A file that is read anywhere and appended at its end.
pub trait StorageFile {
    /// The length now, in bytes.
    fn length(&self) -> io::Result<u64>;

    /// Reads up to `buffer.len()` bytes from `offset` on; 0 at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Appends bytes at the end and says how many it took, which may be fewer than offered.
    /// `StorageFull`, `QuotaExceeded` and `FileTooLarge` mean what they say.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Makes content and length durable (fdatasync). A failure is final: Linux may have dropped
    /// the dirty pages, so that a second call that succeeds proves nothing.
    fn sync_data(&mut self) -> io::Result<()>;

    /// Cuts the file to `length` bytes, which must not be more than it has.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// The outcome of [`Storage::try_lock`].
#[derive(Debug)]
pub enum Attempt<L> {
    /// The directory is ours until the lock is dropped.
    Acquired(L),
    /// Another sink writes here: be its standby and try again.
    Held {
        /// Who, as far as the lock file tells. For messages only, never for decisions.
        by: Option<Holder>,
    },
}

/// Who holds a lock, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process id it wrote into the lock file.
    pub pid: u32,
}

impl Holder {
    /// The content of the lock file.
    pub fn to_text(self) -> String {
        format!("pid {}\n", self.pid)
    }

    /// Reads the content of a lock file, leniently: it may be empty or half written.
    pub fn from_text(text: &str) -> Option<Self> {
        let pid = text
            .strip_prefix("pid ")?
            .strip_suffix('\n')?
            .parse()
            .ok()?;
        Some(Self { pid })
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {}", self.pid)
    }
}

/// Whether an error means that there is no room: the one kind that is worth a retry later. A limit for
/// the size of a file is no other: somebody can raise it.
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// What to do about an error that [`is_full`].
pub fn make_room(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::FileTooLarge => {
            "raise the limit for the size of a file (RLIMIT_FSIZE: `prlimit --fsize` while it runs, \
             `ulimit -f` or LimitFSIZE of systemd before; or the file system's own)"
        }
        _ => "make room on this disk",
    }
}

/// Appends all of `bytes`, however many calls it takes.
///
/// On an error, an unknown part of `bytes` stands at the end of the file.
pub fn append_all<F: StorageFile>(file: &mut F, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            // POSIX lets a write take nothing when there is no room for one byte.
            Ok(0) => return Err(io::ErrorKind::StorageFull.into()),
            Ok(taken) => bytes = &bytes[taken..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads exactly `buffer.len()` bytes from `offset` on; `UnexpectedEof` when the file ends first.
pub fn read_exact_at<F: StorageFile>(file: &F, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let read = read_from(file, offset, buffer)?;
    if read < buffer.len() {
        Err(io::ErrorKind::UnexpectedEof.into())
    } else {
        Ok(())
    }
}

/// Reads a file from its beginning and says how much of `buffer` that filled. A file that is
/// being cut back meanwhile may be shorter than it just was.
pub(crate) fn read_up_to<F: StorageFile>(file: &F, buffer: &mut [u8]) -> io::Result<usize> {
    read_from(file, 0, buffer)
}

fn read_from<F: StorageFile>(file: &F, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(offset + filled as u64, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Makes a file appear under `name` with `content`, whole or not at all: written beside it,
/// synced, renamed, the directory synced. An existing file of that name is replaced.
pub fn create_whole<S: Storage>(storage: &S, name: &str, content: &[u8]) -> io::Result<S::File> {
    let unfinished = crate::names::unfinished(name);
    let mut file = storage.create(&unfinished)?;
    torn_point!(
        "sink.create.write",
        append_all(&mut file, &content[..content.len() / 2])
    )?;
    append_all(&mut file, content)?;
    io_point!("sink.create.sync")?;
    file.sync_data()?;
    io_point!("sink.create.rename")?;
    storage.rename(&unfinished, name)?;
    io_point!("sink.create.directory.sync")?;
    storage.sync_directory()?;
    Ok(file)
}
