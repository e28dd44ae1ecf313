"""Compose file: loopback only, pinned, confined, no secret inside.

What would be found out too late otherwise: a port that all of the network reaches, an image that is
another one tomorrow, a service that runs as root, a variable that nobody can set.
"""

import re

import yaml

# Public images whose own user is not root.
NOT_ROOT = ("apache/kafka:", "quay.io/jupyter/")
PORT = re.compile(r"^127\.0\.0\.1:\$\{[A-Z0-9_]+:-\d+\}:\d+$")
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)")
# Set by who releases or moves a cluster, not by users.
NOT_IN_THE_EXAMPLE = {"SLUICEBOX_VERSION", "KAFKA_CLUSTER_ID"}
SECRET = re.compile(r"TOKEN|PASSWORD|SECRET|CREDENTIAL")
WANTED = ["kafka1", "kafka2", "kafka3", "producer-sensor", "producer-activity", "processor", "sink", "dashboard", "jupyter1",
          "kafdrop"]


def check(root):
    text = (root / "deploy/compose.yaml").read_text()
    example = (root / "deploy/.env.example").read_text()
    yield from check_text(text, example)


def check_text(text, example):
    project = yaml.safe_load(text)
    if "name" in project:
        yield "a top-level `name:` is nothing that docker-compose 1.29 knows"
    services = project.get("services", {})
    yield from (f"there is no service {name}" for name in WANTED if name not in services)
    for name, service in services.items():
        yield from (f"{name}: {finding}" for finding in of_service(service, project.get("volumes", {})))
    for name in ("kafka1", "kafka2", "kafka3"):
        yield from (f"{name}: {finding}" for finding in of_broker(services.get(name, {})))
    named = set(VARIABLE.findall(text)) - NOT_IN_THE_EXAMPLE
    offered = set(re.findall(r"^([A-Z0-9_]+)=", example, re.M))
    yield from (f"{name} is not in .env.example" for name in sorted(named - offered))
    yield from (f".env.example has {name}, which nothing uses" for name in sorted(offered - named))
    yield from (f".env.example must not choose {name}" for name, value in re.findall(r"^(\w+)=(.+)", example, re.M) if SECRET.search(name))


def of_service(service, volumes):
    image = service.get("image", "")
    tag = image.rsplit(":", 1)[-1] if ":" in image else ""
    if not tag or tag == "latest" or not re.search(r"\d", tag):
        yield f"the image {image or '(none)'} is not pinned"
    for port in service.get("ports", []):
        if not PORT.match(str(port)):
            yield f"the port {port} is not 127.0.0.1:${{VARIABLE:-default}}:port"
    if "network_mode" in service or service.get("privileged"):
        yield "shares the host's network, or is privileged"
    wanted = {
        "does not come back after a crash": service.get("restart") == "unless-stopped",
        "may write to its root file system": service.get("read_only") is True,
        "keeps capabilities": service.get("cap_drop") == ["ALL"] and "cap_add" not in service,
        "may gain privileges": "no-new-privileges:true" in service.get("security_opt", []),
        "has no memory limit": "mem_limit" in service,
        "has no health check": "healthcheck" in service or image.startswith("sluicebox:"),
        "logs without limit": "max-size" in service.get("logging", {}).get("options", {}),
    }
    yield from (what for what, good in wanted.items() if not good)
    user = str(service.get("user", "0"))
    if user.startswith("0") and not (image.startswith(NOT_ROOT) and "user" not in service):
        yield f"runs as {user}"
    for key, value in service.get("environment", {}).items():
        if SECRET.search(key) and not key.endswith("_FILE") and not re.match(r"^\$\{\w+:\?", str(value)):
            yield f"{key} has a value, or may be empty: write ${{{key}:?why}}"
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if not source.startswith("..") and source not in volumes:
            yield f"the volume {source} is not declared"


def of_broker(service):
    environment = service.get("environment", {})
    wanted = {
        "KAFKA_DEFAULT_REPLICATION_FACTOR": 3,
        "KAFKA_MIN_INSYNC_REPLICAS": 2,
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": 3,
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": 3,
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": 2,
        "KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE": "false",
    }
    yield from (f"{key} must be {value}" for key, value in wanted.items() if environment.get(key) != value)
    if not any(v.endswith(":/var/lib/kafka/data") and not v.startswith(".") for v in service.get("volumes", [])):
        yield "has no named volume: its data would end with the container"
