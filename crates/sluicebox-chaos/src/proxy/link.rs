//! One connection of a client to a broker: a thread for each direction.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::Shared;
use super::frame::Frame;
use super::hold::{self, Behind, Parcel};
use super::limits::POLL;
use super::rules::{Action, Direction, Meanwhile};
use super::weather::Weather;

#[derive(Debug)]
pub(super) struct Link {
    node: usize,
    upstream: SocketAddr,
    client: TcpStream,
    server: TcpStream,
    weather: Arc<Weather>,
    shared: Arc<Shared>,
    closed: AtomicBool,
    /// What is to happen to the answer of a request, by its correlation id.
    answers: Mutex<HashMap<i32, Action>>,
}

/// Whether a direction goes on.
#[derive(Debug, PartialEq, Eq)]
enum Flow {
    GoOn,
    Close,
}

impl Link {
    pub(super) fn new(
        node: usize,
        upstream: SocketAddr,
        client: TcpStream,
        server: TcpStream,
        weather: Arc<Weather>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            node,
            upstream,
            client,
            server,
            weather,
            shared,
            closed: AtomicBool::new(false),
            answers: Mutex::default(),
        }
    }

    /// Passes frames on until either side closes.
    pub(super) fn run(self: &Arc<Self>) {
        let back = Arc::clone(self);
        let thread = thread::Builder::new().name(format!("proxy-{}-answers", self.node));
        let answers = thread.spawn(move || {
            let _ = back.pass_answers();
            back.close();
        });
        if let Ok(answers) = answers {
            let _ = self.pass_requests();
            self.close();
            let _ = answers.join();
        }
    }

    /// Closes both sides; whoever reads or writes returns.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        // Fails where the other side has closed already.
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }

    fn pass_requests(&self) -> io::Result<()> {
        let (mut client, mut server) = (&self.client, &self.server);
        let mut parcel: Option<Parcel> = None;
        while let Some(request) = Frame::read_request(&mut client).unwrap_or(None) {
            if let Some(answer) = self.rule(&request, Direction::Answer) {
                self.answers().insert(request.request_id(), answer);
            }
            let request = match &parcel {
                None => request,
                Some(behind) => match hold::keep_behind(behind, request) {
                    Behind::Free(request) => {
                        parcel = None;
                        request
                    }
                    Behind::Held => {
                        self.shared.counters.held.add(1);
                        continue;
                    }
                    Behind::Full => break,
                },
            };
            if self.endure(Direction::Request) == Flow::Close {
                break;
            }
            let flow = match self.rule(&request, Direction::Request) {
                None => {
                    self.shared.counters.requests.add(1);
                    server.write_all(request.bytes())?;
                    Flow::GoOn
                }
                Some(Action::Hold(hold, meanwhile)) => {
                    self.shared.counters.held.add(1);
                    let open = meanwhile == Meanwhile::Silence;
                    let resume = open.then(|| self.server.try_clone()).transpose()?;
                    parcel = Some(hold.keep(request, self.upstream, resume));
                    if open { Flow::GoOn } else { Flow::Close }
                }
                Some(action) => self.break_off(&action, &request, server),
            };
            if flow == Flow::Close {
                break;
            }
        }
        if let Some(parcel) = &parcel {
            hold::client_is_gone(parcel);
        }
        Ok(())
    }

    fn pass_answers(&self) -> io::Result<()> {
        let (mut client, mut server) = (&self.client, &self.server);
        while let Some(answer) = Frame::read_answer(&mut server)? {
            if self.endure(Direction::Answer) == Flow::Close {
                break;
            }
            let action = self.answers().remove(&answer.answer_id());
            if let Some(action) = action {
                self.break_off(&action, &answer, client);
                break;
            }
            // Before it is sent: whoever has read the answer finds it counted.
            self.shared.counters.answers.add(1);
            client.write_all(answer.bytes())?;
        }
        Ok(())
    }

    fn rule(&self, request: &Frame, at: Direction) -> Option<Action> {
        self.shared.rules.take(self.node, request, at)
    }

    /// Waits out a delay and a blackhole.
    fn endure(&self, direction: Direction) -> Flow {
        if let Some(delay) = self.weather.next_delay(direction) {
            self.shared.counters.delayed.add(1);
            thread::sleep(delay);
        }
        if self.weather.is_blackhole() {
            self.shared.counters.stalled.add(1);
        }
        while self.weather.is_blackhole() && !self.is_over() {
            thread::sleep(POLL);
        }
        if self.is_over() {
            Flow::Close
        } else {
            Flow::GoOn
        }
    }

    fn break_off(&self, action: &Action, frame: &Frame, mut to: &TcpStream) -> Flow {
        if let Action::Cut(bytes) = action {
            self.shared.counters.cut.add(1);
            let some = (*bytes).min(frame.bytes().len() - 1);
            // The connection ends either way.
            let _ = to.write_all(&frame.bytes()[..some]);
        } else {
            self.shared.counters.lost.add(1);
        }
        Flow::Close
    }

    fn is_over(&self) -> bool {
        self.closed.load(Ordering::Acquire) || self.shared.stopped.load(Ordering::Acquire)
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<i32, Action>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
