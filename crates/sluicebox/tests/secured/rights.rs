//! Rights that are missing, one at a time, at the start of each part.

use sluicebox_conformance::real_kafka::{Acl, Change};

use super::stage::stage;
use super::tenant::Tenant;
use super::tried::tried;

/// A right that is taken: case, role, its arguments, the command, what is said.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const CASES: &[Case] = &[
    (
        "process: no topic read",
        "processor",
        "--operation Read --topic sensor_data",
        &["process"],
        &[
            "Read on topic rights.sensor_data",
            "--operation Read --topic rights.sensor_data",
        ],
    ),
    (
        "process: no topic write",
        "processor",
        "--operation Write --topic processed_data",
        &["process"],
        &[
            "Write on topic rights.processed_data",
            "--operation Write --topic",
        ],
    ),
    (
        "process: no group",
        "processor",
        "--operation Read --group processor-group",
        &["process"],
        &[
            "Read on group rights.processor-group",
            "--operation Read --group",
        ],
    ),
    (
        "process: no transactional id",
        "processor",
        "--operation Write --operation Describe --transactional-id processor-group- \
         --resource-pattern-type prefixed",
        &["process"],
        &[
            "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
            "--transactional-id",
        ],
    ),
    (
        "sink: no topic read",
        "sink",
        "--operation Read --topic dead_letters",
        &["sink"],
        &[
            "Read on topic rights.dead_letters",
            "--operation Read --topic rights.dead_letters",
        ],
    ),
    (
        "sink: no group",
        "sink",
        "--operation Read --group sink-group",
        &["sink"],
        &["Read on group rights.sink-group"],
    ),
    (
        "datagen: no topic write",
        "datagen",
        "--operation Write --topic sensor_data",
        &["datagen", "all", "--records", "10"],
        &[
            "Write on topic rights.sensor_data",
            "--operation Write --topic rights.sensor_data",
        ],
    ),
    (
        "status: no topic describe",
        "viewer",
        "--operation Describe --topic sensor_data",
        &["status"],
        &[
            "rights.sensor_data",
            "TOPIC_AUTHORIZATION_FAILED",
            "--operation Describe",
        ],
    ),
    (
        "status: no group describe",
        "viewer",
        "--operation Describe --group sink-group",
        &["status"],
        &[
            "group rights.sink-group",
            "GROUP_AUTHORIZATION_FAILED",
            "--operation Describe --group",
        ],
    ),
];

#[test]
fn a_right_that_is_missing_is_named_with_the_command_that_grants_it() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::with_rights(stage, "rights");
    for (case, role, right, args, sentences) in CASES {
        tenant.change(Change::Take, role, right);
        tried(tenant.command(role, args)).failed_saying(case, sentences);
        tenant.change(Change::Give, role, right);
    }
    // Whoever may write to some topic may write idempotently (KIP-679): only who may write to none
    // meets this one, and hears of the topics first.
    let all = "--operation Write --topic sensor_data --topic user_activity";
    tenant.change(Change::Take, "datagen", all);
    tried(tenant.command("datagen", &["datagen", "all", "--records", "10"])).failed_saying(
        "datagen: no idempotent write",
        &[
            "Write on topic rights.sensor_data",
            "Write on topic rights.user_activity",
        ],
    );
}

#[test]
fn a_user_without_any_right_hears_of_all_that_are_missing_at_once() {
    let Some(stage) = stage() else { return };
    let tenant = Tenant::new(stage, "tokens");
    // The rights of another user change nothing for this one.
    let acl = [Acl::of(
        "nobody",
        "--operation Read --topic tokens.sensor_data",
    )];
    stage.cluster().change_acls(Change::Give, &acl).unwrap();
    tried(tenant.command("viewer", &["process"])).failed_saying(
        "process: no right at all",
        &[
            "the user tokens-viewer lacks rights that `process` needs",
            "DescribeConfigs and Read on topic tokens.sensor_data",
            "DescribeConfigs and Read and Write on topic tokens.processed_data",
            "Read on group tokens.processor-group",
        ],
    );
}
