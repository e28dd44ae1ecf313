//! Topics, groups and users of one test, and the program started as one of the users.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use sluicebox_conformance::real_kafka::{Acl, Change};

use super::documented::documented;
use super::stage::{Stage, password};
use super::support::{output, sluicebox, text};

/// How many commands were started: each has a number.
static COMMANDS: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Tenant {
    pub(crate) stage: &'static Stage,
    name: &'static str,
    pub(crate) dir: tempfile::TempDir,
}

impl Tenant {
    /// With its topics, and no rights yet.
    pub(crate) fn new(stage: &'static Stage, name: &'static str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tenant = Self { stage, name, dir };
        let config = tenant.write("super.toml", &tenant.topics());
        let mut create = sluicebox();
        create.args([
            "topics",
            "create",
            "--bootstrap-servers",
            &stage.direct,
            "--config",
        ]);
        let result = output(create.arg(config));
        assert!(result.status.success(), "{}", text(&result.stderr));
        tenant
    }

    /// With the rights that docs/security.md lists.
    pub(crate) fn with_rights(stage: &'static Stage, name: &'static str) -> Self {
        let tenant = Self::new(stage, name);
        let all: Vec<_> = documented()
            .into_iter()
            .map(|(user, arguments)| tenant.acl(&user, &arguments))
            .collect();
        stage.cluster().change_acls(Change::Give, &all).unwrap();
        tenant
    }

    pub(crate) fn user(&self, role: &str) -> String {
        format!("{}-{role}", self.name)
    }

    /// The tenant's own name of a topic or group.
    pub(crate) fn own(&self, name: &str) -> String {
        format!("{}.{name}", self.name)
    }

    /// A documented right, of the tenant's user, on the tenant's own topics and groups.
    pub(crate) fn acl(&self, role: &str, arguments: &str) -> Acl {
        let words: Vec<_> = arguments.split_whitespace().collect();
        let mut owned = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let before = place.checked_sub(1).map(|before| words[before]);
            owned.push(match before {
                Some("--topic" | "--group" | "--transactional-id") => self.own(word),
                _ => (*word).to_owned(),
            });
        }
        Acl::of(&self.user(role), &owned.join(" "))
    }

    pub(crate) fn change(&self, change: Change, role: &str, arguments: &str) {
        let acl = [self.acl(role, arguments)];
        self.stage.cluster().change_acls(change, &acl).unwrap();
    }

    fn topics(&self) -> String {
        format!(
            "[topics]\nprocessed_data = \"{}\"\ndead_letters = \"{}\"\n\
             [streams.topics]\nsensor = \"{}\"\nactivity = \"{}\"\n\
             [processor]\ngroup = \"{}\"\n[sink]\ngroup = \"{}\"\n",
            self.own("processed_data"),
            self.own("dead_letters"),
            self.own("sensor_data"),
            self.own("user_activity"),
            self.own("processor-group"),
            self.own("sink-group"),
        )
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// What a user of the tenant logs in with, and where.
    pub(crate) fn login(&self, role: &str) -> Login {
        let user = self.user(role);
        let secret = self.write(
            &format!("{user}.password"),
            &format!("{}\n", password(&user)),
        );
        let certificates = &self.stage.certificates;
        let pairs = [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.username", &user),
            ("ssl.ca.location", &shown(&certificates.authority_file())),
            // Listeners are on 127.0.0.1; the name may stand for ::1 as well.
            ("broker.address.family", "v4"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Login {
            servers: self.stage.servers.login.clone(),
            properties: pairs.into(),
            files: [("sasl.password".to_owned(), secret)].into(),
        }
    }

    /// The program as a user with the documented login.
    pub(crate) fn command(&self, role: &str, args: &[&str]) -> Command {
        self.command_with(&self.login(role), args)
    }

    /// The program with another login. Its output goes to pipes.
    pub(crate) fn command_with(&self, login: &Login, args: &[&str]) -> Command {
        let table = |title: &str, pairs: Vec<(&String, String)>| {
            let lines = pairs.iter();
            let lines = lines.map(|(name, value)| format!("\"{name}\" = \"{value}\"\n"));
            format!("[{title}]\n{}", lines.collect::<String>())
        };
        let properties = login.properties.iter();
        let properties = properties
            .map(|(name, value)| (name, value.clone()))
            .collect();
        let files = login.files.iter();
        let files = files.map(|(name, path)| (name, shown(path))).collect();
        let content = format!(
            "[cluster]\nbootstrap_servers = \"{}\"\n{}{}{}",
            login.servers,
            table("cluster.properties", properties),
            table("cluster.property_files", files),
            self.topics(),
        );
        // A file for each command: they run at the same time, and one that is being written again is empty
        // for a moment, which means the defaults to whoever reads it then.
        let number = COMMANDS.fetch_add(1, Ordering::Relaxed);
        let config = self.write(&format!("{number}.toml"), &content);
        let mut command = sluicebox();
        command.args(args).arg("--config").arg(config);
        command.arg("--output-dir").arg(self.out());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    /// Runs a command that must succeed, and tells what it printed.
    pub(crate) fn done(&self, role: &str, args: &[&str]) -> String {
        let result = output(&mut self.command(role, args));
        let said = text(&result.stdout) + &text(&result.stderr);
        assert!(result.status.success(), "{role} {args:?}: {said}");
        said
    }
}

/// Where and with what the program logs in.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) servers: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, PathBuf>,
}

impl Login {
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.properties.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.properties.remove(name);
        self.files.remove(name);
        self
    }

    pub(crate) fn at(mut self, servers: &str) -> Self {
        servers.clone_into(&mut self.servers);
        self
    }
}

pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}
