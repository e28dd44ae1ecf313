//! The names an object is expected to have, and where their values were found.

/// What a member's value is. Tells no more than the JSON grammar does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    #[default]
    Absent,
    Null,
    True,
    False,
    Number,
    /// A string without escapes: what lies between the quotes is its text.
    Plain,
    /// A string with at least one escape.
    Escaped,
    Array,
    Object,
}

impl Kind {
    /// What it is called in messages.
    pub(crate) fn called(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Null => "null",
            Self::True | Self::False => "a boolean",
            Self::Number => "a number",
            Self::Plain | Self::Escaped => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }

    /// Neither absent nor null.
    pub(crate) fn is_present(self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }
}

/// The value of one member: its kind, and the range of its token (quotes included).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) kind: Kind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Slot {
    /// The token, quotes included. Empty when absent.
    #[inline]
    pub(crate) fn token<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// What lies between the quotes of a string, escapes and all.
    #[inline]
    pub(crate) fn inner<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let (start, end) = (self.start as usize + 1, (self.end as usize).wrapping_sub(1));
        bytes.get(start..end).unwrap_or_default()
    }
}

/// The members that an object is expected to have. Others are unknown.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemberTable {
    literals: Vec<Literal>,
    names: Vec<Box<str>>,
    nested: Option<Nested>,
}

/// `"name":`, laid out to be compared eight bytes at a time.
#[derive(Clone, Debug)]
struct Literal {
    bytes: Box<[u8]>,
    /// Each eight bytes, and a mask of those that count.
    words: Box<[(u64, u64)]>,
}

impl Literal {
    fn new(bytes: Vec<u8>) -> Self {
        let words = bytes.chunks(8).map(|chunk| {
            let (mut word, mut mask) = ([0; 8], [0; 8]);
            word[..chunk.len()].copy_from_slice(chunk);
            mask[..chunk.len()].fill(0xff);
            (u64::from_le_bytes(word), u64::from_le_bytes(mask))
        });
        Self {
            words: words.collect(),
            bytes: bytes.into(),
        }
    }

    #[inline]
    fn starts(&self, rest: &[u8]) -> bool {
        let (chunks, _) = rest.as_chunks::<8>();
        if chunks.len() < self.words.len() {
            return rest.starts_with(&self.bytes);
        }
        let mut pairs = self.words.iter().zip(chunks);
        pairs.all(|((word, mask), chunk)| (u64::from_le_bytes(*chunk) ^ word) & mask == 0)
    }
}

/// A member whose own members are wanted as well.
#[derive(Clone, Debug)]
struct Nested {
    member: usize,
    table: Box<MemberTable>,
    first_slot: usize,
}

impl MemberTable {
    /// A table of `names`, whose slots are 0, 1, 2 ... in this order.
    pub(crate) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Self::default();
        for name in names {
            let mut literal = Vec::with_capacity(name.len() + 3);
            super::string::write_quoted(&mut literal, name.as_bytes());
            literal.push(b':');
            table.literals.push(Literal::new(literal));
            table.names.push(name.into());
        }
        table
    }

    /// The members of member `member`, an object, get the slots that follow this table's own.
    pub(crate) fn with_nested(mut self, member: usize, table: MemberTable) -> Self {
        let first_slot = self.names.len();
        self.nested = Some(Nested {
            member,
            table: Box::new(table),
            first_slot,
        });
        self
    }

    /// Slots that a scan needs.
    pub(crate) fn slots(&self) -> usize {
        self.names.len()
            + self
                .nested
                .as_ref()
                .map_or(0, |nested| nested.table.slots())
    }

    /// Members of the table itself.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Name of member `index`.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.names.get(index).map_or("", |name| name)
    }

    /// The table and first slot of a member's own members, if they are wanted.
    #[inline]
    pub(crate) fn nested(&self, member: usize) -> Option<(&MemberTable, usize)> {
        let nested = self
            .nested
            .as_ref()
            .filter(|nested| nested.member == member)?;
        Some((&nested.table, nested.first_slot))
    }

    /// The member that `rest` starts with, colon included, among those a producer that keeps the
    /// definition's order would write next: its index and the length of name and colon.
    #[inline]
    pub(crate) fn expected(&self, rest: &[u8], next: usize) -> Option<(usize, usize)> {
        let ahead = self.literals.iter().enumerate().skip(next).take(4);
        for (index, literal) in ahead {
            if literal.starts(rest) {
                return Some((index, literal.bytes.len()));
            }
        }
        None
    }

    /// The member of this name, wherever it is in the table.
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        self.names.iter().position(|known| known.as_bytes() == name)
    }
}
