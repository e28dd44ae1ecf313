//! Requests that wait a lost cluster out.

use std::time::Duration;

use sluicebox_kafka::{Consumer, ErrorClass, KafkaError};

use crate::backoff::Backoff;
use crate::error::PipelineError;
use crate::limits::LOSS_IS_NEW_MS;
use crate::stop::StopSignal;

/// What a member of a group that has no partitions waits for, when its client keeps losing
/// connections: it tries again at least every two seconds.
pub(crate) fn cluster_is_away(consumer: &Consumer) -> Option<String> {
    let refusal = consumer.refusal().or_else(|| consumer.login_refusal());
    if refusal.is_some() {
        return refusal;
    }
    let lately = Duration::from_millis(LOSS_IS_NEW_MS);
    let lost = consumer.last_loss()?;
    (lost.elapsed() < lately).then(|| consumer.troubles())
}

/// Who asks, how long it may take, and who can call it off.
#[derive(Debug, Clone)]
pub struct Patience {
    /// The addresses that are asked, for messages.
    pub servers: String,
    /// `None`: for ever.
    pub wait: Option<Duration>,
    /// Raised by who wants the end.
    pub stop: StopSignal,
    /// The task has worked already: being refused by the cluster is waited out as well.
    pub outwaits_refusals: bool,
}

impl Patience {
    /// Repeats `request` while it fails and may succeed later. `None`: the task is to end.
    /// `waiting` gets each failure, and `None` when a try succeeded after one.
    pub(crate) fn retry<T>(
        &self,
        mut waiting: impl FnMut(Option<&KafkaError>),
        mut request: impl FnMut() -> Result<T, KafkaError>,
    ) -> Result<Option<T>, PipelineError> {
        let mut backoff = Backoff::new();
        loop {
            let error = match request() {
                Ok(answer) => {
                    if backoff.tries() > 0 {
                        waiting(None);
                    }
                    return Ok(Some(answer));
                }
                Err(error) if self.ends_with(&error) => return Err(error.into()),
                Err(error) => error,
            };
            if let Some(wait) = self.wait.filter(|wait| backoff.elapsed() >= *wait) {
                let servers = self.servers.clone();
                return Err(PipelineError::NoCluster {
                    servers,
                    waited: wait,
                    last: error,
                });
            }
            waiting(Some(&error));
            if backoff.complains() {
                let waited_s = backoff.elapsed().as_secs();
                let help = (error.class == ErrorClass::Refused).then(|| error.way_out());
                let help = help.flatten();
                tracing::warn!(%error, help, servers = %self.servers, waited_s, "trying again");
            }
            if self.stop.sleep(backoff.pause()) >= crate::stop::StopLevel::Drain {
                return Ok(None);
            }
        }
    }

    fn ends_with(&self, error: &KafkaError) -> bool {
        match error.class {
            ErrorClass::Stop => true,
            ErrorClass::Refused => !self.outwaits_refusals,
            _ => false,
        }
    }
}
