//! Secrets come in by file or environment, and never go out.

use crate::support::{ends_with, output, says, sluicebox, text};

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
