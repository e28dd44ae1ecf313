//! Finds the source columns in a stream of CSV bytes (RFC 4180), without keeping rows.

/// Where the source columns are, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) topic: Option<usize>,
    pub(super) partition: usize,
    pub(super) offset: usize,
}

/// Longest source topic that is told apart; Kafka's own limit is 249.
const TOPIC_BYTES_MAX: usize = 256;

/// Reads rows from chunks of any size.
#[derive(Debug)]
pub(super) struct RowScanner {
    columns: Columns,
    quoted: bool,
    column: usize,
    what: Field,
    topic: Vec<u8>,
    partition: Option<i64>,
    offset: Option<i64>,
    bad: bool,
    position: u64,
    row_start: u64,
}

/// What the present column is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Ignored,
    Topic,
    Partition,
    Offset,
}

impl RowScanner {
    /// A scanner whose first byte is the start of a row at `position` of the file.
    pub(super) fn new(columns: Columns, position: u64) -> Self {
        let what = columns.field(0);
        Self {
            columns,
            quoted: false,
            column: 0,
            what,
            topic: Vec::with_capacity(TOPIC_BYTES_MAX),
            partition: None,
            offset: None,
            bad: false,
            position,
            row_start: position,
        }
    }

    /// Reads a chunk and calls `row(topic, partition, offset, position)` for each row that ends in
    /// it. Errs with the position of a row without a readable partition or offset.
    pub(super) fn feed(
        &mut self,
        chunk: &[u8],
        mut row: impl FnMut(&[u8], i64, i64, u64),
    ) -> Result<(), u64> {
        let mut rest = chunk;
        while !rest.is_empty() {
            if self.what == Field::Ignored {
                let skipped = self.skip(rest);
                rest = &rest[skipped..];
            }
            let Some((byte, after)) = rest.split_first() else {
                break;
            };
            rest = after;
            self.position += 1;
            match byte {
                b'"' => self.quoted = !self.quoted,
                b',' if !self.quoted => self.next_column(),
                b'\n' if !self.quoted => {
                    self.end_row(&mut row)?;
                }
                byte => self.take(*byte),
            }
        }
        Ok(())
    }

    /// How many bytes at the start of `rest` cannot change the state.
    fn skip(&mut self, rest: &[u8]) -> usize {
        let mut at = rest.iter();
        let stop = if self.quoted {
            at.position(|byte| *byte == b'"')
        } else {
            at.position(|byte| matches!(byte, b'"' | b',' | b'\n'))
        };
        let skipped = stop.unwrap_or(rest.len());
        self.position += skipped as u64;
        skipped
    }

    fn next_column(&mut self) {
        self.column += 1;
        self.what = self.columns.field(self.column);
    }

    fn take(&mut self, byte: u8) {
        match self.what {
            Field::Topic if self.topic.len() < TOPIC_BYTES_MAX => self.topic.push(byte),
            Field::Ignored | Field::Topic => {}
            Field::Partition => push_digit(&mut self.partition, byte, &mut self.bad),
            Field::Offset => push_digit(&mut self.offset, byte, &mut self.bad),
        }
    }

    fn end_row(&mut self, row: &mut impl FnMut(&[u8], i64, i64, u64)) -> Result<(), u64> {
        let (Some(partition), Some(offset), false) = (self.partition, self.offset, self.bad) else {
            return Err(self.row_start);
        };
        row(&self.topic, partition, offset, self.row_start);
        self.topic.clear();
        (self.partition, self.offset) = (None, None);
        self.row_start = self.position;
        self.column = 0;
        self.what = self.columns.field(0);
        Ok(())
    }
}

impl Columns {
    fn field(&self, column: usize) -> Field {
        if column == self.offset {
            Field::Offset
        } else if column == self.partition {
            Field::Partition
        } else if Some(column) == self.topic {
            Field::Topic
        } else {
            Field::Ignored
        }
    }
}

fn push_digit(number: &mut Option<i64>, byte: u8, bad: &mut bool) {
    let digit = i64::from(byte.wrapping_sub(b'0'));
    let grown = number
        .unwrap_or(0)
        .checked_mul(10)
        .and_then(|n| n.checked_add(digit));
    match grown {
        Some(grown) if digit < 10 => *number = Some(grown),
        _ => *bad = true,
    }
}
