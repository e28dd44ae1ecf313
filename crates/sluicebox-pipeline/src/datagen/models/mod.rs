//! The models: the only code of the product that knows what its built-in streams are about.

mod activity;
mod fault;
mod generic;
mod sensor;
mod site;

pub(super) use activity::ActivityModel;
pub(super) use generic::GenericModel;
pub(super) use sensor::SensorModel;
