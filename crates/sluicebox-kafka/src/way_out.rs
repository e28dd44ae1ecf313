//! What a person can do about an error of the cluster.

use crate::error::KafkaError;
use crate::error_code::ErrorCode;

impl KafkaError {
    /// What a person can do about it; `None` where the message says all there is to say.
    pub fn way_out(&self) -> Option<String> {
        if let Some(grant) = self.grant() {
            return Some(grant);
        }
        self.advice().map(str::to_owned)
    }

    fn advice(&self) -> Option<&'static str> {
        Some(match self.code {
            ErrorCode::TRANSPORT
            | ErrorCode::ALL_BROKERS_DOWN
            | ErrorCode::RESOLVE
            | ErrorCode::TIMED_OUT => {
                "check that a broker is running there and that the address is right \
                 (--bootstrap-servers HOST:PORT); `sluicebox broker` starts one on this machine"
            }
            ErrorCode::AUTHENTICATION | ErrorCode::SASL_AUTHENTICATION_FAILED => {
                "check sasl.mechanism, sasl.username and the password or token, under \
                 [cluster.properties] and [cluster.property_files] of the config file or in \
                 SLUICEBOX_KAFKA_… variables; `sluicebox config show` prints where each comes from"
            }
            ErrorCode::SSL => self.tls_advice(),
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

impl KafkaError {
    /// What to do about TLS depends on who refuses whom.
    fn tls_advice(&self) -> &'static str {
        let about = |part: &str| self.message.contains(part);
        if about("another host name") {
            "use an address of the broker that is in its certificate (subjectAltName), in \
             --bootstrap-servers and in the broker's advertised.listeners, or have a certificate made \
             with the name that is used"
        } else if about("has expired") || about("not valid yet") {
            "whoever runs the cluster has to renew the broker's certificate; look at this machine's \
             clock as well"
        } else if about("nobody that is trusted") {
            "set ssl.ca.location to a file with the certificate of the authority that signed the \
             broker's, under [cluster.properties] or in SLUICEBOX_KAFKA_SSL_CA_LOCATION"
        } else if about("alert") {
            "the broker refuses us: it wants a client certificate that it trusts \
             (ssl.certificate.location and ssl.key.location) and that is in date; its log says more"
        } else {
            "check security.protocol, the port, and the ssl.* properties under [cluster.properties]"
        }
    }

    /// The command that gives the right that is missing.
    fn grant(&self) -> Option<String> {
        let reads = self.operation.starts_with("read") || self.operation.starts_with("subscribe");
        let (operation, resource) = match self.code {
            ErrorCode::TOPIC_AUTHORIZATION_FAILED => {
                let operation = if self.operation.starts_with("describe") {
                    "Describe"
                } else if self.operation.contains("settings") {
                    "DescribeConfigs"
                } else if self.operation.contains("create") {
                    "Create"
                } else if reads {
                    "Read"
                } else {
                    "Write"
                };
                let topic = self.topic.as_deref().unwrap_or("TOPIC");
                (operation, format!("--topic {topic}"))
            }
            ErrorCode::GROUP_AUTHORIZATION_FAILED => {
                let sees = self.operation.starts_with("describe");
                let operation = if sees { "Describe" } else { "Read" };
                (operation, "--group GROUP".to_owned())
            }
            ErrorCode::CLUSTER_AUTHORIZATION_FAILED if self.operation.contains("create") => {
                ("Create", "--cluster".to_owned())
            }
            ErrorCode::CLUSTER_AUTHORIZATION_FAILED => (
                "Write",
                "--topic TOPIC (whoever may write to any topic may write idempotently; brokers \
                 before 2.8 want IdempotentWrite on the cluster)"
                    .to_owned(),
            ),
            ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED => (
                "Write --operation Describe",
                "--transactional-id GROUP- --resource-pattern-type prefixed".to_owned(),
            ),
            _ => return None,
        };
        Some(format!(
            "have it granted: kafka-acls.sh --bootstrap-server … --add --allow-principal User:… \
             --operation {operation} {resource}; docs/security.md lists what each part needs"
        ))
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

    #[test]
    fn a_right_that_is_missing_comes_with_the_command_that_grants_it() {
        for (operation, code, expected) in [
            (
                "read records",
                ErrorCode::TOPIC_AUTHORIZATION_FAILED,
                "--operation Read --topic events;",
            ),
            (
                "flush a transaction",
                ErrorCode::TOPIC_AUTHORIZATION_FAILED,
                "--operation Write --topic events;",
            ),
            (
                "take over the transactional id",
                ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                "--transactional-id GROUP- --resource-pattern-type prefixed",
            ),
            (
                "read records",
                ErrorCode::GROUP_AUTHORIZATION_FAILED,
                "--operation Read --group",
            ),
        ] {
            let error = KafkaError::new(operation, code, "").at("events", None);
            let help = error.way_out().unwrap();
            assert!(help.contains(expected), "{help}");
        }
    }

    #[test]
    fn what_to_do_about_a_certificate_depends_on_what_is_wrong_with_it() {
        let help = |message| {
            KafkaError::new("try", ErrorCode::SSL, message)
                .way_out()
                .unwrap()
        };
        assert!(help("… is not accepted: it is for another host name").contains("subjectAltName"));
        assert!(help("… is not accepted: it has expired").contains("renew"));
        assert!(help("… signed by nobody that is trusted here").contains("ssl.ca.location"));
        assert!(help("tlsv13 alert certificate required").contains("client certificate"));
    }
}
