//! What every storage must do: one suite, called by the tests of every implementation.

use std::io;

use super::{Attempt, Storage, StorageFile, append_all, create_whole, read_exact_at};

/// Runs the suite; `fresh` gives an empty directory every time.
///
/// # Panics
/// When the storage does something else than the trait promises.
///
/// # Errors
/// When an operation fails that must not.
pub fn check<S: Storage>(mut fresh: impl FnMut() -> S) -> io::Result<()> {
    a_created_file_is_empty_and_listed(&fresh())?;
    appends_go_to_the_end_through_every_handle(&fresh())?;
    a_cut_file_goes_on_at_its_new_end(&fresh())?;
    creating_an_existing_file_empties_it(&fresh())?;
    what_is_not_there_is_not_found(&fresh())?;
    a_rename_replaces_and_open_handles_follow(&fresh())?;
    a_whole_file_appears_under_its_name_only(&fresh())?;
    one_lock_at_a_time(&fresh())
}

fn content<S: Storage>(storage: &S, name: &str) -> io::Result<Vec<u8>> {
    let file = storage.open_to_read(name)?;
    let mut bytes = vec![0; file.length()? as usize];
    read_exact_at(&file, 0, &mut bytes)?;
    Ok(bytes)
}

fn names<S: Storage>(storage: &S) -> io::Result<Vec<String>> {
    let mut names = storage.list()?;
    names.sort();
    Ok(names)
}

fn a_created_file_is_empty_and_listed<S: Storage>(storage: &S) -> io::Result<()> {
    assert_eq!(storage.length("a")?, None);
    let file = storage.create("a")?;
    assert_eq!(file.length()?, 0);
    assert_eq!(storage.length("a")?, Some(0));
    assert_eq!(names(storage)?, ["a"]);
    storage.sync_directory()?;
    storage.remove("a")?;
    assert_eq!(storage.length("a")?, None);
    assert!(names(storage)?.is_empty());
    Ok(())
}

fn appends_go_to_the_end_through_every_handle<S: Storage>(storage: &S) -> io::Result<()> {
    let mut first = storage.create("a")?;
    append_all(&mut first, b"one,")?;
    let mut second = storage.open("a")?;
    append_all(&mut second, b"two,")?;
    // Reading must not move where the next bytes go.
    let mut bytes = [0; 3];
    assert_eq!(first.read_at(4, &mut bytes)?, 3);
    assert_eq!(&bytes, b"two");
    append_all(&mut first, b"three")?;
    first.sync_data()?;
    assert_eq!(content(storage, "a")?, b"one,two,three");
    assert_eq!(first.read_at(13, &mut bytes)?, 0, "the end");
    assert_eq!(first.read_at(99, &mut bytes)?, 0, "behind the end");
    let short = read_exact_at(&first, 12, &mut bytes);
    assert_eq!(
        short.map_err(|e| e.kind()),
        Err(io::ErrorKind::UnexpectedEof)
    );
    Ok(())
}

fn a_cut_file_goes_on_at_its_new_end<S: Storage>(storage: &S) -> io::Result<()> {
    let mut file = storage.create("a")?;
    append_all(&mut file, b"keep;cut")?;
    file.truncate(5)?;
    assert_eq!(file.length()?, 5);
    append_all(&mut file, b"more")?;
    file.sync_data()?;
    assert_eq!(content(storage, "a")?, b"keep;more");
    Ok(())
}

fn creating_an_existing_file_empties_it<S: Storage>(storage: &S) -> io::Result<()> {
    append_all(&mut storage.create("a")?, b"old")?;
    assert_eq!(storage.create("a")?.length()?, 0);
    assert_eq!(content(storage, "a")?, b"");
    Ok(())
}

fn what_is_not_there_is_not_found<S: Storage>(storage: &S) -> io::Result<()> {
    let not_found = io::ErrorKind::NotFound;
    assert_eq!(storage.open("a").err().map(|e| e.kind()), Some(not_found));
    assert_eq!(
        storage.open_to_read("a").err().map(|e| e.kind()),
        Some(not_found)
    );
    assert_eq!(storage.remove("a").err().map(|e| e.kind()), Some(not_found));
    assert_eq!(
        storage.rename("a", "b").err().map(|e| e.kind()),
        Some(not_found)
    );
    assert!(names(storage)?.is_empty(), "looking makes nothing");
    Ok(())
}

fn a_rename_replaces_and_open_handles_follow<S: Storage>(storage: &S) -> io::Result<()> {
    let mut old = storage.create("a")?;
    append_all(&mut old, b"old")?;
    let mut new = storage.create("a.new")?;
    append_all(&mut new, b"new")?;
    storage.rename("a.new", "a")?;
    storage.sync_directory()?;
    append_all(&mut new, b"er")?;
    append_all(&mut old, b" is gone")?;
    assert_eq!(content(storage, "a")?, b"newer");
    assert_eq!(names(storage)?, ["a"]);
    Ok(())
}

fn a_whole_file_appears_under_its_name_only<S: Storage>(storage: &S) -> io::Result<()> {
    append_all(&mut storage.create("a")?, b"something longer than that")?;
    append_all(&mut storage.create("a.new")?, b"a leftover of a crash")?;
    let mut file = create_whole(storage, "a", b"whole")?;
    append_all(&mut file, b" and open")?;
    assert_eq!(content(storage, "a")?, b"whole and open");
    assert_eq!(names(storage)?, ["a"]);
    Ok(())
}

fn one_lock_at_a_time<S: Storage>(storage: &S) -> io::Result<()> {
    let held = storage.try_lock("lock")?;
    assert!(matches!(held, Attempt::Acquired(_)), "nobody holds it");
    assert!(
        matches!(storage.try_lock("lock")?, Attempt::Held { .. }),
        "held"
    );
    drop(held);
    assert!(
        matches!(storage.try_lock("lock")?, Attempt::Acquired(_)),
        "given back"
    );
    Ok(())
}
