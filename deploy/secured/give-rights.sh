#!/usr/bin/env bash
# Users, rights and topics of a secured cluster; runs in the image of Kafka, as the administrator. Doing it
# again changes nothing. docs/security.md says why each part needs what it gets here.
set -euo pipefail
SERVERS=${SERVERS:-kafka1:9094,kafka2:9094,kafka3:9094}
bin=/opt/kafka/bin
umask 077

cat >/tmp/admin.properties <<END
security.protocol=SSL
ssl.keystore.type=PEM
ssl.keystore.location=/run/secrets/admin.pem
ssl.truststore.type=PEM
ssl.truststore.location=/run/secrets/ca.pem
END
cluster=(--bootstrap-server "$SERVERS" --command-config /tmp/admin.properties)

# In a file: every process of the container can read a command line.
for user in datagen processor sink auditor; do
    printf 'SCRAM-SHA-512=iterations=8192,password=%s\n' "$(cat "/run/secrets/$user.password")" >/tmp/user.properties
    "$bin/kafka-configs.sh" "${cluster[@]}" --alter --entity-type users --entity-name "$user" \
        --add-config-file /tmp/user.properties
    rm /tmp/user.properties
done

sources=(--topic sensor_data --topic user_activity)
outputs=(--topic processed_data --topic dead_letters)
for topic in sensor_data user_activity processed_data dead_letters; do
    settings=(--config min.insync.replicas=2)
    # As `sluicebox topics create` has it: outputs take batches of 2 MiB, and 64 KiB for what is added.
    case $topic in processed_data | dead_letters) settings+=(--config max.message.bytes=2162688) ;; esac
    "$bin/kafka-topics.sh" "${cluster[@]}" --create --if-not-exists --topic "$topic" --partitions 6 \
        --replication-factor 3 "${settings[@]}"
done

allow() {
    local user=$1
    shift
    "$bin/kafka-acls.sh" "${cluster[@]}" --add --allow-principal "User:$user" "$@" >/dev/null
    echo "$user: $*"
}
allow datagen --operation Write --operation DescribeConfigs "${sources[@]}"
allow processor --operation Read --operation DescribeConfigs "${sources[@]}"
allow processor --operation Read --operation Write --operation DescribeConfigs "${outputs[@]}"
allow processor --operation Read --group processor-group
allow processor --operation Write --operation Describe --transactional-id processor-group- --resource-pattern-type prefixed
allow sink --operation Read --operation DescribeConfigs "${outputs[@]}"
allow sink --operation Describe --operation DescribeConfigs "${sources[@]}"
allow sink --operation Read --group sink-group
allow auditor --operation Read --operation DescribeConfigs "${sources[@]}" "${outputs[@]}" --topic dlq_replays
allow auditor --operation Describe --group processor-group --group sink-group
