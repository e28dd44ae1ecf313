//! What a person can do about an error of the cluster.

use crate::error::KafkaError;
use crate::error_code::ErrorCode;

impl KafkaError {
    /// What a person can do about it; `None` where the message says all there is to say.
    pub fn way_out(&self) -> Option<&'static str> {
        Some(match self.code {
            ErrorCode::TRANSPORT
            | ErrorCode::ALL_BROKERS_DOWN
            | ErrorCode::RESOLVE
            | ErrorCode::TIMED_OUT => {
                "check that a broker is running there and that the address is right \
                 (--bootstrap-servers HOST:PORT); `sluicebox broker` starts one on this machine"
            }
            ErrorCode::AUTHENTICATION | ErrorCode::SASL_AUTHENTICATION_FAILED => {
                "check security.protocol and the sasl.* properties in the section \
                 [cluster.properties] of the config file"
            }
            ErrorCode::TOPIC_AUTHORIZATION_FAILED
            | ErrorCode::GROUP_AUTHORIZATION_FAILED
            | ErrorCode::CLUSTER_AUTHORIZATION_FAILED
            | ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED => {
                "ask whoever runs the cluster for an ACL that allows it, or use another user"
            }
            ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE => {
                "raise max.message.bytes of the topic"
            }
            ErrorCode::INVALID_REPLICATION_FACTOR => {
                "the cluster has fewer brokers than copies are wanted: start more brokers, or \
                 accept fewer copies with --replication-factor"
            }
            ErrorCode::UNKNOWN_TOPIC | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
                "`sluicebox topics list` shows what there is; `sluicebox topics create` makes the \
                 topics of the pipeline"
            }
            ErrorCode::TOPIC_ALREADY_EXISTS => {
                "existing topics are never altered; `sluicebox topics describe` shows how it is set up"
            }
            ErrorCode::UNSUPPORTED_VERSION | ErrorCode::UNSUPPORTED_FEATURE => {
                "the broker is too old or lacks the feature: use Apache Kafka 3 or later"
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_can_act_on_has_a_way_out() {
        let way_out = |code| KafkaError::new("try", code, "").way_out();
        assert!(
            way_out(ErrorCode::TRANSPORT).is_some_and(|help| help.contains("--bootstrap-servers"))
        );
        assert!(
            way_out(ErrorCode::INVALID_REPLICATION_FACTOR)
                .is_some_and(|help| help.contains("--replication-factor"))
        );
        assert_eq!(way_out(ErrorCode::STATE), None);
    }
}
