"""The checks themselves: each of these mistakes must be found.

A check that cannot fail checks nothing.
"""

import compose

# What is changed in the compose file, and a word of what must be said.
MISTAKES = [
    ('"127.0.0.1:${JUPYTER_PORT:-8888}:8888"', '"${JUPYTER_PORT:-8888}:8888"', "jupyter1: the port"),
    ('"127.0.0.1:${KAFDROP_PORT:-9000}:9000"', '"0.0.0.0:9000:9000"', "kafdrop: the port"),
    ("apache/kafka:4.3.1", "apache/kafka", "is not pinned"),
    ("kafdrop:4.2.0", "kafdrop:latest", "is not pinned"),
    ("  read_only: true\n", "", "root file system"),
    ("cap_drop: [ALL]", "cap_drop: [NET_RAW]", "capabilities"),
    ("no-new-privileges:true", "label=disable", "privileges"),
    ('user: "1000:1000"', 'user: "0:0"', "runs as 0"),
    ("mem_limit: 2g", "cpu_count: 1", "memory limit"),
    ("KAFKA_MIN_INSYNC_REPLICAS: 2", "KAFKA_MIN_INSYNC_REPLICAS: 1", "KAFKA_MIN_INSYNC_REPLICAS"),
    ('"kafka2:/var/lib/kafka/data"', '"../kafka2:/var/lib/kafka/data"', "no named volume"),
    ("${JUPYTER_TOKEN:?", "${JUPYTER_TOKEN:-", "JUPYTER_TOKEN"),
    ("${DASHBOARD_TOKEN:?", "${DASHBOARD_TOKEN:-", "SLUICEBOX_HTTP_TOKEN"),
    ('"127.0.0.1:${DASHBOARD_PORT:-8080}:8080"', '"${DASHBOARD_PORT:-8080}:8080"', "dashboard: the port"),
    ("${SENSOR_RATE:-50}", "${SENSOR_RATES:-50}", "SENSOR_RATES"),
    ("services:\n", "name: sluicebox\nservices:\n", "top-level"),
]


def check(root):
    text = (root / "deploy/compose.yaml").read_text()
    example = (root / "deploy/.env.example").read_text()
    for before, after, word in MISTAKES:
        if before not in text:
            yield f"the compose file has no {before!r} any more: change the mistake"
            continue
        findings = list(compose.check_text(text.replace(before, after, 1), example))
        if not any(word in finding for finding in findings):
            yield f"{after!r} in place of {before!r} was not found"
    chosen = example.replace("JUPYTER_TOKEN=", "JUPYTER_TOKEN=letmein", 1)
    if not list(compose.check_text(text, chosen)):
        yield "a token in .env.example was not found"
