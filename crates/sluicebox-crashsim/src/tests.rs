//! The simulated disk leaves what POSIX allows and nothing else.

use std::collections::BTreeSet;
use std::io;

use crate::{Disk, Explorer, History, Image};

/// Every content of `path` (`None`: no such file) that a power loss may leave.
fn left(history: &History<()>, path: &str) -> BTreeSet<Option<Vec<u8>>> {
    let mut found = BTreeSet::new();
    let mut explorer = Explorer::new();
    let result = explorer.explore("left", history, |image, ()| {
        found.insert(image.file(path).map(<[u8]>::to_vec));
        Ok(())
    });
    result.expect("nothing is checked");
    found
}

fn durable(path: &str, content: &[u8]) -> Disk {
    let mut image = Image::default();
    image.put(path, content.to_vec());
    Disk::from_image(&image)
}

#[test]
fn what_was_synced_stays_and_what_was_not_may_be_lost_kept_or_zeros() -> io::Result<()> {
    let disk = durable("a", b"safe");
    let file = disk.open("a")?;
    disk.write_at(file, 4, b"risk")?;
    let history = History::begin(&disk, ());
    let found = left(&history, "a");
    for content in [&b"safe"[..], b"saferisk", b"safe\0\0\0\0"] {
        assert!(found.contains(&Some(content.to_vec())), "{content:?}");
    }
    assert!(found.len() > 4, "torn ones too");
    let keeps_what_was_safe = |content: &Option<Vec<u8>>| {
        let content = content.as_deref();
        content.is_some_and(|bytes| bytes.starts_with(b"safe") && bytes.len() <= 8)
    };
    assert!(found.iter().all(keeps_what_was_safe));
    disk.sync_file(file)?;
    let history = History::begin(&disk, ());
    assert_eq!(left(&history, "a"), [Some(b"saferisk".to_vec())].into());
    Ok(())
}

#[test]
fn a_file_whose_directory_was_not_synced_may_have_no_name() -> io::Result<()> {
    let disk = Disk::new();
    disk.create_dir_all("d/e")?;
    let file = disk.open_or_create("d/e/a")?;
    disk.write_at(file, 0, b"x")?;
    disk.sync_file(file)?;
    disk.sync_dir("d/e")?;
    disk.sync_dir("")?;
    let history = History::begin(&disk, ());
    let found = left(&history, "d/e/a");
    assert_eq!(found, [None, Some(b"x".to_vec())].into(), "e itself may go");
    disk.sync_dir("d")?;
    let history = History::begin(&disk, ());
    assert_eq!(left(&history, "d/e/a"), [Some(b"x".to_vec())].into());
    Ok(())
}

#[test]
fn a_rename_is_whole_or_not_at_all_and_names_without_a_sync_have_no_order() -> io::Result<()> {
    let disk = durable("a", b"old");
    let file = disk.open_or_create("a.new")?;
    disk.write_at(file, 0, b"new")?;
    disk.sync_file(file)?;
    disk.rename("a.new", "a")?;
    disk.open_or_create("b")?;
    let history = History::begin(&disk, ());
    assert_eq!(
        left(&history, "a"),
        [Some(b"old".to_vec()), Some(b"new".to_vec())].into()
    );
    let mut later_without_earlier = false;
    let mut explorer = Explorer::new();
    let result = explorer.explore("order", &history, |image, ()| {
        let is_old = image.file("a") == Some(b"old");
        later_without_earlier |= is_old && image.file("b").is_some();
        Ok(())
    });
    assert!(result.is_ok() && later_without_earlier);
    Ok(())
}

#[test]
fn a_cut_may_be_lost_although_what_was_written_after_it_is_there() -> io::Result<()> {
    let disk = durable("a", b"keep;");
    let file = disk.open("a")?;
    disk.write_at(file, 5, b"aborted")?;
    disk.set_length(file, 5)?;
    disk.write_at(file, 5, b"new")?;
    let found = left(&History::begin(&disk, ()), "a");
    assert!(found.contains(&Some(b"keep;newrted".to_vec())));
    assert!(found.contains(&Some(b"keep;".to_vec())));
    Ok(())
}

#[test]
fn writes_beyond_six_are_drawn_and_the_same_seed_draws_the_same() -> io::Result<()> {
    let disk = durable("a", b"");
    let file = disk.open("a")?;
    for at in 0..9 {
        disk.write_at(file, at * 600, &[7; 600])?;
    }
    let history = History::begin(&disk, ());
    let run = |seed| {
        let mut explorer = Explorer::with_seed(seed);
        let mut images = Vec::new();
        let result = explorer.explore("drawn", &history, |image, ()| {
            images.push(image.clone());
            Ok(())
        });
        assert!(result.is_ok());
        images
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    assert!(run(1).len() > 100);
    Ok(())
}

#[test]
fn the_client_is_asked_about_before_and_after_it_was_told() -> io::Result<()> {
    let disk = durable("a", b"");
    let file = disk.open("a")?;
    let mut history = History::begin(&disk, 0);
    disk.write_at(file, 0, b"1")?;
    disk.sync_file(file)?;
    history.tell(1);
    let mut told = BTreeSet::new();
    let mut explorer = Explorer::new();
    let violation = explorer.explore("told", &history, |image, told_so_far| {
        told.insert((*told_so_far, image.file("a") == Some(b"1")));
        if *told_so_far == 1 {
            Err("told".into())
        } else {
            Ok(())
        }
    });
    assert_eq!(told, [(0, false), (0, true), (1, true)].into());
    let violation = violation.expect_err("the check fails").to_string();
    assert!(
        violation.contains("told: told") && violation.contains("sync file 0"),
        "{violation}"
    );
    Ok(())
}

#[test]
fn a_process_that_dies_leaves_what_it_wrote_and_nothing_of_it_is_durable() -> io::Result<()> {
    let disk = durable("a", b"");
    let file = disk.open("a")?;
    disk.die_in(1);
    disk.write_at(file, 0, b"1")?;
    disk.sync_file(file).expect_err("it is dead");
    disk.open("a").expect_err("it is dead");
    disk.revive();
    assert_eq!(disk.length(file)?, 1);
    let found = left(&History::begin(&disk, ()), "a");
    assert!(found.contains(&Some(Vec::new())));
    Ok(())
}
