//! Whether the cluster lets us do what a part needs: asked at its start, so that all that is missing
//! is said at once, and not one right after the other as records come by.

use sluicebox_event::Plans;
use sluicebox_kafka::admin::{Operation, Rights};
use sluicebox_kafka::{Admin, KafkaError};

use super::problems;
use crate::exit::Failure;
use crate::settings::config::Config;

/// A part of the pipeline that asks the cluster for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Datagen,
    Processor,
    Sink,
    /// All of them.
    Run,
}

impl Part {
    /// The name that its clients have.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Datagen => "datagen",
            Self::Processor => "processor",
            Self::Sink => "sink",
            Self::Run => "run",
        }
    }
}

impl Part {
    /// The command that people know it by.
    fn verb(self) -> &'static str {
        match self {
            Self::Processor => "process",
            other => other.name(),
        }
    }
}

/// Something that an ACL is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Resource {
    Topic(String),
    Group(String),
}

/// What a part needs of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Need {
    resource: Resource,
    operations: Vec<Operation>,
}

/// Checks that the present user may do what a part needs. A cluster that does not tell rights is
/// taken at its word later, when it is asked for the thing itself.
///
/// # Errors
/// What is missing, and the commands that grant it.
pub(crate) fn check(
    config: &Config,
    admin: &Admin,
    plans: &Plans,
    part: Part,
) -> Result<(), Failure> {
    let missing = match missing(admin, needs(config, plans, part)) {
        Ok(missing) => missing,
        Err(error) => {
            tracing::debug!(%error, "the cluster does not tell rights");
            return Ok(());
        }
    };
    if missing.is_empty() {
        return Ok(());
    }
    let who = user(config);
    let all: Vec<_> = missing.iter().map(Need::described).collect();
    let what = format!(
        "{who} lacks rights that `{}` needs: {}",
        part.verb(),
        all.join("; ")
    );
    Err(Failure::Failed(problems::report(
        what,
        Some(grants(config, &missing)),
    )))
}

fn missing(admin: &Admin, needs: Vec<Need>) -> Result<Vec<Need>, KafkaError> {
    let mut missing = Vec::new();
    for need in needs {
        let rights = match &need.resource {
            Resource::Topic(topic) => admin.topic_rights(topic)?,
            Resource::Group(group) => admin.group_rights(group)?,
        };
        missing.extend(need.without(&rights));
    }
    Ok(missing)
}

impl Need {
    fn topic(name: &str, operations: &[Operation]) -> Self {
        Self {
            resource: Resource::Topic(name.to_owned()),
            operations: operations.to_vec(),
        }
    }

    fn group(name: &str) -> Self {
        Self {
            resource: Resource::Group(name.to_owned()),
            operations: vec![Operation::Read],
        }
    }

    /// What of it is not given; `None`: nothing.
    fn without(mut self, rights: &Rights) -> Option<Self> {
        self.operations
            .retain(|operation| !rights.allow(*operation));
        let implied =
            |operation: &Operation| matches!(operation, Operation::Read | Operation::Write);
        if self.operations.iter().any(implied) {
            // Whoever may read or write may see that it is there.
            self.operations
                .retain(|operation| *operation != Operation::Describe);
        }
        (!self.operations.is_empty()).then_some(self)
    }

    fn described(&self) -> String {
        let operations: Vec<_> = self.operations.iter().map(|op| op.name()).collect();
        match &self.resource {
            Resource::Topic(name) => format!("{} on topic {name}", operations.join(" and ")),
            Resource::Group(name) => format!("{} on group {name}", operations.join(" and ")),
        }
    }

    fn granted(&self) -> String {
        let operations: Vec<_> = (self.operations.iter())
            .map(|operation| format!("--operation {}", operation.name()))
            .collect();
        let resource = match &self.resource {
            Resource::Topic(name) => format!("--topic {name}"),
            Resource::Group(name) => format!("--group {name}"),
        };
        format!("{} {resource}", operations.join(" "))
    }
}

/// What each part does, as the table in docs/security.md has it.
fn needs(config: &Config, plans: &Plans, part: Part) -> Vec<Need> {
    use Operation::{Describe, DescribeConfigs, Read, Write};
    let outputs = [&config.topics.processed_data, &config.topics.dead_letters];
    let is = |one: Part| part == one || part == Part::Run;
    let mut needs = Vec::new();
    for stream in plans.streams() {
        let mut operations = vec![Describe, DescribeConfigs];
        operations.extend(is(Part::Processor).then_some(Read));
        operations.extend(is(Part::Datagen).then_some(Write));
        needs.push(Need::topic(stream.source_topic(), &operations));
    }
    if part != Part::Datagen {
        for output in outputs {
            let mut operations = vec![Describe, DescribeConfigs, Read];
            operations.extend(is(Part::Processor).then_some(Write));
            needs.push(Need::topic(output, &operations));
        }
    }
    needs.extend(is(Part::Processor).then(|| Need::group(&config.processor.group)));
    needs.extend(is(Part::Sink).then(|| Need::group(&config.sink.group)));
    needs
}

/// Who we are, as far as the configuration tells.
fn user(config: &Config) -> String {
    match config.cluster.properties.get("sasl.username") {
        Some(name) => format!("the user {name}"),
        None => "the user of this connection".to_owned(),
    }
}

fn grants(config: &Config, missing: &[Need]) -> String {
    let name = config.cluster.properties.get("sasl.username");
    let name = name.map_or("NAME", String::as_str);
    let servers = config.cluster.bootstrap_servers.as_deref().unwrap_or("…");
    let commands: Vec<_> = missing
        .iter()
        .map(|need| {
            let granted = need.granted();
            format!(
                "kafka-acls.sh --bootstrap-server {servers} --add --allow-principal User:{name} \
                 {granted}"
            )
        })
        .collect();
    format!(
        "have it granted by whoever runs the cluster:\n{}\ndocs/security.md lists what each part needs",
        commands.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_the_command_that_grants_it() {
        let need = Need::topic("events", &[Operation::Describe, Operation::Write]);
        assert_eq!(need.described(), "Describe and Write on topic events");
        assert_eq!(
            need.granted(),
            "--operation Describe --operation Write --topic events"
        );
        assert_eq!(Need::group("g").described(), "Read on group g");
    }
}
