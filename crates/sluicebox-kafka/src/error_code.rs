//! Error codes: Kafka's own numbers, and negative ones for what the client itself finds.

use std::collections::HashMap;
use std::ffi::CStr;
use std::fmt;
use std::sync::OnceLock;

use rdkafka_sys as sys;

/// A Kafka protocol error code, or a negative number for an error found by the client.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(i32);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* pub const $name: ErrorCode = ErrorCode($number);)*

            /// The codes that this crate names, with their names.
            pub(crate) const NAMED: &'static [(&'static str, ErrorCode)] =
                &[$((stringify!($name), ErrorCode($number)),)*];
        }
    };
}

codes! {
    /// No connection, or it broke.
    TRANSPORT = -195;
    /// The name of a broker could not be resolved.
    RESOLVE = -193;
    /// A record was not acknowledged in time.
    MESSAGE_TIMED_OUT = -192;
    /// The end of a partition is reached: no failure.
    PARTITION_EOF = -191;
    /// The partition does not exist in the cluster.
    UNKNOWN_PARTITION = -190;
    /// The topic does not exist in the cluster.
    UNKNOWN_TOPIC = -188;
    /// No broker can be reached.
    ALL_BROKERS_DOWN = -187;
    /// A value that the client cannot accept.
    INVALID_ARGUMENT = -186;
    /// The client gave up waiting.
    TIMED_OUT = -185;
    /// The client's queue is full.
    QUEUE_FULL = -184;
    /// TLS with a broker failed.
    SSL = -181;
    /// The group's coordinator is not known yet.
    WAIT_COORDINATOR = -180;
    /// Authentication with a broker failed.
    AUTHENTICATION = -169;
    /// The request waited too long in the client's queue.
    TIMED_OUT_QUEUE = -166;
    /// The broker does not have a feature that is needed.
    UNSUPPORTED_FEATURE = -165;
    /// A call in the wrong state.
    STATE = -172;
    /// The client finds none; above all, no leader of a partition at the moment.
    NO_ENTRY = -156;
    /// A fatal error of the client instance.
    FATAL = -150;
    /// The client's state and the broker's do not agree.
    INCONSISTENT = -149;
    /// The application did not poll for `max.poll.interval.ms`.
    MAX_POLL_EXCEEDED = -147;
    /// Another producer took the transactional id.
    FENCED = -144;
    /// The position lies outside the log and must not be reset.
    AUTO_OFFSET_RESET = -140;
    /// The partition's log was cut and records may be lost.
    LOG_TRUNCATION = -139;
    /// The client replaced the connection that a request was waiting on.
    DESTROY_BROKER = -137;
    /// No error.
    NONE = 0;
    /// The position lies outside the log.
    OFFSET_OUT_OF_RANGE = 1;
    /// The broker does not know the topic or partition.
    UNKNOWN_TOPIC_OR_PARTITION = 3;
    /// The partition has no leader at the moment.
    LEADER_NOT_AVAILABLE = 5;
    /// The broker does not lead the partition any more.
    NOT_LEADER_OR_FOLLOWER = 6;
    /// The broker timed out.
    REQUEST_TIMED_OUT = 7;
    /// The record is larger than the topic allows.
    MESSAGE_TOO_LARGE = 10;
    /// The broker lost a connection.
    NETWORK_EXCEPTION = 13;
    /// The coordinator is loading.
    COORDINATOR_LOAD_IN_PROGRESS = 14;
    /// There is no coordinator yet.
    COORDINATOR_NOT_AVAILABLE = 15;
    /// The broker does not coordinate the group or transaction any more.
    NOT_COORDINATOR = 16;
    /// The topic's name is not valid.
    INVALID_TOPIC_EXCEPTION = 17;
    /// The batch is larger than the topic allows.
    RECORD_LIST_TOO_LARGE = 18;
    /// Too few replicas are in sync.
    NOT_ENOUGH_REPLICAS = 19;
    /// Too few replicas were in sync after the append.
    NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20;
    /// The group has moved on to a later generation.
    ILLEGAL_GENERATION = 22;
    /// The group does not know the member any more.
    UNKNOWN_MEMBER_ID = 25;
    /// The group is rebalancing.
    REBALANCE_IN_PROGRESS = 27;
    /// No right to the topic.
    TOPIC_AUTHORIZATION_FAILED = 29;
    /// No right to the group.
    GROUP_AUTHORIZATION_FAILED = 30;
    /// No right to the cluster.
    CLUSTER_AUTHORIZATION_FAILED = 31;
    /// The broker does not speak the version.
    UNSUPPORTED_VERSION = 35;
    /// The topic exists already.
    TOPIC_ALREADY_EXISTS = 36;
    /// The number of partitions is not valid.
    INVALID_PARTITIONS = 37;
    /// The cluster is too small for the replication factor.
    INVALID_REPLICATION_FACTOR = 38;
    /// A setting is not one, or its value is not possible.
    INVALID_CONFIG = 40;
    /// The broker is not the controller.
    NOT_CONTROLLER = 41;
    /// A policy of the cluster forbids it.
    POLICY_VIOLATION = 44;
    /// The producer's epoch is old.
    INVALID_PRODUCER_EPOCH = 47;
    /// The transaction is in another state.
    INVALID_TXN_STATE = 48;
    /// The transactional id has expired or belongs to another producer.
    INVALID_PRODUCER_ID_MAPPING = 49;
    /// The broker does not allow so long a transaction.
    INVALID_TRANSACTION_TIMEOUT = 50;
    /// The transaction before is still being ended.
    CONCURRENT_TRANSACTIONS = 51;
    /// The transaction coordinator was replaced.
    TRANSACTION_COORDINATOR_FENCED = 52;
    /// No right to the transactional id.
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53;
    /// The broker's disk is in trouble.
    KAFKA_STORAGE_ERROR = 56;
    /// SASL authentication failed.
    SASL_AUTHENTICATION_FAILED = 58;
    /// The group has members and cannot be altered.
    NON_EMPTY_GROUP = 68;
    /// The group does not exist.
    GROUP_ID_NOT_FOUND = 69;
    /// The leader epoch is old.
    FENCED_LEADER_EPOCH = 74;
    /// The leader epoch is not known yet.
    UNKNOWN_LEADER_EPOCH = 75;
    /// The leader is new and does not know yet how far its partition is replicated (KIP-207).
    OFFSET_NOT_AVAILABLE = 78;
    /// Another member has taken the instance id.
    FENCED_INSTANCE_ID = 82;
    /// The record broke a rule of the broker.
    INVALID_RECORD = 87;
    /// Offsets of a pending transaction are not stable yet.
    UNSTABLE_OFFSET_COMMIT = 88;
    /// Another producer took the transactional id.
    PRODUCER_FENCED = 90;
    /// The member's epoch was fenced (KIP-848).
    FENCED_MEMBER_EPOCH = 110;
    /// The member's epoch is old (KIP-848).
    STALE_MEMBER_EPOCH = 113;
}

impl ErrorCode {
    /// The code with this number.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// The number on the wire; negative for errors of the client.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// A stable name, such as `UNKNOWN_TOPIC_OR_PARTITION`; `UNKNOWN` for a number without one.
    pub fn name(self) -> &'static str {
        if let Some((name, _)) = Self::NAMED.iter().find(|(_, code)| *code == self) {
            return name;
        }
        descriptions()
            .get(&self.0)
            .map_or("UNKNOWN", |entry| entry.0)
    }

    /// A sentence about the code, as the client library has it.
    pub fn description(self) -> &'static str {
        descriptions()
            .get(&self.0)
            .map_or("an error code that this client does not know", |e| e.1)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "UNKNOWN" if self.0 != -1 => write!(f, "UNKNOWN({})", self.0),
            name => f.write_str(name),
        }
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// librdkafka's table of codes: number -> (name, sentence).
fn descriptions() -> &'static HashMap<i32, (&'static str, &'static str)> {
    static TABLE: OnceLock<HashMap<i32, (&'static str, &'static str)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut first = std::ptr::null();
        let mut count = 0usize;
        // SAFETY: the call only writes the address and length of a static table.
        unsafe { sys::rd_kafka_get_err_descs(&raw mut first, &raw mut count) };
        let mut table = HashMap::new();
        for index in 0..count {
            // SAFETY: `index < count`; the code is read as a plain number, because gaps in the
            // table are zeroed entries and the Rust enum must never see a number it lacks.
            let (number, name, text) = unsafe {
                let entry = first.add(index);
                (
                    (&raw const (*entry).code).cast::<i32>().read(),
                    (*entry).name,
                    (*entry).desc,
                )
            };
            if !name.is_null() && !text.is_null() {
                // SAFETY: both are static NUL-terminated ASCII strings of librdkafka.
                let (name, text) = unsafe { (CStr::from_ptr(name), CStr::from_ptr(text)) };
                if let (Ok(name), Ok(text)) = (name.to_str(), text.to_str()) {
                    table.insert(number, (name, text));
                }
            }
        }
        table
    })
}
