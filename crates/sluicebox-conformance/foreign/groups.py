"""kafka-python: admin, idempotent produce, two members of one group, offsets, by time.

Usage: groups.py BOOTSTRAP_SERVERS TOPIC REPLICATION_FACTOR
"""

import sys
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

RECORDS = 600
PARTITIONS = 6
WAIT_S = 60
# Recent: brokers delete records by their timestamps.
BEGAN_MS = int(time.time() * 1000) - 10_000

servers, topic, replication_factor = sys.argv[1], sys.argv[2], int(sys.argv[3])
group = topic + "-group"


def create():
    admin = KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics([NewTopic(topic, PARTITIONS, replication_factor)])
    deadline = time.time() + WAIT_S
    while topic not in admin.list_topics():
        assert time.time() < deadline, "the topic does not appear"
        time.sleep(0.1)
    admin.close()


def produce():
    producer = KafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=5,
        compression_type="gzip",
    )
    sent = [
        producer.send(topic, key=b"k%d" % (i % 50), value=b"v%d" % i, timestamp_ms=BEGAN_MS + i,
                      headers=[("n", b"%d" % i), ("empty", b"")])
        for i in range(RECORDS)
    ]
    producer.flush()
    positions = {(s.get().partition, s.get().offset) for s in sent}
    assert len(positions) == RECORDS, "two records at one offset"
    producer.close()


def member(seen, lock, ready):
    consumer = KafkaConsumer(
        topic, bootstrap_servers=servers, group_id=group, auto_offset_reset="earliest",
        enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=500,
    )
    deadline = time.time() + WAIT_S
    while time.time() < deadline:
        for records in consumer.poll(timeout_ms=200).values():
            with lock:
                for r in records:
                    # A rebalance before the first commit may hand a record out twice.
                    seen.setdefault((r.partition, r.offset), (r.key, r.value, r.timestamp, r.headers))
        if consumer.assignment():
            ready.set()
        consumer.commit()
        with lock:
            if len(seen) >= RECORDS:
                break
    consumer.close()


def consume_in_a_group():
    seen, lock, ready = {}, threading.Lock(), threading.Event()
    members = [threading.Thread(target=member, args=(seen, lock, ready)) for _ in range(2)]
    for m in members:
        m.start()
    for m in members:
        m.join()
    assert ready.is_set(), "no member got a partition"
    values = sorted(int(value[1:]) for _, value, _, _ in seen.values())
    assert values == list(range(RECORDS)), "%d distinct records of %d" % (len(set(values)), RECORDS)
    for key, value, timestamp, headers in seen.values():
        i = int(value[1:])
        assert key == b"k%d" % (i % 50) and timestamp == BEGAN_MS + i, (key, value, timestamp)
        assert list(headers) == [("n", b"%d" % i), ("empty", b"")], headers


def offsets():
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
    partitions = [TopicPartition(topic, p) for p in range(PARTITIONS)]
    ends = consumer.end_offsets(partitions)
    assert sum(ends.values()) == RECORDS, ends
    assert set(consumer.beginning_offsets(partitions).values()) == {0}
    committed = {p: consumer.committed(p) or 0 for p in partitions}
    assert committed == ends, (committed, ends)
    for partition, found in consumer.offsets_for_times({p: BEGAN_MS + 300 for p in partitions}).items():
        consumer.assign([partition])
        consumer.seek(partition, found.offset)
        first = next(iter(consumer.poll(timeout_ms=10_000, max_records=1)[partition]))
        assert first.timestamp >= BEGAN_MS + 300, first
        assert first.offset == found.offset
    consumer.close()


create()
produce()
consume_in_a_group()
offsets()
print("ok")
