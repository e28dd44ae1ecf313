//! Rights and passwords, given and taken by Kafka's own command line tools.

use std::io;

use super::super::KafkaCluster;

const ACLS: &str = "org.apache.kafka.tools.AclCommand";
const CONFIGS: &str = "kafka.admin.ConfigCommand";

/// Given or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// `--add`
    Give,
    /// `--remove`
    Take,
}

/// Rights as `kafka-acls.sh` is told them: `--operation Read --topic events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    /// Without the `User:` before it.
    pub user: String,
    /// Operations and resources.
    pub arguments: Vec<String>,
}

impl Acl {
    /// Rights of a user, with the arguments of the tool in one text.
    pub fn of(user: &str, arguments: &str) -> Self {
        Self {
            user: user.to_owned(),
            arguments: arguments.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

impl KafkaCluster {
    /// Gives or takes rights. Returns when the brokers know it.
    ///
    /// # Errors
    /// What the tool said when it failed.
    pub fn change_acls(&self, change: Change, acls: &[Acl]) -> io::Result<()> {
        let tools: Vec<_> = acls
            .iter()
            .map(|acl| {
                let mut tool = self.assembly().command(ACLS);
                tool.args(["--bootstrap-server", self.direct_servers()]);
                match change {
                    Change::Give => tool.arg("--add"),
                    Change::Take => tool.args(["--remove", "--force"]),
                };
                tool.args(["--allow-principal", &format!("User:{}", acl.user)]);
                tool.args(&acl.arguments);
                let pipe = std::process::Stdio::piped;
                tool.stdout(pipe()).stderr(pipe()).spawn()
            })
            .collect();
        for tool in tools {
            succeeded(tool?.wait_with_output()?)?;
        }
        Ok(())
    }

    /// Gives a user another password for SCRAM-SHA-512: brokers change one mechanism at a time.
    ///
    /// # Errors
    /// What the tool said when it failed.
    pub fn change_password(&self, user: &str, password: &str) -> io::Result<()> {
        let scram = format!("SCRAM-SHA-512=[password={password}]");
        let servers = ["--bootstrap-server", self.direct_servers()];
        let who = ["--entity-type", "users", "--entity-name", user];
        let what = ["--alter", "--add-config", &scram];
        succeeded(
            self.assembly()
                .run(CONFIGS, &[&servers[..], &who, &what].concat())?,
        )
    }
}

fn succeeded(output: std::process::Output) -> io::Result<()> {
    // The tools end with 0 after some failures.
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let failed = !output.status.success() || said.contains("Error while executing");
    if failed {
        Err(io::Error::other(said))
    } else {
        Ok(())
    }
}
