//! Settings: every key a user can set, where its value comes from, and what it is after all.
//!
//! One table ([`table::SETTINGS`]) names each setting once. The flags, the environment variables,
//! the config file, `config default`, `config show` and the reference in the docs are made from it.
//! A value comes from the first of: flag, environment, config file, default.

pub(crate) mod config;
pub(crate) mod file;
pub(crate) mod kafka_variables;
pub(crate) mod layers;
mod read;
pub(crate) mod reference;
pub(crate) mod secrets;
pub(crate) mod table;
pub(crate) mod value;
pub(crate) mod variables;
