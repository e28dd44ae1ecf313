//! The program over a real Apache Kafka of three brokers that asks for TLS and a login, and allows
//! nothing without an ACL. Needs Java 17, Maven, the `openssl` program, and a build with the feature
//! `tls`: runs only when `SLUICEBOX_REAL_KAFKA=1`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod support;

#[path = "secured/documented.rs"]
mod documented;
#[path = "secured/logins.rs"]
mod logins;
#[path = "secured/loss.rs"]
mod loss;
#[path = "secured/rights.rs"]
mod rights;
#[path = "secured/stage.rs"]
mod stage;
#[path = "secured/tenant.rs"]
mod tenant;
#[path = "secured/tried.rs"]
mod tried;
#[path = "secured/works.rs"]
mod works;
