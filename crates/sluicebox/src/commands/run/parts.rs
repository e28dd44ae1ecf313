//! The parts of a run on threads of their own, and what they say when they end.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use sluicebox_pipeline::config::{ProcessorConfig, SinkConfig};
use sluicebox_pipeline::datagen::{DatagenError, DatagenReport, DatagenTask};
use sluicebox_pipeline::error::PipelineError;
use sluicebox_pipeline::metrics::Metrics;
use sluicebox_pipeline::stop::{StopLevel, StopSignal};
use sluicebox_pipeline::{processor, sink};

/// Something that the run reacts to.
#[derive(Debug)]
pub(crate) enum Happening {
    /// The user wants the end.
    Interrupted,
    /// Datagen has made what it should, was told to stop, or failed.
    Generated(Result<Box<DatagenReport>, DatagenError>),
    /// The processor has ended.
    Processed(Result<(), PipelineError>),
    /// The sink has ended.
    Sunk(Result<(), PipelineError>),
}

/// One signal per part: they end one after the other, along the flow.
#[derive(Clone, Default)]
pub(crate) struct Stops {
    /// The user wants the end: what has not begun does not begin.
    pub(crate) asked: StopSignal,
    pub(crate) datagen: StopSignal,
    pub(crate) processor: StopSignal,
    pub(crate) sink: StopSignal,
}

impl Stops {
    /// Tells all parts to finish the batch at hand.
    pub(crate) fn drain_all(&self) {
        for stop in [&self.datagen, &self.processor, &self.sink] {
            stop.raise(StopLevel::Drain);
        }
    }
}

/// Starts datagen; its end arrives as [`Happening::Generated`].
pub(crate) fn start_datagen(task: DatagenTask, said: Sender<Happening>) -> std::io::Result<()> {
    spawn("datagen", move || {
        // Nobody listens any more only when the run has ended already.
        let _ = said.send(Happening::Generated(task.run().map(Box::new)));
    })
}

/// Starts the processor; its end arrives as [`Happening::Processed`].
pub(crate) fn start_processor(
    config: ProcessorConfig,
    stop: StopSignal,
    metrics: Arc<Metrics>,
    said: Sender<Happening>,
) -> std::io::Result<()> {
    spawn("processor", move || {
        let _ = said.send(Happening::Processed(processor::run(
            config, &stop, &metrics,
        )));
    })
}

/// Starts the sink; its end arrives as [`Happening::Sunk`].
pub(crate) fn start_sink(
    config: SinkConfig,
    stop: StopSignal,
    metrics: Arc<Metrics>,
    said: Sender<Happening>,
) -> std::io::Result<()> {
    spawn("sink", move || {
        let _ = said.send(Happening::Sunk(sink::run(&config, &stop, &metrics)));
    })
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}
