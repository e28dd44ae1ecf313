//! Bad records of every class, made out of good ones.

mod candidates;
mod class;
mod edit;
mod ratio;
mod reasons;
mod spoil;
mod turns;

pub use class::InvalidClass;
pub use ratio::InvalidRatio;
pub(super) use spoil::Spoiler;
