//! What the hooks do when they are compiled in.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use sluicebox_faults::{io_point, point, set, torn_point};

fn send() -> Result<(), &'static str> {
    point!("process.send.before", "injected");
    Ok(())
}

#[test]
fn a_point_fails_the_nth_time_and_then_no_more() {
    set("process.send.before=2*off->1*error").unwrap();
    let results: Vec<_> = (0..5).map(|_| send().is_ok()).collect();
    assert_eq!(results, [true, true, false, true, true]);
}

#[test]
fn a_full_disk_is_told_from_a_broken_one() {
    set("process.send.after=1*full->1*error").unwrap();
    let mut written = 0;
    let full = torn_point!("process.send.after", written += 1).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::StorageFull);
    let broken = io_point!("process.send.after").unwrap_err();
    assert_ne!(broken.kind(), ErrorKind::StorageFull);
    assert_eq!(
        written, 1,
        "half is written before a write fails, and only then"
    );
    assert!(torn_point!("process.send.after", written += 1).is_ok());
    assert_eq!(written, 1);
}

#[test]
fn a_delay_goes_on_afterwards() {
    set("process.poll.after=1*delay(50)").unwrap();
    let began = Instant::now();
    point!("process.poll.after");
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[test]
fn a_setting_that_cannot_be_is_refused() {
    for (bad, why) in [
        ("nowhere=crash", "there is no failpoint nowhere"),
        ("process.poll.after", "is not NAME=ACTIONS"),
        (
            "process.poll.after=error",
            "nothing can fail at process.poll.after",
        ),
        ("process.poll.after=bang", "is no action"),
        ("process.poll.after=x*crash", "process.poll.after=x*crash"),
    ] {
        let problem = set(bad).unwrap_err();
        assert!(problem.contains(why), "{bad}: {problem}");
    }
}
