//! A stream to generate, and which model makes its events.

use super::model::Model;
use super::models::{ActivityModel, GenericModel, SensorModel};
use super::seed::Seeds;
use super::shape::Shape;
use sluicebox_event::StreamDefinition;

/// A stream that datagen can make events for.
#[derive(Clone, Debug)]
pub struct DatagenStream {
    topic: String,
    shape: Shape,
}

/// The fields that the built-in models write, by the stream they are made for.
const BUILT_IN: [(&str, &[&str]); 2] = [
    (
        "sensor",
        &["sensor_id", "temperature", "humidity", "timestamp"],
    ),
    (
        "activity",
        &[
            "user_id",
            "action",
            "page",
            "product_id",
            "amount",
            "currency",
            "timestamp",
        ],
    ),
];

impl DatagenStream {
    /// The stream that this definition describes.
    pub fn of(definition: &StreamDefinition) -> Self {
        Self {
            topic: definition.topic.clone(),
            shape: Shape::of(definition),
        }
    }

    /// The stream's name.
    pub fn name(&self) -> &str {
        &self.shape.name
    }

    /// The topic its records go to.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The stream's own model, or the one that works from the definition alone.
    pub(super) fn model(&self, seed: u64, keys: u32) -> Box<dyn Model> {
        let seeds = Seeds::new(seed, self.name());
        match self.built_in() {
            Some("sensor") => Box::new(SensorModel::new(seeds, keys)),
            Some(_) => Box::new(ActivityModel::new(seeds, keys)),
            None => Box::new(GenericModel::new(seeds, keys, self.shape.clone())),
        }
    }

    /// The built-in model's name, if it writes exactly the fields that the definition has: someone
    /// may have changed a built-in stream.
    fn built_in(&self) -> Option<&'static str> {
        let (name, fields) = BUILT_IN.iter().find(|(name, _)| *name == self.shape.name)?;
        let defined = self.shape.fields.iter().map(|field| field.name.as_str());
        defined.eq(fields.iter().copied()).then_some(*name)
    }
}
