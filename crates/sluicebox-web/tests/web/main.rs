//! The dashboard over a real embedded broker and a real pipeline, asked as browsers and programs ask.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: clippy allows it in test functions only"
)]

mod account;
mod api;
mod deploy;
mod gate;
mod http;
mod letters;
mod lineage;
mod live;
mod openapi;
mod pages;
mod refusals;
mod search;
mod security;
mod stage;
mod writes;
