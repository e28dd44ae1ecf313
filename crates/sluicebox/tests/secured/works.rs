//! With the right login and the documented rights, everything works.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sluicebox_conformance::real_kafka::{Acl, Change};

use super::stage::{password, stage};
use super::support::{Accounted, Running, output, text};
use super::tenant::{Tenant, shown};

#[test]
fn each_part_works_with_the_rights_that_are_documented_for_it() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::with_rights(stage, "works");
    let records = [
        "--rate",
        "max",
        "--records",
        "3000",
        "--invalid-ratio",
        "0.02",
    ];
    tenant.done("datagen", &[&["datagen", "all"][..], &records].concat());
    tenant.done("processor", &["process", "--stop-at-end"]);
    tenant.done("sink", &["sink", "--stop-at-end"]);
    let status = tenant.done("viewer", &["status"]);
    assert!(status.contains(&tenant.own("sink-group")), "{status}");
    let verified = tenant.done("auditor", &["verify", "--strict"]);
    assert!(!verified.contains("lacks"), "{verified}");
    let all = Accounted::read(&tenant.out());
    assert_eq!(all.rows + all.letters, 3000);
}

#[test]
fn every_mechanism_logs_in() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::new(stage, "works");
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let login = tenant.login("viewer").set("sasl.mechanism", mechanism);
        let result = output(&mut tenant.command_with(&login, &["topics", "list"]));
        assert!(
            result.status.success(),
            "{mechanism}: {}",
            text(&result.stderr)
        );
    }
    // By the environment alone, as containers have it.
    let login = tenant.login("viewer");
    let mut command = tenant.command_with(
        &login
            .clone()
            .without("sasl.username")
            .without("sasl.password"),
        &["topics", "list"],
    );
    let user = tenant.user("viewer");
    command.env("SLUICEBOX_KAFKA_SASL_USERNAME", &user);
    command.env("SLUICEBOX_KAFKA_SASL_PASSWORD", password(&user));
    let result = output(&mut command);
    assert!(result.status.success(), "{}", text(&result.stderr));
}

#[test]
fn a_client_certificate_is_a_login() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::new(stage, "works");
    let files = &stage.certificates;
    let login = tenant.login("viewer").at(&stage.servers.mutual);
    let login = login.without("sasl.mechanism").without("sasl.username");
    let login = login
        .without("sasl.password")
        .set("security.protocol", "SSL");
    let with = login
        .clone()
        .set("ssl.certificate.location", &shown(&files.client_file()))
        .set("ssl.key.location", &shown(&files.client_key_file()));
    let result = output(&mut tenant.command_with(&with, &["topics", "list"]));
    assert!(result.status.success(), "{}", text(&result.stderr));
    super::tried::tried(tenant.command_with(&login, &["topics", "list"])).failed_saying(
        "topics list: no client certificate",
        &["TLS", "client certificate"],
    );
}

#[test]
fn no_secret_is_in_what_the_client_library_logs_of_its_logins() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::new(stage, "works");
    for mechanism in ["PLAIN", "SCRAM-SHA-256"] {
        let login = tenant.login("viewer").set("sasl.mechanism", mechanism);
        let args = ["topics", "list", "-vv", "--kafka", "debug=all"];
        let mut command = tenant.command_with(&login, &args);
        let result = output(command.env("RUST_LOG", "trace"));
        let said = text(&result.stdout) + &text(&result.stderr);
        assert!(result.status.success(), "{said}");
        assert!(said.contains("SASL") && !said.contains("canary"), "{said}");
    }
}

/// A token as a test broker takes it: unsigned.
fn token(user: &str, lifetime: Duration) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let expires = (now + lifetime).as_secs_f64();
    let issued = now.as_secs_f64();
    let claims = format!(r#"{{"sub":"{user}","iat":{issued:.3},"exp":{expires:.3}}}"#);
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    format!("{}.{}.", part(r#"{"alg":"none"}"#), part(&claims))
}

#[test]
fn a_token_that_another_program_keeps_fresh_is_used_as_long_as_it_takes() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::new(stage, "tokens");
    let topics = ["sensor_data", "user_activity"].map(|name| tenant.own(name));
    let rights = format!(
        "--operation Write --operation DescribeConfigs --topic {} --topic {}",
        topics[0], topics[1]
    );
    let acl = [Acl::of("token-user", &rights)];
    stage.cluster().change_acls(Change::Give, &acl).unwrap();

    let file = tenant.dir.path().join("token");
    // The client asks for the next token when a fifth of the last one is left: three seconds, which a busy
    // machine may need. In life they are minutes.
    let lifetime = Duration::from_secs(15);
    let refresh = || {
        let new = file.with_extension("new");
        fs::write(&new, token("token-user", lifetime)).unwrap();
        fs::rename(&new, &file).unwrap();
    };
    refresh();
    let mut login = tenant.login("datagen").set("sasl.mechanism", "OAUTHBEARER");
    login = login.without("sasl.username").without("sasl.password");
    login
        .files
        .insert("sasl.oauthbearer.token".to_owned(), file.clone());
    let args = ["datagen", "all", "--rate", "200", "--duration", "50s"];
    let mut running = Running::start(&mut tenant.command_with(&login, &args));
    // Longer than three tokens, and than what the brokers let a connection go on without a login.
    while running.0.try_wait().unwrap().is_none() {
        refresh();
        std::thread::sleep(lifetime / 15);
    }
    let result = running.finished();
    let said = text(&result.stdout) + &text(&result.stderr);
    assert!(result.status.success(), "{said}");
    // One that is out of date is told.
    fs::write(&file, token("token-user", Duration::ZERO)).unwrap();
    super::tried::tried(tenant.command_with(&login, &["topics", "list"])).failed_saying(
        "topics list: a token that has expired",
        &["token", "expired"],
    );
}
