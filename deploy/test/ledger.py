"""What was acknowledged, and whether it is in the files: told by a client and a reader that are not ours.

    ledger.py produce SECONDS RATE FILE    sends readings; writes down each one that the cluster acknowledged
    ledger.py check DATA_DIR FILE          every one of them, and every record of the source topics, must be
                                           in the files exactly once; prints what it counted

Runs in jupyter1, which has kafka-python. The cluster is SLUICEBOX_BOOTSTRAP_SERVERS.
"""

import csv
import json
import os
import sys
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

SERVERS = os.environ["SLUICEBOX_BOOTSTRAP_SERVERS"].split(",")
TOPICS = {"sensor_data": "processed_data_sensor.csv", "user_activity": "processed_data_activity.csv"}
csv.field_size_limit(sys.maxsize)


def produce(seconds, rate, path):
    producer = KafkaProducer(bootstrap_servers=SERVERS, acks="all", enable_idempotence=True,
                             delivery_timeout_ms=120_000, linger_ms=5)
    sent = []
    begun = time.monotonic()
    while (elapsed := time.monotonic() - begun) < seconds:
        while len(sent) < elapsed * rate:
            name = f"ledger-{os.getpid()}-{len(sent):06}"
            now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            event = {"sensor_id": name, "temperature": 20.5, "humidity": 40, "timestamp": now}
            future = producer.send("sensor_data", key=name.encode(), value=json.dumps(event).encode())
            sent.append((name, future))
        time.sleep(0.01)
    producer.flush(timeout=120)
    failed = 0
    with open(path, "a") as ledger:
        for name, future in sent:
            if future.succeeded():
                at = future.value
                ledger.write(json.dumps([name, at.topic, at.partition, at.offset]) + "\n")
            else:
                failed += 1
    print(f"sent {len(sent)}, acknowledged {len(sent) - failed}, failed {failed}")


def files(directory):
    """How often each source record is in the files, and whose row it is."""
    seen, owner = Counter(), {}
    for topic, name in TOPICS.items():
        with open(directory / name, newline="") as file:
            for row in csv.DictReader(file):
                place = (topic, int(row["source_partition"]), int(row["source_offset"]))
                seen[place] += 1
                owner[place] = row.get("sensor_id") or row.get("user_id")
    with open(directory / "dead_letters.csv", newline="") as file:
        for row in csv.DictReader(file):
            seen[(row["source_topic"], int(row["source_partition"]), int(row["source_offset"]))] += 1
    return seen, owner


def records():
    """The place of every committed record of the source topics."""
    consumer = KafkaConsumer(bootstrap_servers=SERVERS, isolation_level="read_committed", group_id=None,
                             enable_auto_commit=False, consumer_timeout_ms=20_000, fetch_max_bytes=20_000_000)
    places = [TopicPartition(t, p) for t in TOPICS for p in consumer.partitions_for_topic(t)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(places)
    found = set()
    while any(consumer.position(place) < ends[place] for place in places):
        for place, batch in consumer.poll(timeout_ms=1000, max_records=10_000).items():
            found.update((place.topic, place.partition, record.offset) for record in batch)
    return found


def check(directory, path):
    seen, owner = files(directory)
    source = records()
    ledger = [json.loads(line) for line in Path(path).read_text().splitlines()]
    lost = [entry for entry in ledger if owner.get((entry[1], entry[2], entry[3])) != entry[0]]
    missing = source - set(seen)
    doubled = [place for place, count in seen.items() if count > 1]
    invented = set(seen) - source
    print(f"{len(source):,} records in the source topics, {sum(seen.values()):,} rows and letters in the files")
    print(f"{len(ledger):,} acknowledged by the ledger, {len(lost)} of them not in the files")
    print(f"missing {len(missing)}, doubled {len(doubled)}, invented {len(invented)}")
    for what in (lost, sorted(missing), doubled, sorted(invented)):
        for place in what[:5]:
            print("  ", place)
    if not ledger or lost or missing or doubled or invented:
        sys.exit(1)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["produce", seconds, rate, path]:
            produce(float(seconds), float(rate), path)
        case ["check", directory, path]:
            check(Path(directory), path)
        case _:
            sys.exit(__doc__)
