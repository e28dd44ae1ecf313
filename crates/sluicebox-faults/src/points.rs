//! Every failpoint there is. A test holds this list and the sources together.

/// The process that a failpoint is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `sluicebox process`.
    Process,
    /// `sluicebox sink`.
    Sink,
    /// `sluicebox broker`.
    Broker,
}

/// A place where a program can be made to fail.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// What `FAILPOINTS` calls it.
    pub name: &'static str,
    /// Where it is.
    pub part: Part,
    /// Whether it takes `error`; every point takes `crash` and `delay`.
    pub fails: bool,
    /// Whether a program passes it again and again while it works, as opposed to when it starts or
    /// its group changes.
    pub steady: bool,
}

const fn point(name: &'static str, part: Part) -> Point {
    Point {
        name,
        part,
        fails: false,
        steady: true,
    }
}

impl Point {
    /// The last part of its name: the step that it is at.
    pub fn step(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    const fn fails(self) -> Self {
        Self {
            fails: true,
            ..self
        }
    }

    const fn rare(self) -> Self {
        Self {
            steady: false,
            ..self
        }
    }
}

/// All failpoints, in the order in which a record meets them.
pub const POINTS: &[Point] = &[
    point("process.connect.before", Part::Process)
        .rare()
        .fails(),
    point("process.connect.after", Part::Process).rare(),
    point("process.assign.before", Part::Process).rare(),
    point("process.poll.after", Part::Process),
    point("process.plan.after", Part::Process),
    point("process.submit.before", Part::Process),
    point("process.send.before", Part::Process).fails(),
    point("process.send.after", Part::Process).fails(),
    point("process.flush.after", Part::Process).fails(),
    point("process.offsets.before", Part::Process).fails(),
    point("process.commit.before", Part::Process).fails(),
    point("process.commit.sent", Part::Process).fails(),
    point("process.commit.after", Part::Process).fails(),
    point("process.rewind.before", Part::Process).rare(),
    point("process.revoke.before", Part::Process).rare(),
    point("process.revoke.settled", Part::Process).rare(),
    point("sink.lock", Part::Sink).rare().fails(),
    point("sink.open.checked", Part::Sink).rare(),
    point("sink.open.cut", Part::Sink).rare().fails(),
    point("sink.open.cut.sync", Part::Sink).rare().fails(),
    point("sink.create.write", Part::Sink).rare().fails(),
    point("sink.create.sync", Part::Sink).rare().fails(),
    point("sink.create.rename", Part::Sink).rare().fails(),
    point("sink.create.directory.sync", Part::Sink)
        .rare()
        .fails(),
    point("sink.checkpoint.write", Part::Sink).rare().fails(),
    point("sink.checkpoint.sync", Part::Sink).rare().fails(),
    point("sink.checkpoint.rename", Part::Sink).rare().fails(),
    point("sink.checkpoint.directory.sync", Part::Sink)
        .rare()
        .fails(),
    point("sink.assign.before", Part::Sink).rare(),
    point("sink.revoke.before", Part::Sink).rare(),
    point("sink.poll.after", Part::Sink),
    point("sink.rows.append", Part::Sink).fails(),
    point("sink.rows.sync", Part::Sink).fails(),
    point("sink.rows.synced", Part::Sink),
    point("sink.record.append", Part::Sink).fails(),
    point("sink.record.sync", Part::Sink).fails(),
    point("sink.record.synced", Part::Sink),
    point("sink.offsets.before", Part::Sink),
    point("sink.offsets.after", Part::Sink),
    point("broker.log.append", Part::Broker).fails(),
    point("broker.log.sync", Part::Broker).fails(),
    point("broker.log.synced", Part::Broker),
    point("broker.log.roll", Part::Broker).rare(),
    point("broker.journal.append", Part::Broker).fails(),
    point("broker.journal.sync", Part::Broker).fails(),
    point("broker.journal.synced", Part::Broker),
    point("broker.transaction.decided", Part::Broker),
    point("broker.transaction.marker", Part::Broker),
    point("broker.transaction.offsets", Part::Broker),
    point("broker.transaction.marked", Part::Broker),
    point("broker.transaction.resume", Part::Broker).rare(),
];

/// The failpoint of that name.
pub fn find(name: &str) -> Option<&'static Point> {
    POINTS.iter().find(|point| point.name == name)
}
