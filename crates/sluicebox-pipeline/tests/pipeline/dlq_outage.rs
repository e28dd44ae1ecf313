//! Replays go through failures that a new producer heals. A proxy in front of the embedded broker does
//! to requests that end a transaction what a restart does to them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sluicebox_conformance::in_process::{BrokerConfig, InProcessBroker};
use sluicebox_event::builtin_definitions;
use sluicebox_pipeline::dlq::{LettersAt, Many};

use super::dlq::{as_it_was, fill, letters, replayer_of};
use super::stage::Stage;

const END_TXN: [u8; 2] = [0, 26];
const INVALID_TXN_STATE: [u8; 2] = [0, 48];

/// What happens to requests that end a transaction, the next so many of each.
#[derive(Default)]
struct Faults {
    /// It arrives, and the connection breaks before the answer.
    unanswered: AtomicU32,
    /// It arrives and is answered with an error.
    denied: AtomicU32,
    /// It does not arrive, and is answered with an error.
    swallowed: AtomicU32,
}

fn takes(count: &AtomicU32) -> bool {
    let less = |left: u32| left.checked_sub(1);
    count
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
        .is_ok()
}

/// The stage, all clients of which go through a proxy.
fn stage(name: &str) -> (Stage, Arc<Faults>) {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap().to_string();
    let broker = InProcessBroker::with(BrokerConfig {
        advertise: Some(address.clone()),
        ..BrokerConfig::default()
    });
    let (faults, behind) = (Arc::new(Faults::default()), broker.address().to_owned());
    let shared = Arc::clone(&faults);
    std::thread::spawn(move || {
        for client in proxy.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(&behind) else {
                continue;
            };
            let (faults, back) = (
                Arc::clone(&shared),
                (server.try_clone(), client.try_clone()),
            );
            if let (Ok(mut from), Ok(mut to)) = back {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
            std::thread::spawn(move || forward(client, server, &faults));
        }
    });
    let streams = builtin_definitions().unwrap();
    (Stage::on((Some(broker), address), name, streams), faults)
}

/// Requests pass as they come, but for those that a fault is meant for.
fn forward(mut client: TcpStream, mut server: TcpStream, faults: &Faults) -> Option<()> {
    loop {
        let mut size = [0; 4];
        client.read_exact(&mut size).ok()?;
        let mut request = vec![0; u32::from_be_bytes(size) as usize];
        client.read_exact(&mut request).ok()?;
        let ends = request.starts_with(&END_TXN);
        if ends && takes(&faults.swallowed) {
            client.write_all(&denial(&request)).ok()?;
            continue;
        }
        let (is_denied, is_unanswered) = (
            ends && takes(&faults.denied),
            ends && takes(&faults.unanswered),
        );
        if is_denied || is_unanswered {
            server.shutdown(Shutdown::Read).ok()?;
        }
        let whole = [size.as_slice(), &request].concat();
        server.write_all(&whole).ok()?;
        if is_denied || is_unanswered {
            // The broker does what it was asked to.
            std::thread::sleep(Duration::from_millis(200));
        }
        if is_denied {
            client.write_all(&denial(&request)).ok()?;
        }
        if is_unanswered {
            client.shutdown(Shutdown::Both).ok()?;
        }
    }
}

/// An answer of version 1: the request's number, no throttling, the error.
fn denial(request: &[u8]) -> Vec<u8> {
    let mut answer = vec![0, 0, 0, 10];
    answer.extend_from_slice(&request[4..8]);
    answer.extend_from_slice(&[0; 4]);
    answer.extend_from_slice(&INVALID_TXN_STATE);
    answer
}

/// Each letter in a transaction of its own, with faults before the second one.
fn replays_all(name: &str, fault: impl Fn(&Faults) -> &AtomicU32) {
    let (mut stage, faults) = stage(name);
    fill(&mut stage, &["{}", "no json", "[]"]);
    let all = letters(&stage, &LettersAt::All);
    let mut many = Many::new(replayer_of(&stage));
    for (number, letter) in all.iter().enumerate() {
        if number == 1 {
            fault(&faults).store(1, Ordering::SeqCst);
        }
        many.take(as_it_was(letter)).unwrap();
        many.commit().unwrap();
    }
    assert_eq!(fault(&faults).load(Ordering::SeqCst), 0);
    let tally = many.close();
    assert_eq!((tally.total(), tally.before, tally.refused), (3, 0, 0));
    stage.run_to_end();
    let again = letters(&stage, &LettersAt::All).len();
    assert_eq!(again, 3 + 3, "each once more");
}

#[test]
fn a_commit_whose_request_was_repeated_does_not_end_a_replay() {
    replays_all("dlq-unanswered", |faults| &faults.unanswered);
}

#[test]
fn letters_of_a_commit_that_failed_for_its_client_alone_are_not_replayed_again() {
    replays_all("dlq-denied", |faults| &faults.denied);
}

#[test]
fn letters_of_a_commit_that_failed_are_replayed_by_a_new_producer() {
    replays_all("dlq-swallowed", |faults| &faults.swallowed);
}
