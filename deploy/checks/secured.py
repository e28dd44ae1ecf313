"""Secured compose file: certificates and passwords as files, mounted one by one.

It stands on top of compose.yaml, so only what it adds is looked at here.
"""

import re

import yaml


def check(root):
    folder = root / "deploy/secured"
    services = yaml.safe_load((root / "deploy/compose.secured.yaml").read_text())["services"]
    makes = (folder / "make-certificates.sh").read_text()
    rights = (folder / "give-rights.sh").read_text()
    users = set(re.search(r"^for user in (.+?);", makes, re.M)[1].split())
    if set(re.search(r"^for user in (.+?);", rights, re.M)[1].split()) != users:
        yield "make-certificates.sh and give-rights.sh know other users"
    yield from (f"give-rights.sh gives {user} nothing" for user in users if f"\nallow {user} " not in rights)
    for name, service in services.items():
        yield from (f"{name} publishes {port}" for port in service.get("ports", []))
        for volume in service.get("volumes", []):
            if not re.match(r"^\./secured/[\w./-]+:/[\w./-]+:ro$", volume) or volume.split(":")[0].endswith("secrets"):
                yield f"{name}: {volume} is not a single file, read only"
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|TOKEN", key) and not key.endswith("_FILE"):
                yield f"{name}: {key} is in the environment"
            if key == "SLUICEBOX_KAFKA_SASL_USERNAME" and value not in users:
                yield f"{name}: there is no user {value}"
    protocols = services["kafka1"]["environment"]["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]
    if "PLAINTEXT" in protocols:
        yield f"a listener is not encrypted: {protocols}"
    if "secured/secrets" not in (root / ".gitignore").read_text():
        yield "Git does not ignore deploy/secured/secrets"
