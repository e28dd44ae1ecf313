//! The forms of the requests that are spoken, in the order of their keys, in the versions that
//! [`APIS`](crate::dispatch::APIS) names. From the message definitions of Apache Kafka.

use kafka_protocol::messages::ApiKey;

use super::Field::{self, Blob, Fixed, List, Since, Structs, Text, Until};

const FLAG: Field = Fixed(1);
const INT8: Field = Fixed(1);
const INT16: Field = Fixed(2);
const INT32: Field = Fixed(4);
const INT64: Field = Fixed(8);
const UUID: Field = Fixed(16);

/// A topic with the numbers of some of its partitions.
const PARTITIONS_OF_TOPIC: &[Field] = &[Text, List(&INT32)];

/// A resource with its settings.
const SETTINGS: &[Field] = &[INT8, Text, Structs(&[Text, Text])];

/// The form of a request; `None` for what is not spoken.
#[allow(clippy::match_same_arms, reason = "the order of the keys")]
pub(crate) fn form_of(key: ApiKey) -> Option<&'static [Field]> {
    Some(match key {
        ApiKey::Produce => &[
            Text,
            INT16,
            INT32,
            Structs(&[Text, Structs(&[INT32, Blob])]),
        ],
        ApiKey::Fetch => FETCH,
        ApiKey::ListOffsets => &[
            INT32,
            Since(2, &INT8),
            Structs(&[Text, Structs(&[INT32, Since(4, &INT32), INT64])]),
        ],
        ApiKey::Metadata => &[
            Structs(&[Since(10, &UUID), Text]),
            Since(4, &FLAG),
            Since(8, &Until(10, &FLAG)),
            Since(8, &FLAG),
        ],
        ApiKey::OffsetCommit => OFFSET_COMMIT,
        ApiKey::OffsetFetch => OFFSET_FETCH,
        ApiKey::FindCoordinator => &[Until(3, &Text), Since(1, &INT8), Since(4, &List(&Text))],
        ApiKey::JoinGroup => JOIN_GROUP,
        ApiKey::Heartbeat => &[Text, INT32, Text, Since(3, &Text)],
        ApiKey::LeaveGroup => &[
            Text,
            Until(2, &Text),
            Since(3, &Structs(&[Text, Text, Since(5, &Text)])),
        ],
        ApiKey::SyncGroup => SYNC_GROUP,
        ApiKey::DescribeGroups => &[List(&Text), Since(3, &FLAG)],
        ApiKey::ListGroups => &[Since(4, &List(&Text))],
        ApiKey::SaslHandshake => &[Text],
        ApiKey::ApiVersions => &[Since(3, &Text), Since(3, &Text)],
        ApiKey::CreateTopics => CREATE_TOPICS,
        ApiKey::DeleteTopics => &[
            Since(6, &Structs(&[Text, UUID])),
            Until(5, &List(&Text)),
            INT32,
        ],
        ApiKey::DeleteRecords => &[Structs(&[Text, Structs(&[INT32, INT64])]), INT32],
        ApiKey::InitProducerId => &[Text, INT32, Since(3, &INT64), Since(3, &INT16)],
        ApiKey::OffsetForLeaderEpoch => &[
            Since(3, &INT32),
            Structs(&[Text, Structs(&[INT32, INT32, INT32])]),
        ],
        ApiKey::AddPartitionsToTxn => &[Text, INT64, INT16, Structs(PARTITIONS_OF_TOPIC)],
        ApiKey::AddOffsetsToTxn => &[Text, INT64, INT16, Text],
        ApiKey::EndTxn => &[Text, INT64, INT16, FLAG],
        ApiKey::TxnOffsetCommit => TXN_OFFSET_COMMIT,
        ApiKey::DescribeConfigs => &[Structs(&[INT8, Text, List(&Text)]), FLAG, Since(3, &FLAG)],
        ApiKey::AlterConfigs => &[Structs(SETTINGS), FLAG],
        ApiKey::DescribeLogDirs => &[Structs(PARTITIONS_OF_TOPIC)],
        ApiKey::CreatePartitions => &[
            Structs(&[Text, INT32, Structs(&[List(&INT32)])]),
            INT32,
            FLAG,
        ],
        ApiKey::DeleteGroups => &[List(&Text)],
        ApiKey::IncrementalAlterConfigs => {
            &[Structs(&[INT8, Text, Structs(&[Text, INT8, Text])]), FLAG]
        }
        ApiKey::OffsetDelete => &[Text, Structs(&[Text, Structs(&[INT32])])],
        ApiKey::DescribeCluster => &[FLAG, Since(1, &INT8)],
        ApiKey::DescribeProducers => &[Structs(PARTITIONS_OF_TOPIC)],
        ApiKey::DescribeTransactions => &[List(&Text)],
        ApiKey::ListTransactions => &[List(&Text), List(&INT64), Since(1, &INT64)],
        _ => return None,
    })
}

const FETCH: &[Field] = &[
    INT32,
    INT32,
    INT32,
    INT32,
    INT8,
    Since(7, &INT32),
    Since(7, &INT32),
    Structs(&[
        Text,
        Structs(&[
            INT32,
            Since(9, &INT32),
            INT64,
            Since(12, &INT32),
            Since(5, &INT64),
            INT32,
        ]),
    ]),
    Since(7, &Structs(PARTITIONS_OF_TOPIC)),
    Since(11, &Text),
];

const OFFSET_COMMIT: &[Field] = &[
    Text,
    INT32,
    Text,
    Since(7, &Text),
    Until(4, &INT64),
    Structs(&[Text, Structs(&[INT32, INT64, Since(6, &INT32), Text])]),
];

const OFFSET_FETCH: &[Field] = &[
    Until(7, &Text),
    Until(7, &Structs(PARTITIONS_OF_TOPIC)),
    Since(
        8,
        &Structs(&[
            Text,
            Since(9, &Text),
            Since(9, &INT32),
            Structs(PARTITIONS_OF_TOPIC),
        ]),
    ),
    Since(7, &FLAG),
];

const JOIN_GROUP: &[Field] = &[
    Text,
    INT32,
    Since(1, &INT32),
    Text,
    Since(5, &Text),
    Text,
    Structs(&[Text, Blob]),
];

const SYNC_GROUP: &[Field] = &[
    Text,
    INT32,
    Text,
    Since(3, &Text),
    Since(5, &Text),
    Since(5, &Text),
    Structs(&[Text, Blob]),
];

const CREATE_TOPICS: &[Field] = &[
    Structs(&[
        Text,
        INT32,
        INT16,
        Structs(&[INT32, List(&INT32)]),
        Structs(&[Text, Text]),
    ]),
    INT32,
    FLAG,
];

const TXN_OFFSET_COMMIT: &[Field] = &[
    Text,
    Text,
    INT64,
    INT16,
    Since(3, &INT32),
    Since(3, &Text),
    Since(3, &Text),
    Structs(&[Text, Structs(&[INT32, INT64, Since(2, &INT32), Text])]),
];
