//! The records of the groups journal. What the store knows is what these say, oldest first.

use uuid::Uuid;

use super::CommittedOffset;
use crate::fields::{FieldReader, FieldWriter};

const VERSION: u8 = 1;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OffsetsRecord {
    /// A group has committed.
    Committed {
        group: String,
        at_ms: i64,
        offsets: Vec<CommittedOffset>,
    },
    /// A transaction has brought offsets; they count once it commits.
    Pending {
        group: String,
        at_ms: i64,
        producer_id: i64,
        producer_epoch: i16,
        offsets: Vec<CommittedOffset>,
    },
    /// The transaction of this producer has ended.
    Ended {
        group: String,
        producer_id: i64,
        committed: bool,
    },
    /// Offsets were deleted or have expired.
    Forgotten {
        group: String,
        partitions: Vec<(String, i32)>,
    },
    /// The group was deleted with all its offsets.
    GroupDeleted { group: String },
    /// A topic is gone, and with it every offset in it.
    TopicDeleted { topic_id: Uuid },
    /// The group has members: nothing of it expires.
    Occupied { group: String },
    /// The group has no members any more since then.
    Vacant { group: String, since_ms: i64 },
}

impl OffsetsRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = FieldWriter::default();
        out.u8(VERSION);
        match self {
            Self::Committed {
                group,
                at_ms,
                offsets,
            } => {
                out.u8(1).text(group).i64(*at_ms);
                write_offsets(&mut out, offsets);
            }
            Self::Pending {
                group,
                at_ms,
                producer_id,
                producer_epoch,
                offsets,
            } => {
                out.u8(2)
                    .text(group)
                    .i64(*at_ms)
                    .i64(*producer_id)
                    .i16(*producer_epoch);
                write_offsets(&mut out, offsets);
            }
            Self::Ended {
                group,
                producer_id,
                committed,
            } => {
                out.u8(3)
                    .text(group)
                    .i64(*producer_id)
                    .u8(u8::from(*committed));
            }
            Self::Forgotten { group, partitions } => {
                out.u8(4).text(group).count(partitions.len());
                for (topic, partition) in partitions {
                    out.text(topic).i32(*partition);
                }
            }
            Self::GroupDeleted { group } => {
                out.u8(5).text(group);
            }
            Self::TopicDeleted { topic_id } => {
                out.u8(6).uuid(*topic_id);
            }
            Self::Occupied { group } => {
                out.u8(7).text(group);
            }
            Self::Vacant { group, since_ms } => {
                out.u8(8).text(group).i64(*since_ms);
            }
        }
        out.finish()
    }

    /// Reads what [`OffsetsRecord::encode`] wrote; the error says what is wrong.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut fields = FieldReader::new(bytes);
        let version = fields.u8()?;
        if version != VERSION {
            return Err(format!(
                "a group record of version {version}; this broker writes {VERSION}"
            ));
        }
        let record = match fields.u8()? {
            1 => Self::Committed {
                group: fields.text()?,
                at_ms: fields.i64()?,
                offsets: read_offsets(&mut fields)?,
            },
            2 => Self::Pending {
                group: fields.text()?,
                at_ms: fields.i64()?,
                producer_id: fields.i64()?,
                producer_epoch: fields.i16()?,
                offsets: read_offsets(&mut fields)?,
            },
            3 => Self::Ended {
                group: fields.text()?,
                producer_id: fields.i64()?,
                committed: fields.u8()? != 0,
            },
            4 => {
                let group = fields.text()?;
                let count = fields.count()?;
                let partitions = (0..count).map(|_| Ok((fields.text()?, fields.i32()?)));
                Self::Forgotten {
                    group,
                    partitions: partitions.collect::<Result<_, String>>()?,
                }
            }
            5 => Self::GroupDeleted {
                group: fields.text()?,
            },
            6 => Self::TopicDeleted {
                topic_id: fields.uuid()?,
            },
            7 => Self::Occupied {
                group: fields.text()?,
            },
            8 => Self::Vacant {
                group: fields.text()?,
                since_ms: fields.i64()?,
            },
            kind => return Err(format!("a group record of unknown kind {kind}")),
        };
        fields.end()?;
        Ok(record)
    }
}

fn write_offsets(out: &mut FieldWriter, offsets: &[CommittedOffset]) {
    out.count(offsets.len());
    for at in offsets {
        out.text(&at.topic).uuid(at.topic_id).i32(at.partition);
        out.i64(at.offset).i32(at.leader_epoch).text(&at.metadata);
    }
}

fn read_offsets(fields: &mut FieldReader<'_>) -> Result<Vec<CommittedOffset>, String> {
    let count = fields.count()?;
    let offsets = (0..count).map(|_| {
        Ok(CommittedOffset {
            topic: fields.text()?,
            topic_id: fields.uuid()?,
            partition: fields.i32()?,
            offset: fields.i64()?,
            leader_epoch: fields.i32()?,
            metadata: fields.text()?,
        })
    });
    offsets.collect()
}
