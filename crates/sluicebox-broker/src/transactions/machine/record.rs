//! The records of the transactions journal. The last one of a transactional id counts.

use super::transaction::{Producer, Transaction, TransactionState};
use crate::fields::{FieldReader, FieldWriter};

const VERSION: u8 = 1;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TransactionsRecord {
    /// This is how the transactional id stands.
    State {
        transactional_id: String,
        transaction: Transaction,
    },
    /// Producer ids below this one may have been given out.
    ProducerIdsBelow(i64),
    /// The id has not been used for a long time.
    Forgotten { transactional_id: String },
}

impl TransactionsRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = FieldWriter::default();
        out.u8(VERSION);
        match self {
            Self::State {
                transactional_id,
                transaction,
            } => {
                out.u8(1).text(transactional_id);
                write_transaction(&mut out, transaction);
            }
            Self::ProducerIdsBelow(id) => {
                out.u8(2).i64(*id);
            }
            Self::Forgotten { transactional_id } => {
                out.u8(3).text(transactional_id);
            }
        }
        out.finish()
    }

    /// Reads what [`TransactionsRecord::encode`] wrote; the error says what is wrong.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut fields = FieldReader::new(bytes);
        let version = fields.u8()?;
        if version != VERSION {
            return Err(format!(
                "a transaction record of version {version}; this broker writes {VERSION}"
            ));
        }
        let record = match fields.u8()? {
            1 => Self::State {
                transactional_id: fields.text()?,
                transaction: read_transaction(&mut fields)?,
            },
            2 => Self::ProducerIdsBelow(fields.i64()?),
            3 => Self::Forgotten {
                transactional_id: fields.text()?,
            },
            kind => return Err(format!("a transaction record of unknown kind {kind}")),
        };
        fields.end()?;
        Ok(record)
    }
}

fn write_transaction(out: &mut FieldWriter, transaction: &Transaction) {
    for producer in [transaction.producer, transaction.former] {
        out.i64(producer.id).i16(producer.epoch);
    }
    out.i32(transaction.timeout_ms)
        .u8(state_code(transaction.state));
    out.i64(transaction.started_ms).i64(transaction.changed_ms);
    out.count(transaction.partitions.len());
    for (topic, partition) in &transaction.partitions {
        out.text(topic).i32(*partition);
    }
    out.count(transaction.groups.len());
    for group in &transaction.groups {
        out.text(group);
    }
}

fn read_transaction(fields: &mut FieldReader<'_>) -> Result<Transaction, String> {
    let producer = Producer {
        id: fields.i64()?,
        epoch: fields.i16()?,
    };
    let former = Producer {
        id: fields.i64()?,
        epoch: fields.i16()?,
    };
    let timeout_ms = fields.i32()?;
    let state = state_of(fields.u8()?)?;
    let started_ms = fields.i64()?;
    let changed_ms = fields.i64()?;
    let count = fields.count()?;
    let partitions = (0..count).map(|_| Ok((fields.text()?, fields.i32()?)));
    let partitions = partitions.collect::<Result<_, String>>()?;
    let count = fields.count()?;
    let groups = (0..count)
        .map(|_| fields.text())
        .collect::<Result<_, String>>()?;
    Ok(Transaction {
        producer,
        former,
        timeout_ms,
        state,
        partitions,
        groups,
        started_ms,
        changed_ms,
    })
}

fn state_code(state: TransactionState) -> u8 {
    match state {
        TransactionState::Empty => 0,
        TransactionState::Ongoing => 1,
        TransactionState::PrepareCommit => 2,
        TransactionState::PrepareAbort => 3,
        TransactionState::CompleteCommit => 4,
        TransactionState::CompleteAbort => 5,
        TransactionState::PrepareEpochFence => 6,
    }
}

fn state_of(code: u8) -> Result<TransactionState, String> {
    Ok(match code {
        0 => TransactionState::Empty,
        1 => TransactionState::Ongoing,
        2 => TransactionState::PrepareCommit,
        3 => TransactionState::PrepareAbort,
        4 => TransactionState::CompleteCommit,
        5 => TransactionState::CompleteAbort,
        6 => TransactionState::PrepareEpochFence,
        _ => return Err(format!("a transaction in unknown state {code}")),
    })
}
