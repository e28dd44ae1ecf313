//! Our own JSON (RFC 8259), for the record path only: a scanner that turns an object into slots
//! in one pass, numbers whose text is kept, and strings. Fuzzed against `serde_json`.

mod cursor;
pub(crate) mod decimal;
pub(crate) mod members;
pub(crate) mod number;
pub(crate) mod scanner;
pub(crate) mod string;
