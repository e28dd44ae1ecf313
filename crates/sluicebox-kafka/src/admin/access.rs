//! What the present user may do with topics and groups, as the brokers tell it (KIP-430).

use std::ffi::c_char;

use rdkafka_sys as sys;

use super::Admin;
use super::request::{array, borrowed_error};
use crate::error::KafkaError;
use crate::error_code::ErrorCode;
use crate::ffi::c_string;

/// An operation that an ACL allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Read records, or join a group and commit its offsets.
    Read,
    /// Write records.
    Write,
    /// See that it exists.
    Describe,
    /// See how it is set up.
    DescribeConfigs,
}

impl Operation {
    /// As Kafka's own tools write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Describe => "Describe",
            Self::DescribeConfigs => "DescribeConfigs",
        }
    }

    fn number(self) -> i32 {
        use sys::rd_kafka_AclOperation_t as native;
        let native = match self {
            Self::Read => native::RD_KAFKA_ACL_OPERATION_READ,
            Self::Write => native::RD_KAFKA_ACL_OPERATION_WRITE,
            Self::Describe => native::RD_KAFKA_ACL_OPERATION_DESCRIBE,
            Self::DescribeConfigs => native::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS,
        };
        native as i32
    }
}

/// What the present user may do with a topic or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// `None`: the broker does not say, or there is no such topic.
    allowed: Option<Vec<i32>>,
}

impl Rights {
    /// Whether the operation is allowed, as far as is known.
    pub fn allow(&self, operation: Operation) -> bool {
        (self.allowed.as_ref()).is_none_or(|allowed| allowed.contains(&operation.number()))
    }

    const NONE: Self = Self {
        allowed: Some(Vec::new()),
    };
    const UNKNOWN: Self = Self { allowed: None };

    /// # Safety
    /// `operations` is null or points to `count` numbers.
    unsafe fn read(operations: *const sys::rd_kafka_AclOperation_t, count: usize) -> Self {
        if operations.is_null() {
            return Self::UNKNOWN;
        }
        // SAFETY: promised by the caller; read as plain numbers, since a broker may know more than
        // the bindings.
        let numbers = unsafe { std::slice::from_raw_parts(operations.cast::<i32>(), count) };
        Self {
            allowed: Some(numbers.to_vec()),
        }
    }
}

impl Admin {
    /// What the present user may do with a topic.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub fn topic_rights(&self, topic: &str) -> Result<Rights, KafkaError> {
        const OPERATION: &str = "ask for the rights on a topic";
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let name = c_string(topic)?;
        let mut names: [*const c_char; 1] = [name.as_ptr()];
        let client = self.client.as_ptr();
        let answer = self.ask(OPERATION, api, |options, queue| {
            options.include_rights();
            // SAFETY: all are alive; the request copies the name.
            unsafe {
                let topics =
                    sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
                sys::rd_kafka_DescribeTopics(client, topics, options.as_ptr(), queue);
                sys::rd_kafka_TopicCollection_destroy(topics);
            }
            Ok(())
        })?;
        // SAFETY: everything read belongs to the answer.
        unsafe {
            let result = sys::rd_kafka_event_DescribeTopics_result(answer.event());
            let mut count = 0;
            let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
            let Some(found) = array(topics, count).first() else {
                return Ok(Rights::UNKNOWN);
            };
            let error = sys::rd_kafka_TopicDescription_error(*found);
            if let Err(error) = borrowed_error(OPERATION, error) {
                return rights_after(error);
            }
            let operations =
                sys::rd_kafka_TopicDescription_authorized_operations(*found, &raw mut count);
            Ok(Rights::read(operations, count))
        }
    }

    /// What the present user may do with a group, which need not exist.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub fn group_rights(&self, group: &str) -> Result<Rights, KafkaError> {
        const OPERATION: &str = "ask for the rights on a group";
        let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
        let name = c_string(group)?;
        let mut names: [*const c_char; 1] = [name.as_ptr()];
        let client = self.client.as_ptr();
        let answer = self.ask(OPERATION, api, |options, queue| {
            options.include_rights();
            let (list, count) = (names.as_mut_ptr(), names.len());
            // SAFETY: all are alive; the request copies the name.
            unsafe {
                sys::rd_kafka_DescribeConsumerGroups(client, list, count, options.as_ptr(), queue);
            }
            Ok(())
        })?;
        // SAFETY: everything read belongs to the answer.
        unsafe {
            let result = sys::rd_kafka_event_DescribeConsumerGroups_result(answer.event());
            let mut count = 0;
            let groups = sys::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut count);
            let Some(found) = array(groups, count).first() else {
                return Ok(Rights::UNKNOWN);
            };
            let error = sys::rd_kafka_ConsumerGroupDescription_error(*found);
            if let Err(error) = borrowed_error(OPERATION, error) {
                return rights_after(error);
            }
            let operations = sys::rd_kafka_ConsumerGroupDescription_authorized_operations(
                *found,
                &raw mut count,
            );
            Ok(Rights::read(operations, count))
        }
    }
}

/// A refusal means that nothing is allowed, not even to see it. Anything else that a broker says of
/// one topic or group says nothing about rights.
fn rights_after(error: KafkaError) -> Result<Rights, KafkaError> {
    match error.code {
        ErrorCode::TOPIC_AUTHORIZATION_FAILED | ErrorCode::GROUP_AUTHORIZATION_FAILED => {
            Ok(Rights::NONE)
        }
        _ if error.class == crate::ErrorClass::Retry => Err(error),
        _ => Ok(Rights::UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_broker_does_not_say_is_taken_for_allowed_and_a_refusal_is_not() {
        assert!(Rights::UNKNOWN.allow(Operation::Write));
        assert!(!Rights::NONE.allow(Operation::Describe));
        let numbers = [Operation::Read.number(), 99];
        // SAFETY: two numbers.
        let rights = unsafe { Rights::read(numbers.as_ptr().cast(), numbers.len()) };
        assert!(rights.allow(Operation::Read) && !rights.allow(Operation::Write));
        let refused = |code| rights_after(KafkaError::new("ask", code, ""));
        assert_eq!(
            refused(ErrorCode::GROUP_AUTHORIZATION_FAILED),
            Ok(Rights::NONE)
        );
        assert_eq!(
            refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            Ok(Rights::UNKNOWN)
        );
        assert!(refused(ErrorCode::NOT_COORDINATOR).is_err());
    }
}
