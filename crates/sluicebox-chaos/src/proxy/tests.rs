//! The proxy in front of a broker that answers every request with its correlation id, and keeps
//! account of what it got.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sluicebox_conformance::ports::free_port;

use super::frame::{Frame, api};
use super::hold::Hold;
use super::rules::{Action, Choice, Direction, Meanwhile, Rule};
use super::{Proxy, Route};

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Default)]
struct Echo(Arc<Mutex<Vec<i32>>>);

impl Echo {
    /// Starts the broker; its thread ends with the test process.
    fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let echo = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let echo = echo.clone();
                thread::spawn(move || echo.serve(stream));
            }
        });
        address
    }

    fn serve(&self, mut stream: TcpStream) {
        while let Ok(Some(request)) = Frame::read_request(&mut stream) {
            self.0.lock().unwrap().push(request.request_id());
            let answer = [&8_i32.to_be_bytes()[..], &request.bytes()[8..12], b"done"].concat();
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    }

    fn got(&self) -> Vec<i32> {
        self.0.lock().unwrap().clone()
    }
}

struct Set {
    echo: Echo,
    proxy: Proxy,
    front: u16,
}

fn set() -> Set {
    let echo = Echo::default();
    let front = free_port();
    let upstream = echo.start();
    let proxy = Proxy::start(&[Route { front, upstream }], 1).unwrap();
    Set { echo, proxy, front }
}

impl Set {
    fn client(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.front)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

fn request(api_key: i16, id: i32, text: &str) -> Vec<u8> {
    let length = 8 + text.len() as i32;
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(api_key.to_be_bytes());
    bytes.extend(1_i16.to_be_bytes());
    bytes.extend(id.to_be_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

fn ask(client: &mut TcpStream, api_key: i16, id: i32, text: &str) {
    client.write_all(&request(api_key, id, text)).unwrap();
}

/// The correlation id of the next answer; `None`: the connection is over.
fn answer(client: &mut TcpStream) -> Option<i32> {
    let answer = Frame::read_answer(client).unwrap_or(None);
    answer.map(|answer| answer.answer_id())
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn without_a_fault_everything_passes_in_order() {
    let set = set();
    let mut client = set.client();
    (0..100).for_each(|id| ask(&mut client, api::FETCH, id, "topic"));
    for id in 0..100 {
        assert_eq!(answer(&mut client), Some(id));
    }
    let counts = set.proxy.counts();
    assert_eq!(
        (counts.connections, counts.requests, counts.answers),
        (1, 100, 100)
    );
    assert_eq!(
        counts.to_string(),
        "1 connections, 100 requests, 100 answers"
    );
}

#[test]
fn a_held_request_is_delivered_after_its_client_has_gone_and_in_order() {
    let set = set();
    let hold = Hold::new();
    let choice = Choice::of(api::END_TXN).containing("id-1");
    set.proxy
        .add(Rule::hold(choice, &hold, Meanwhile::Silence, Some(1)));
    let mut client = set.client();
    ask(&mut client, api::PRODUCE, 1, "id-1");
    ask(&mut client, api::END_TXN, 2, "id-2");
    ask(&mut client, api::END_TXN, 3, "id-1");
    ask(&mut client, api::END_TXN, 4, "id-1");
    assert_eq!(
        (answer(&mut client), answer(&mut client)),
        (Some(1), Some(2))
    );
    until("both are held: nothing overtakes on a connection", || {
        hold.len() == 2
    });
    drop(client);
    let mut other = set.client();
    ask(&mut other, api::END_TXN, 5, "id-1");
    assert_eq!(answer(&mut other), Some(5), "one was to be held, not more");
    until("the client's end is seen", || {
        set.proxy.nodes[0].open_connections() == 1
    });

    let released = set.proxy.release(&hold).unwrap();
    assert_eq!(set.echo.got(), [1, 2, 5, 3, 4]);
    let answers = released
        .late
        .iter()
        .map(|late| late.answer.as_ref().unwrap().answer_id());
    assert_eq!(answers.collect::<Vec<_>>(), [3, 4]);
    assert_eq!((set.proxy.counts().late, set.proxy.counts().held), (2, 2));
    assert!(hold.is_empty());
}

#[test]
fn a_held_request_whose_client_waits_goes_on_where_it_was() {
    let set = set();
    let hold = Hold::new();
    let choice = Choice::of(api::JOIN_GROUP);
    set.proxy
        .add(Rule::hold(choice, &hold, Meanwhile::Silence, Some(1)));
    let mut client = set.client();
    ask(&mut client, api::JOIN_GROUP, 1, "");
    ask(&mut client, api::HEARTBEAT, 2, "");
    until("both are held", || hold.len() == 2);
    assert_eq!(set.proxy.release(&hold).unwrap().resumed, 2);
    ask(&mut client, api::HEARTBEAT, 3, "");
    for id in 1..=3 {
        assert_eq!(answer(&mut client), Some(id));
    }
    assert_eq!(set.echo.got(), [1, 2, 3]);
}

#[test]
fn a_client_can_be_cut_off_the_moment_its_request_is_held() {
    let set = set();
    let hold = Hold::new();
    let choice = Choice::of(api::END_TXN);
    set.proxy
        .add(Rule::hold(choice, &hold, Meanwhile::Disconnect, Some(1)));
    let mut client = set.client();
    ask(&mut client, api::END_TXN, 1, "");
    assert_eq!(answer(&mut client), None);
    assert!(set.echo.got().is_empty());
    assert_eq!(set.proxy.release(&hold).unwrap().late.len(), 1);
    assert_eq!(set.echo.got(), [1]);
}

#[test]
fn a_request_is_cut_in_the_middle_and_an_answer_is_lost() {
    let set = set();
    let rule = |at, action| Rule {
        choice: Choice::of(api::PRODUCE),
        at,
        action,
        times: Some(1),
    };
    set.proxy.add(rule(Direction::Request, Action::Cut(6)));
    let mut client = set.client();
    ask(&mut client, api::PRODUCE, 1, "records");
    assert_eq!(answer(&mut client), None);
    assert!(set.echo.got().is_empty(), "half a frame is no request");

    set.proxy.add(rule(Direction::Answer, Action::Lose));
    let mut client = set.client();
    ask(&mut client, api::PRODUCE, 2, "records");
    assert_eq!(answer(&mut client), None);
    assert_eq!(set.echo.got(), [2], "done, and nobody was told");

    set.proxy.add(rule(Direction::Answer, Action::Cut(6)));
    let mut client = set.client();
    ask(&mut client, api::PRODUCE, 3, "records");
    let mut part = Vec::new();
    client.read_to_end(&mut part).unwrap();
    assert_eq!(part, [0, 0, 0, 8, 0, 0]);
    assert_eq!((set.proxy.counts().cut, set.proxy.counts().lost), (2, 1));
}

#[test]
fn what_falls_into_a_blackhole_arrives_when_it_is_over_even_from_the_dead() {
    let set = set();
    let mut client = set.client();
    ask(&mut client, api::FETCH, 1, "");
    assert_eq!(answer(&mut client), Some(1));
    set.proxy.weather(0).blackhole(true);
    ask(&mut client, api::FETCH, 2, "");
    let mut gone = set.client();
    ask(&mut gone, api::FETCH, 3, "");
    until("both are in it", || set.proxy.counts().stalled == 2);
    drop(gone);
    assert_eq!(set.echo.got(), [1]);
    set.proxy.weather(0).blackhole(false);
    assert_eq!(answer(&mut client), Some(2));
    until("the request of the dead arrives", || {
        set.echo.got().contains(&3)
    });
}

#[test]
fn connections_are_dropped_and_refused_and_come_back() {
    let set = set();
    let mut client = set.client();
    ask(&mut client, api::FETCH, 1, "");
    assert_eq!(answer(&mut client), Some(1));
    assert_eq!(set.proxy.drop_connections(0), 1);
    assert_eq!(answer(&mut client), None);

    set.proxy.weather(0).refuse(true);
    let connect = || TcpStream::connect(("127.0.0.1", set.front));
    until("nobody listens", || connect().is_err());
    set.proxy.calm();
    until("somebody listens again", || connect().is_ok());
    let mut client = set.client();
    ask(&mut client, api::FETCH, 2, "");
    assert_eq!(answer(&mut client), Some(2));
    let counts = set.proxy.counts();
    assert_eq!((counts.dropped_connections, counts.refusals), (1, 1));
}

#[test]
fn a_delay_makes_each_direction_slower() {
    let set = set();
    set.proxy.weather(0).delay(Direction::Request, 60..=80);
    set.proxy.weather(0).delay(Direction::Answer, 60..=80);
    let mut client = set.client();
    let began = Instant::now();
    ask(&mut client, api::FETCH, 1, "");
    assert_eq!(answer(&mut client), Some(1));
    assert!(began.elapsed() >= Duration::from_millis(120));
    assert_eq!(set.proxy.counts().delayed, 2);
}
