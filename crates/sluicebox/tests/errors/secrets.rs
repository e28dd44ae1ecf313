//! Secrets come in by file or environment, and never go out.

use crate::support::{Broker, ends_with, output, says, sluicebox, text};

const CANARY: &str = "canary-7c1f";

fn config(more: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret.toml");
    let text = format!(
        "[cluster.properties]\n\"security.protocol\" = \"sasl_plaintext\"\n\
         \"sasl.mechanism\" = \"PLAIN\"\n\"sasl.username\" = \"me\"\n\
         \"sasl.password\" = \"{CANARY}\"\n{more}"
    );
    std::fs::write(&file, text).unwrap();
    (dir, file)
}

#[test]
fn a_secret_on_the_command_line_is_refused_without_repeating_it() {
    let property = format!("sasl.password={CANARY}");
    let said = ends_with(2, sluicebox().args(["run", "--kafka", &property]));
    says(
        &said,
        &["`sasl.password` is a secret", "configuration file"],
    );
    assert!(!said.contains(CANARY), "{said}");
}

#[test]
fn a_secret_is_in_no_output_and_no_log() {
    let (_dir, file) = config("");
    for args in [
        &["config", "show"][..],
        &["config", "check"],
        &[
            "topics",
            "list",
            "--bootstrap-servers",
            "127.0.0.1:1",
            "--wait",
            "500ms",
        ],
        &[
            "process",
            "--bootstrap-servers",
            "127.0.0.1:1",
            "--wait",
            "500ms",
        ],
        &[
            "status",
            "--bootstrap-servers",
            "127.0.0.1:1",
            "--wait",
            "500ms",
            "--log-format",
            "json",
        ],
    ] {
        let mut command = sluicebox();
        command
            .args(args)
            .args(["-vv", "--config"])
            .arg(&file)
            .env("RUST_LOG", "trace");
        let result = output(&mut command);
        let said = text(&result.stdout) + &text(&result.stderr);
        assert!(
            !said.is_empty() && !said.contains(CANARY),
            "{args:?}: {said}"
        );
    }
}

#[test]
fn a_mistake_beside_a_secret_does_not_show_it() {
    let (_dir, file) = config("[datagen]\nraet = 5\n");
    let said = ends_with(2, sluicebox().args(["config", "check"]).arg(&file));
    says(&said, &["unknown key `raet`", "did you mean `rate`?"]);
    assert!(!said.contains(CANARY), "{said}");
    let (_dir, file) = config("not toml");
    let said = ends_with(2, sluicebox().args(["config", "check"]).arg(&file));
    says(&said, &["this is not TOML"]);
    assert!(!said.contains(CANARY), "{said}");
}

#[test]
fn a_secret_in_a_broken_variable_is_not_repeated() {
    let said = ends_with(
        2,
        sluicebox()
            .args(["config", "check"])
            .env("SLUICEBOX_KAFKA", CANARY),
    );
    says(&said, &["SLUICEBOX_KAFKA", "KEY=VALUE"]);
    assert!(!said.contains(CANARY), "{said}");
}

/// The commands that talk to a cluster, as loud as they get, with what the client library itself logs.
fn loud(address: &str) -> Vec<std::process::Command> {
    let verbs: [&[&str]; 6] = [
        &["topics", "list"],
        &["status"],
        &["process"],
        &["sink"],
        &["datagen", "all", "--records", "1"],
        &["verify"],
    ];
    let command = |verb: &&[&str]| {
        let mut command = sluicebox();
        command
            .args(*verb)
            .args(["-vv", "--wait", "1s", "--kafka", "debug=all"])
            .args(["--bootstrap-servers", address])
            .env("RUST_LOG", "trace");
        command
    };
    verbs.iter().map(command).collect()
}

#[test]
fn secrets_from_files_and_variables_are_in_no_output_and_no_log() {
    let dir = tempfile::tempdir().unwrap();
    let (secret, broker_dir) = (dir.path().join("secret"), dir.path().join("broker"));
    std::fs::write(&secret, format!("{CANARY}\n")).unwrap();
    // It knows no login: the client gets as far as it can, and says all about it.
    let broker = Broker::start(&broker_dir, "127.0.0.1:0");
    for file in [false, true] {
        let given = |command: &mut std::process::Command| {
            command
                .env("SLUICEBOX_KAFKA_SECURITY_PROTOCOL", "sasl_plaintext")
                .env("SLUICEBOX_KAFKA_SASL_MECHANISM", "PLAIN")
                .env("SLUICEBOX_KAFKA_SASL_USERNAME", "me");
            match file {
                true => command.env("SLUICEBOX_KAFKA_SASL_PASSWORD_FILE", &secret),
                false => command.env("SLUICEBOX_KAFKA_SASL_PASSWORD", CANARY),
            };
        };
        let mut commands = loud(&broker.address);
        for command in &mut commands {
            command.arg("--output-dir").arg(dir.path().join("out"));
        }
        let mut show = sluicebox();
        show.args(["config", "show", "-vv"]);
        let mut help = sluicebox();
        help.args(["run", "--help"]);
        commands.extend([show, help]);
        for mut command in commands {
            given(&mut command);
            let result = output(&mut command);
            let said = text(&result.stdout) + &text(&result.stderr);
            assert!(
                !said.is_empty() && !said.contains(CANARY),
                "{command:?}: {said}"
            );
        }
    }
}

#[test]
fn a_secret_file_is_shown_by_its_name_and_a_missing_one_is_told() {
    let said = ends_with(
        0,
        sluicebox().args(["config", "show"]).env(
            "SLUICEBOX_KAFKA_SASL_PASSWORD_FILE",
            "/run/secrets/password",
        ),
    );
    says(&said, &["\"sasl.password\" = \"/run/secrets/password\""]);
    let said = ends_with(
        2,
        sluicebox().args([
            "topics",
            "list",
            "--kafka-file",
            "sasl.password=/no/such/file",
        ]),
    );
    says(
        &said,
        &[
            "the file /no/such/file of `sasl.password` cannot be read",
            "readable for the user that runs sluicebox",
        ],
    );
}

#[test]
fn a_value_and_a_file_replace_one_another() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    let text = "[cluster.property_files]\n\"sasl.password\" = \"/run/secrets/password\"\n";
    std::fs::write(&file, text).unwrap();
    let said = ends_with(
        0,
        sluicebox()
            .args(["config", "show", "--config"])
            .arg(&file)
            .env("SLUICEBOX_KAFKA_SASL_PASSWORD", CANARY),
    );
    assert!(!said.contains("/run/secrets"), "{said}");
    says(&said, &["\"sasl.password\" = \"********\""]);
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_build_without_tls_says_so_when_it_is_asked_for_it() {
    for properties in [
        &["security.protocol=SSL"][..],
        &["security.protocol=SASL_SSL", "sasl.mechanism=PLAIN"],
        &[
            "security.protocol=SASL_PLAINTEXT",
            "sasl.mechanism=SCRAM-SHA-256",
        ],
        &[
            "security.protocol=SASL_PLAINTEXT",
            "sasl.mechanism=OAUTHBEARER",
        ],
        &["ssl.ca.location=ca.pem"],
    ] {
        let mut command = sluicebox();
        command.arg("status");
        for property in properties {
            command.args(["--kafka", property]);
        }
        let said = ends_with(2, &mut command);
        says(&said, &["this build has no TLS", "--features tls"]);
    }
    says(&ends_with(0, sluicebox().arg("--version")), &["no tls"]);
}
