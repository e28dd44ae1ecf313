"""Dockerfile: pinned, as the toolchain, both builders, not root.

The classic builder reads no `RUN --mount` and no here-documents, so there must be none.
"""

import re
import tomllib


def check(root):
    text = (root / "deploy/Dockerfile").read_text()
    toolchain = tomllib.loads((root / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    version = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.M))
    if arguments.get("RUST_VERSION") != toolchain:
        yield f"RUST_VERSION is {arguments.get('RUST_VERSION')}, rust-toolchain.toml has {toolchain}"
    if arguments.get("VERSION") != version:
        yield f"VERSION is {arguments.get('VERSION')}, Cargo.toml has {version}"
    compose = (root / "deploy/compose.yaml").read_text()
    for found in re.findall(r"SLUICEBOX_VERSION:-([^}]+)\}", compose):
        if found != version:
            yield f"compose.yaml has the version {found}, Cargo.toml has {version}"
    stages = set(re.findall(r"^FROM \S+ AS (\w+)", text, re.M))
    for base in re.findall(r"^FROM (\S+)", text, re.M):
        if base != "scratch" and base not in stages and not re.search(r":.*(\d|\$\{\w+_VERSION\})", base):
            yield f"FROM {base} is not pinned"
    for word in ("RUN --mount", "<<EOF", "# syntax="):
        if word in text:
            yield f"`{word}` needs BuildKit"
    own = text.split("AS sluicebox", 1)[-1].split("\nFROM", 1)[0]
    users = re.findall(r"^USER (\S+)", own, re.M)
    if not users or users[-1].startswith(("0", "root")):
        yield "the image runs as root"
    yield from (f"the image has no {word}" for word in ("HEALTHCHECK", "LABEL", "ENTRYPOINT") if f"\n{word} " not in own)
    kept = (root / ".dockerignore").read_text().splitlines()
    if "*" not in kept:
        yield ".dockerignore must begin with nothing: what is in a checkout is not all for an image"
