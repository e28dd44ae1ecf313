//! Requests as their forms have them.

use crate::dispatch::Api;
use crate::forms::{Field, form_of};

/// The body of a request: two elements in every array, zeros for numbers, `abc` for texts, and in a
/// flexible version a tagged field that nobody knows at the end of each structure.
pub(crate) fn body(api: &Api, version: i16) -> Vec<u8> {
    let mut writer = Writer {
        out: Vec::new(),
        version,
        flexible: api.key.request_header_version(version) == 2,
    };
    writer.structure(form_of(api.key).expect("what is spoken has a form"));
    writer.out
}

struct Writer {
    out: Vec<u8>,
    version: i16,
    flexible: bool,
}

impl Writer {
    fn structure(&mut self, fields: &[Field]) {
        for field in fields {
            self.field(field);
        }
        if self.flexible {
            // One field: tag 99, two bytes.
            self.out.extend_from_slice(&[1, 99, 2, 7, 7]);
        }
    }

    fn field(&mut self, field: &Field) {
        match field {
            Field::Fixed(bytes) => self.out.extend(std::iter::repeat_n(0, *bytes)),
            Field::Text => {
                self.length(2, 3);
                self.out.extend_from_slice(b"abc");
            }
            Field::Blob => {
                self.length(4, 2);
                self.out.extend_from_slice(b"\xff\0");
            }
            Field::Structs(fields) => {
                self.length(4, 2);
                self.structure(fields);
                self.structure(fields);
            }
            Field::List(element) => {
                self.length(4, 2);
                self.field(element);
                self.field(element);
            }
            Field::Since(version, field) if self.version >= *version => self.field(field),
            Field::Until(version, field) if self.version <= *version => self.field(field),
            Field::Since(..) | Field::Until(..) => {}
        }
    }

    fn length(&mut self, bytes: usize, length: u8) {
        if self.flexible {
            self.out.push(length + 1);
        } else {
            self.out.extend(std::iter::repeat_n(0, bytes - 1));
            self.out.push(length);
        }
    }
}
