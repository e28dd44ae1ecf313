//! Logins that fail, on the commands that people start.

use super::stage::stage;
use super::tenant::{Login, Tenant, shown};
use super::tried::tried;

const COMMANDS: &[(&str, &[&str])] = &[
    ("status", &["status"]),
    ("process", &["process"]),
    ("sink", &["sink"]),
    ("datagen", &["datagen", "all", "--records", "10"]),
];

/// The four commands at the same time: each must fail soon and say this.
fn all_fail(tenant: &Tenant, case: &str, login: &Login, sentences: &[&str]) {
    std::thread::scope(|scope| {
        for (name, args) in COMMANDS {
            scope.spawn(move || {
                let tried = tried(tenant.command_with(login, args));
                tried.failed_saying(&format!("{name}: {case}"), sentences);
            });
        }
    });
}

#[test]
fn a_login_that_fails_says_what_is_wrong_and_what_to_do_within_ten_seconds() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::new(stage, "rights");
    let good = tenant.login("processor");
    let mut wrong = good.clone();
    wrong.files.clear();
    let wrong = wrong.set("sasl.password", "canary-wrong");
    let checks = ["check sasl.mechanism, sasl.username"];
    let refused = [&["invalid credentials"][..], &checks].concat();
    all_fail(&tenant, "wrong password", &wrong, &refused);

    let authority = shown(&stage.certificates.other_authority_file());
    let unknown = good.clone().set("ssl.ca.location", &authority);
    let sentences = [
        "signed by nobody that is trusted here",
        "set ssl.ca.location",
    ];
    all_fail(&tenant, "unknown CA", &unknown, &sentences);

    let other = good.clone().at(&stage.servers.other_name);
    let sentences = ["it is for another host name", "subjectAltName"];
    all_fail(&tenant, "host name that does not match", &other, &sentences);

    let expired = good.clone().at(&stage.servers.expired);
    let sentences = ["it has expired", "renew the broker's certificate"];
    all_fail(&tenant, "expired certificate", &expired, &sentences);
}
