//! Small changes to the flat JSON objects that the models write.

use std::ops::Range;

/// Where a member is in the text.
struct Member {
    /// From its name's first quote to the end of its value.
    whole: Range<usize>,
    value: Range<usize>,
}

/// Finds a member of a flat object without spaces, which is what the models write.
fn find(object: &[u8], name: &str) -> Option<Member> {
    let mut at = 1;
    while object.get(at) == Some(&b'"') {
        let name_end = at + 1 + string_length(&object[at + 1..])?;
        let start = name_end + 2;
        let length = match object.get(start)? {
            b'"' => 2 + string_length(&object[start + 1..])?,
            _ => object[start..]
                .iter()
                .position(|b| matches!(b, b',' | b'}'))?,
        };
        if &object[at + 1..name_end] == name.as_bytes() {
            return Some(Member {
                whole: at..start + length,
                value: start..start + length,
            });
        }
        at = start + length + 1;
    }
    None
}

/// Bytes up to the quote that ends the string.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })
}

/// The member's value as written; empty if it is absent.
pub(super) fn value_of<'a>(object: &'a [u8], name: &str) -> &'a [u8] {
    find(object, name).map_or(b"", |member| &object[member.value])
}

/// Gives the member this value (JSON text), adding it at the end if it is absent.
pub(super) fn set(object: &mut Vec<u8>, name: &str, value: &[u8]) {
    if let Some(member) = find(object, name) {
        object.splice(member.value, value.iter().copied());
    } else {
        add(object, name, value);
    }
}

/// Adds a member at the end, whether or not there is one of that name.
pub(super) fn add(object: &mut Vec<u8>, name: &str, value: &[u8]) {
    object.pop();
    if object.len() > 1 {
        object.push(b',');
    }
    object.push(b'"');
    object.extend_from_slice(name.as_bytes());
    object.extend_from_slice(b"\":");
    object.extend_from_slice(value);
    object.push(b'}');
}

/// Takes the member out.
pub(super) fn remove(object: &mut Vec<u8>, name: &str) {
    let Some(member) = find(object, name) else {
        return;
    };
    let Range { mut start, mut end } = member.whole;
    if object[end] == b',' {
        end += 1;
    } else if object[start - 1] == b',' {
        start -= 1;
    }
    object.drain(start..end);
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &[u8] = br#"{"a":1.5,"b":"x","c":true}"#;

    #[test]
    fn escaped_quotes_do_not_end_a_string() {
        let mut object = br#"{"a\"b":"c\\","d":"e\",\"f\":1","g":2}"#.to_vec();
        assert_eq!(value_of(&object, r#"a\"b"#), br#""c\\""#);
        assert_eq!(value_of(&object, "g"), b"2");
        remove(&mut object, "d");
        assert_eq!(object, br#"{"a\"b":"c\\","g":2}"#);
    }

    #[test]
    fn members_are_set_added_and_removed() {
        let edited = |edit: &dyn Fn(&mut Vec<u8>)| {
            let mut object = OBJECT.to_vec();
            edit(&mut object);
            String::from_utf8(object).unwrap()
        };
        assert_eq!(
            edited(&|o| set(o, "b", b"7")),
            r#"{"a":1.5,"b":7,"c":true}"#
        );
        assert_eq!(
            edited(&|o| set(o, "d", b"7")),
            r#"{"a":1.5,"b":"x","c":true,"d":7}"#
        );
        assert_eq!(
            edited(&|o| add(o, "a", b"7")),
            r#"{"a":1.5,"b":"x","c":true,"a":7}"#
        );
        assert_eq!(edited(&|o| remove(o, "a")), r#"{"b":"x","c":true}"#);
        assert_eq!(edited(&|o| remove(o, "b")), r#"{"a":1.5,"c":true}"#);
        assert_eq!(edited(&|o| remove(o, "c")), r#"{"a":1.5,"b":"x"}"#);
        assert_eq!(edited(&|o| remove(o, "x")), edited(&|_| ()));
        assert_eq!(value_of(OBJECT, "b"), br#""x""#);
        assert_eq!(value_of(OBJECT, "x"), b"");
    }

    #[test]
    fn the_last_member_leaves_an_empty_object() {
        let mut object = br#"{"a":1}"#.to_vec();
        remove(&mut object, "a");
        assert_eq!(object, b"{}");
        add(&mut object, "b", b"2");
        assert_eq!(object, br#"{"b":2}"#);
    }
}
