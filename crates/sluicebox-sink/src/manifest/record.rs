//! The payload of a manifest record.
//!
//! ```text
//! checkpoint = 1 | layout text | cluster id text | epoch | plan hash 32 bytes
//!            | list of (topic text, id text) | list of file | list of (original text, file)
//!            | list of input text | list of source text
//!            | list of next | list of highest | list of gap | skipped repeats
//! commit     = 2 | list of (file index, length, rows, CRC-32C u32)
//!            | list of next | list of highest | list of gap | skipped repeats since
//! file       = name text | header text | length | rows | CRC-32C u32
//! next       = input index | partition | offset
//! highest    = input index | partition | source index | source partition | offset
//! gap        = input index | partition | from | to
//! ```
//!
//! Numbers are LEB128 in their shortest form, lists and texts begin with their length.

use std::collections::BTreeMap;

use super::state::{Delta, FileDelta, FileState, Gap, ManifestState, SealedFile, TopicIdentity};
use super::varint::{Malformed, Reader, put_text, put_u64};
use crate::limits::{GAPS_MAX_COUNT, PARTITIONS_MAX_COUNT, TOPICS_MAX_COUNT};
use crate::positions::{InputKey, SourceKey};

const CHECKPOINT: u8 = 1;
const COMMIT: u8 = 2;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record {
    Checkpoint(Box<ManifestState>),
    Commit(Delta),
}

pub(super) fn put_checkpoint(out: &mut Vec<u8>, state: &ManifestState) {
    out.push(CHECKPOINT);
    put_text(out, &state.layout);
    put_text(out, &state.cluster_id);
    put_u64(out, u64::from(state.epoch));
    out.extend_from_slice(&state.plan_hash);
    put_list(out, state.topics.iter(), |out, topic| {
        put_text(out, &topic.name);
        put_text(out, &topic.id);
    });
    put_list(out, state.files.iter(), put_file);
    put_list(out, state.sealed.iter(), |out, sealed| {
        put_text(out, &sealed.original);
        put_file(out, &sealed.file);
    });
    put_list(out, state.inputs.iter(), |out, name| put_text(out, name));
    put_list(out, state.sources.iter(), |out, name| put_text(out, name));
    put_list(out, state.next_offsets.iter(), |out, (&key, &offset)| {
        put_next(out, key, offset);
    });
    put_list(out, state.highest.iter(), |out, (&key, &offset)| {
        put_highest(out, key, offset);
    });
    put_list(out, state.gaps.iter(), put_gap);
    put_u64(out, state.skipped_repeats);
}

pub(super) fn put_commit(out: &mut Vec<u8>, delta: &Delta) {
    out.push(COMMIT);
    put_list(out, delta.files.iter(), |out, change| {
        put_u64(out, u64::from(change.file));
        put_u64(out, change.length);
        put_u64(out, change.rows);
        out.extend_from_slice(&change.crc.to_le_bytes());
    });
    put_list(out, delta.next_offsets.iter(), |out, &(key, offset)| {
        put_next(out, key, offset);
    });
    put_list(out, delta.highest.iter(), |out, &(key, offset)| {
        put_highest(out, key, offset);
    });
    put_list(out, delta.gaps.iter(), put_gap);
    put_u64(out, delta.skipped_repeats);
}

fn put_list<T>(
    out: &mut Vec<u8>,
    items: impl ExactSizeIterator<Item = T>,
    put: impl Fn(&mut Vec<u8>, T),
) {
    put_u64(out, items.len() as u64);
    items.for_each(|item| put(out, item));
}

fn put_file(out: &mut Vec<u8>, file: &FileState) {
    put_text(out, &file.name);
    put_text(out, &file.header);
    put_u64(out, file.length);
    put_u64(out, file.rows);
    out.extend_from_slice(&file.crc.to_le_bytes());
}

// Partitions and offsets are never negative here: `Positions` lets no such number in.
fn put_next(out: &mut Vec<u8>, (topic, partition): InputKey, offset: i64) {
    put_u64(out, u64::from(topic));
    put_u64(out, partition as u64);
    put_u64(out, offset as u64);
}

fn put_highest(out: &mut Vec<u8>, key: SourceKey, offset: i64) {
    let (topic, partition, source, source_partition) = key;
    put_u64(out, u64::from(topic));
    put_u64(out, partition as u64);
    put_u64(out, u64::from(source));
    put_u64(out, source_partition as u64);
    put_u64(out, offset as u64);
}

fn put_gap(out: &mut Vec<u8>, gap: &Gap) {
    put_next(out, (gap.topic, gap.partition), gap.from);
    put_u64(out, gap.to as u64);
}

/// Reads a payload whose checksum was right. Every number is checked against its limit again.
pub(super) fn read(payload: &[u8]) -> Result<Record, Malformed> {
    let mut reader = Reader::new(payload);
    let record = match reader.u8()? {
        CHECKPOINT => Record::Checkpoint(Box::new(read_checkpoint(&mut reader)?)),
        COMMIT => Record::Commit(read_commit(&mut reader)?),
        _ => return Err(Malformed("a record of an unknown kind")),
    };
    reader.end()?;
    Ok(record)
}

fn read_checkpoint(reader: &mut Reader<'_>) -> Result<ManifestState, Malformed> {
    let mut state = ManifestState {
        layout: reader.text()?,
        cluster_id: reader.text()?,
        epoch: reader.up_to(u64::from(u32::MAX), "an epoch is too large")? as u32,
        plan_hash: reader
            .bytes(32)?
            .try_into()
            .expect("32 bytes were asked for"),
        topics: read_list(reader, |reader| {
            Ok(TopicIdentity {
                name: reader.text()?,
                id: reader.text()?,
            })
        })?,
        files: read_list(reader, read_file)?,
        sealed: read_list(reader, |reader| {
            Ok(SealedFile {
                original: reader.text()?,
                file: read_file(reader)?,
            })
        })?,
        inputs: read_list(reader, Reader::text)?,
        sources: read_list(reader, Reader::text)?,
        ..ManifestState::default()
    };
    if state.inputs.len() > TOPICS_MAX_COUNT || state.sources.len() > TOPICS_MAX_COUNT {
        return Err(Malformed("more topics than can be"));
    }
    state.next_offsets = unique(read_list(reader, read_next)?)?;
    state.highest = unique(read_list(reader, read_highest)?)?;
    state.gaps = read_list(reader, read_gap)?;
    state.skipped_repeats = reader.u64()?;
    let (inputs, sources) = (state.inputs.len(), state.sources.len());
    let known = state
        .next_offsets
        .keys()
        .all(|key| usize::from(key.0) < inputs)
        && state
            .highest
            .keys()
            .all(|k| usize::from(k.0) < inputs && usize::from(k.2) < sources)
        && state.gaps.iter().all(|gap| usize::from(gap.topic) < inputs);
    if !known || state.gaps.len() > GAPS_MAX_COUNT {
        return Err(Malformed("a position of an unknown topic"));
    }
    Ok(state)
}

fn read_commit(reader: &mut Reader<'_>) -> Result<Delta, Malformed> {
    Ok(Delta {
        files: read_list(reader, |reader| {
            Ok(FileDelta {
                file: reader.up_to(u64::from(u32::MAX), "a file index is too large")? as u32,
                length: reader.u64()?,
                rows: reader.u64()?,
                crc: reader.u32_fixed()?,
            })
        })?,
        next_offsets: read_list(reader, read_next)?,
        highest: read_list(reader, read_highest)?,
        gaps: read_list(reader, read_gap)?,
        skipped_repeats: reader.u64()?,
    })
}

fn read_list<'a, T>(
    reader: &mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let count = reader.count()?;
    (0..count).map(|_| read(reader)).collect()
}

fn unique<K: Ord>(list: Vec<(K, i64)>) -> Result<BTreeMap<K, i64>, Malformed> {
    let count = list.len();
    let map: BTreeMap<K, i64> = list.into_iter().collect();
    if map.len() == count {
        Ok(map)
    } else {
        Err(Malformed("a position comes twice"))
    }
}

fn read_file(reader: &mut Reader<'_>) -> Result<FileState, Malformed> {
    let file = FileState {
        name: reader.text()?,
        header: reader.text()?,
        length: reader.u64()?,
        rows: reader.u64()?,
        crc: reader.u32_fixed()?,
    };
    if !crate::names::is_data_file(&file.name) {
        return Err(Malformed("a file name that leaves the directory"));
    }
    Ok(file)
}

fn read_topic(reader: &mut Reader<'_>) -> Result<u16, Malformed> {
    Ok(reader.up_to(u64::from(u16::MAX), "a topic index is too large")? as u16)
}

fn read_partition(reader: &mut Reader<'_>) -> Result<i32, Malformed> {
    let max = PARTITIONS_MAX_COUNT as u64 - 1;
    Ok(reader.up_to(max, "a partition is too large")? as i32)
}

fn read_offset(reader: &mut Reader<'_>) -> Result<i64, Malformed> {
    Ok(reader.up_to(i64::MAX as u64, "an offset is too large")? as i64)
}

fn read_next(reader: &mut Reader<'_>) -> Result<(InputKey, i64), Malformed> {
    Ok((
        (read_topic(reader)?, read_partition(reader)?),
        read_offset(reader)?,
    ))
}

fn read_highest(reader: &mut Reader<'_>) -> Result<(SourceKey, i64), Malformed> {
    let (topic, partition) = (read_topic(reader)?, read_partition(reader)?);
    let (source, source_partition) = (read_topic(reader)?, read_partition(reader)?);
    Ok((
        (topic, partition, source, source_partition),
        read_offset(reader)?,
    ))
}

fn read_gap(reader: &mut Reader<'_>) -> Result<Gap, Malformed> {
    let ((topic, partition), from) = read_next(reader)?;
    Ok(Gap {
        topic,
        partition,
        from,
        to: read_offset(reader)?,
    })
}
