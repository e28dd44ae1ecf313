"""kafka-python: transactions that commit, abort, carry offsets, and fence.

Usage: transactions.py BOOTSTRAP_SERVERS TOPIC REPLICATION_FACTOR
"""

import sys
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

servers, topic, replication_factor = sys.argv[1], sys.argv[2], int(sys.argv[3])
partition = TopicPartition(topic, 0)


def producer():
    made = KafkaProducer(
        bootstrap_servers=servers, transactional_id=topic + "-id", transaction_timeout_ms=15_000,
    )
    made.init_transactions()
    return made


def values(isolation_level, count):
    consumer = KafkaConsumer(
        bootstrap_servers=servers, isolation_level=isolation_level, enable_auto_commit=False,
    )
    consumer.assign([partition])
    consumer.seek(partition, 0)
    found, deadline = [], time.time() + 30
    while len(found) < count and time.time() < deadline:
        for records in consumer.poll(timeout_ms=200).values():
            found += [r.value for r in records]
    # One more look: nothing may follow.
    for records in consumer.poll(timeout_ms=500).values():
        found += [r.value for r in records]
    consumer.close()
    return found


admin = KafkaAdminClient(bootstrap_servers=servers)
admin.create_topics([NewTopic(topic, 1, replication_factor)])
time.sleep(1)

first = producer()
first.begin_transaction()
first.send(topic, b"aborted", partition=0)
first.flush()
first.abort_transaction()
first.begin_transaction()
first.send(topic, b"committed", partition=0)
first.send_offsets_to_transaction(
    {partition: OffsetAndMetadata(7, "", -1)}, ConsumerGroupMetadata(topic + "-group", -1, "", None),
)
first.commit_transaction()

assert values("read_committed", 1) == [b"committed"]
assert values("read_uncommitted", 2) == [b"aborted", b"committed"]
group = topic + "-group"
offsets = admin.list_group_offsets({group: [partition]})[group]
assert offsets[partition].offset == 7, offsets
admin.close()

# A second producer with the same id fences the first one.
first.begin_transaction()
first.send(topic, b"zombie", partition=0)
first.flush()
second = producer()
try:
    first.commit_transaction()
    raise SystemExit("the zombie committed")
except KafkaError as error:
    print("fenced:", type(error).__name__)
second.begin_transaction()
second.send(topic, b"successor", partition=0)
second.commit_transaction()
second.close()
assert values("read_committed", 2) == [b"committed", b"successor"]
print("ok")
