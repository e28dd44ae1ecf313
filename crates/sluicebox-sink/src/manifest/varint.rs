//! Numbers and strings in a manifest record: LEB128, shortest form only.

/// A value that is not there as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

pub(super) fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_u64(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Reads a payload from front to back; every read is checked.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(Malformed("the record ends too early"))?;
        self.rest = rest;
        Ok(head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.bytes(1)?[0])
    }

    pub(super) fn u32_fixed(&mut self) -> Result<u32, Malformed> {
        let bytes = self.bytes(4)?;
        Ok(u32::from_le_bytes(
            bytes.try_into().expect("four bytes were asked for"),
        ))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed("a number is larger than 64 bits"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let shortest = bits != 0 || shift == 0;
                return shortest
                    .then_some(value)
                    .ok_or(Malformed("a number is padded"));
            }
        }
        Err(Malformed("a number is longer than 64 bits"))
    }

    /// A number no greater than `max`.
    pub(super) fn up_to(&mut self, max: u64, what: &'static str) -> Result<u64, Malformed> {
        let value = self.u64()?;
        if value > max {
            Err(Malformed(what))
        } else {
            Ok(value)
        }
    }

    /// How many items follow; each takes at least one byte, so more than there are bytes is
    /// damage, and never an allocation.
    pub(super) fn count(&mut self) -> Result<usize, Malformed> {
        let count = self.up_to(self.rest.len() as u64, "a list is longer than its record")?;
        Ok(count as usize)
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        let length = self.count()?;
        let bytes = self.bytes(length)?;
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed("a name is not UTF-8"))?;
        Ok(text.to_owned())
    }

    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Malformed("the record is too long"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        put_u64(&mut out, value);
        out
    }

    #[test]
    fn numbers_at_every_width_read_back() {
        for bits in 0..64 {
            for value in [1u64 << bits, (1u64 << bits) - 1, u64::MAX >> bits] {
                let bytes = encoded(value);
                let mut reader = Reader::new(&bytes);
                assert_eq!(reader.u64(), Ok(value));
                assert_eq!(reader.end(), Ok(()));
            }
        }
    }

    #[test]
    fn a_number_has_one_encoding_only() {
        assert!(Reader::new(&[0x80, 0x00]).u64().is_err(), "padded zero");
        assert!(Reader::new(&[0xff; 9]).u64().is_err(), "ends too early");
        let mut too_large = vec![0xff; 9];
        too_large.push(0x02);
        assert!(Reader::new(&too_large).u64().is_err(), "65 bits");
    }

    #[test]
    fn a_list_longer_than_its_record_is_refused_before_anything_is_allocated() {
        assert!(Reader::new(&encoded(1 << 40)).count().is_err());
    }
}
