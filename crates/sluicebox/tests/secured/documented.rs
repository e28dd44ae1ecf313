//! The rights that docs/security.md lists, as the tests use them: user, and what follows it.

use std::path::Path;

const PAGE: &str = "docs/security.md";
const COMMAND: &str = "kafka-acls.sh $CLUSTER --add --allow-principal User:";

/// Role and arguments of each documented `kafka-acls.sh` command.
pub(crate) fn documented() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(PAGE);
    let page = std::fs::read_to_string(page).unwrap();
    // A command may go on over the line.
    let page = page.replace("\\\n", " ");
    page.lines()
        .filter_map(|line| line.trim().strip_prefix(COMMAND))
        .filter_map(|rest| rest.split_once(' '))
        .map(|(user, arguments)| (user.to_owned(), arguments.to_owned()))
        .collect()
}

#[test]
fn the_documentation_lists_the_rights_of_each_role() {
    let all = documented();
    for role in super::stage::ROLES {
        assert!(all.iter().any(|(user, _)| user == role), "{role}: {all:?}");
    }
}
