//! What an error means: the one place that decides.
//!
//! Everything that can fail in this crate ends in a [`KafkaError`] whose [`ErrorClass`] tells the
//! caller what to do. The decision is a table over error codes (`classify`) and, inside a
//! transaction, over the phase in which the error came (`classify_transaction`).

use std::fmt;

use crate::error_code::ErrorCode;

/// An operation of the client that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct KafkaError {
    /// What was being done, such as `commit a transaction`.
    pub operation: &'static str,
    /// The Kafka (or client) error code.
    pub code: ErrorCode,
    /// The topic concerned, if one is.
    pub topic: Option<String>,
    /// The partition concerned, if one is.
    pub partition: Option<i32>,
    /// What happened and what to do about it.
    pub message: String,
    /// What the caller does now.
    pub class: ErrorClass,
}

impl fmt::Display for KafkaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.operation)?;
        if let Some(topic) = &self.topic {
            write!(f, " (topic {topic}")?;
            if let Some(partition) = self.partition {
                write!(f, ", partition {partition}")?;
            }
            f.write_str(")")?;
        }
        write!(f, ": {} [{}]", self.message, self.code)
    }
}

/// What the caller does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Nothing happened; the same call can be made again after a pause.
    Retry,
    /// The transaction did not commit. Abandon the producer, connect a new one, and rewind every
    /// partition of the batch to where the transaction began (librdkafka #3257).
    AbortAndRewind,
    /// It is not known whether the transaction committed. Abandon the producer, connect a new one
    /// with the same id (which settles it), then start from the group's committed offsets.
    RebuildProducer,
    /// Somebody else holds the transactional id or the group membership now. Do not fight: stop
    /// using the id, rejoin as a new member.
    Fenced,
    /// The cluster lets us in no more, or does not let us do this; or we do not trust it. A person
    /// has to change that. At a start: stop and tell. Once running: nothing is lost by waiting, so
    /// tell, and try again (as after [`ErrorClass::AbortAndRewind`] where a transaction was open).
    Refused,
    /// Trying again cannot help. Stop and tell a person.
    Stop,
}

/// Where in a transaction an error came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionPhase {
    /// Before anything could have been decided: begin, send, flush, offsets.
    Open,
    /// The commit itself was under way.
    Committing,
}

impl KafkaError {
    /// An error without a topic, classed by its code.
    pub(crate) fn new(
        operation: &'static str,
        code: ErrorCode,
        message: impl Into<String>,
    ) -> Self {
        let class = classify(code);
        Self {
            operation,
            code,
            topic: None,
            partition: None,
            message: message.into(),
            class,
        }
    }

    /// A mistake in the configuration: trying again cannot help.
    pub(crate) fn configuration(operation: &'static str, message: impl Into<String>) -> Self {
        Self::new(operation, ErrorCode::INVALID_ARGUMENT, message)
    }

    /// The error of a failpoint: what a lost connection says, with the class that the place has.
    #[cfg(feature = "faults")]
    pub fn injected(operation: &'static str, class: ErrorClass) -> Self {
        Self::new(operation, ErrorCode::TRANSPORT, "lost by a failpoint").with_class(class)
    }

    /// Names the topic, and the partition, that the error is about.
    pub(crate) fn at(mut self, topic: &str, partition: Option<i32>) -> Self {
        self.topic = Some(topic.to_owned());
        self.partition = partition;
        self
    }

    /// Whether it tells of brokers that are away, slow, or changing their roles: whatever else
    /// happens around that time may come from it.
    pub fn is_cluster_trouble(&self) -> bool {
        is_cluster_trouble(self.code)
    }

    pub(crate) fn with_class(mut self, class: ErrorClass) -> Self {
        self.class = class;
        self
    }

    pub(crate) fn in_transaction(mut self, phase: TransactionPhase, requires_abort: bool) -> Self {
        self.class = classify_transaction(self.code, phase, requires_abort);
        self
    }
}

/// The class of an error outside a transaction.
pub(crate) fn classify(code: ErrorCode) -> ErrorClass {
    if is_fenced(code) {
        ErrorClass::Fenced
    } else if is_transient(code) {
        ErrorClass::Retry
    } else if is_refusal(code) {
        ErrorClass::Refused
    } else {
        ErrorClass::Stop
    }
}

/// The class of an error of a transactional producer.
///
/// While a transaction is open nothing has been decided, so it certainly did not commit. Once the
/// commit is under way only the coordinator's own refusal is certain: librdkafka repeats `EndTxn`
/// silently after a timeout and speaks its version 1, so that a delayed one can end a later
/// transaction of the same epoch (KAFKA-17754). Hence no producer survives an error here.
pub(crate) fn classify_transaction(
    code: ErrorCode,
    phase: TransactionPhase,
    requires_abort: bool,
) -> ErrorClass {
    if is_fenced(code) {
        return ErrorClass::Fenced;
    }
    if is_refusal(code) {
        return ErrorClass::Refused;
    }
    if is_hopeless(code) {
        return ErrorClass::Stop;
    }
    match phase {
        TransactionPhase::Open => ErrorClass::AbortAndRewind,
        TransactionPhase::Committing if requires_abort => ErrorClass::AbortAndRewind,
        TransactionPhase::Committing => ErrorClass::RebuildProducer,
    }
}

fn is_fenced(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::FENCED
            | ErrorCode::PRODUCER_FENCED
            | ErrorCode::INVALID_PRODUCER_EPOCH
            | ErrorCode::INVALID_PRODUCER_ID_MAPPING
            | ErrorCode::TRANSACTION_COORDINATOR_FENCED
            | ErrorCode::FENCED_INSTANCE_ID
            | ErrorCode::FENCED_MEMBER_EPOCH
            | ErrorCode::STALE_MEMBER_EPOCH
            | ErrorCode::UNKNOWN_MEMBER_ID
            | ErrorCode::ILLEGAL_GENERATION
    )
}

fn is_transient(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::TIMED_OUT
            | ErrorCode::TIMED_OUT_QUEUE
            | ErrorCode::MESSAGE_TIMED_OUT
            | ErrorCode::TRANSPORT
            | ErrorCode::ALL_BROKERS_DOWN
            | ErrorCode::RESOLVE
            | ErrorCode::DESTROY_BROKER
            | ErrorCode::QUEUE_FULL
            | ErrorCode::WAIT_COORDINATOR
            | ErrorCode::NO_ENTRY
            | ErrorCode::REQUEST_TIMED_OUT
            | ErrorCode::LEADER_NOT_AVAILABLE
            | ErrorCode::NOT_LEADER_OR_FOLLOWER
            | ErrorCode::NETWORK_EXCEPTION
            | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
            | ErrorCode::COORDINATOR_NOT_AVAILABLE
            | ErrorCode::NOT_COORDINATOR
            | ErrorCode::NOT_ENOUGH_REPLICAS
            | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
            | ErrorCode::REBALANCE_IN_PROGRESS
            | ErrorCode::NOT_CONTROLLER
            | ErrorCode::CONCURRENT_TRANSACTIONS
            | ErrorCode::UNSTABLE_OFFSET_COMMIT
            | ErrorCode::KAFKA_STORAGE_ERROR
            | ErrorCode::FENCED_LEADER_EPOCH
            | ErrorCode::UNKNOWN_LEADER_EPOCH
            | ErrorCode::OFFSET_NOT_AVAILABLE
    )
}

fn is_cluster_trouble(code: ErrorCode) -> bool {
    // The rest of the transient ones is everyday life between clients.
    let everyday = matches!(
        code,
        ErrorCode::QUEUE_FULL
            | ErrorCode::REBALANCE_IN_PROGRESS
            | ErrorCode::CONCURRENT_TRANSACTIONS
            | ErrorCode::UNSTABLE_OFFSET_COMMIT
    );
    code == ErrorCode::TRANSACTION_COORDINATOR_FENCED || (is_transient(code) && !everyday)
}

/// Nobody is let in, or not to this.
fn is_refusal(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::AUTHENTICATION
            | ErrorCode::SASL_AUTHENTICATION_FAILED
            | ErrorCode::SSL
            | ErrorCode::TOPIC_AUTHORIZATION_FAILED
            | ErrorCode::GROUP_AUTHORIZATION_FAILED
            | ErrorCode::CLUSTER_AUTHORIZATION_FAILED
            | ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    )
}

/// Errors inside a transaction that a new producer would only meet again.
fn is_hopeless(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::UNKNOWN_TOPIC
            | ErrorCode::UNKNOWN_PARTITION
            | ErrorCode::MESSAGE_TOO_LARGE
            | ErrorCode::RECORD_LIST_TOO_LARGE
            | ErrorCode::INVALID_RECORD
            | ErrorCode::POLICY_VIOLATION
            | ErrorCode::INVALID_TRANSACTION_TIMEOUT
            | ErrorCode::UNSUPPORTED_VERSION
            | ErrorCode::UNSUPPORTED_FEATURE
            | ErrorCode::INVALID_ARGUMENT
    )
}
