//! See the crate description.
pub mod datagen;
