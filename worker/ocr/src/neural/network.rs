//! One network, run by ONNX Runtime on the calling thread.
//! What it is shown and what its numbers mean is left to `detect` and `transcribe`.

use std::fmt::Display;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::ep::CPU;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use super::NeuralError;

/// A loaded network.
pub(super) struct Network {
    session: Mutex<Session>,
}

/// The numbers that came out, with the length of each dimension, the outermost first.
pub(super) struct Output {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// ONNX Runtime allows one environment a process, and it stays.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

impl Network {
    /// The network in `file`.
    pub(super) fn load(environment: &Environment, file: &Path) -> Result<Self, NeuralError> {
        let bytes = super::bytes(file)?;
        let session = || -> ort::Result<Session> {
            Session::builder(environment)?
                // Documents and pages are what runs in parallel.
                .with_intra_threads(1)?
                .with_inter_threads(1)?
                // Pictures are of all sizes: a plan for each would only take room.
                .with_memory_pattern(false)?
                .with_execution_providers([CPU::default().with_arena_allocator(true).build()])?
                .with_optimization_level(GraphOptimizationLevel::All)?
                .commit_from_memory(&bytes)
        };
        let session = session()
            .map_err(|error| NeuralError::Model { path: file.to_owned(), source: Box::new(error) })?;
        Ok(Self { session: Mutex::new(session) })
    }

    /// What the network makes of `input`, a tensor of `shape`.
    pub(super) fn run(&self, shape: [usize; 4], input: &[f32]) -> Result<Output, NeuralError> {
        let failed = |error: &dyn Display| NeuralError::Run(error.to_string());
        let input = TensorRef::from_array_view((shape, input)).map_err(|error| failed(&error))?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(ort::inputs![input]).map_err(|error| failed(&error))?;
        let first = outputs.values().next().ok_or_else(|| failed(&"nothing came out"))?;
        let (shape, values) = first.try_extract_tensor::<f32>().map_err(|error| failed(&error))?;
        let shape = shape.iter().map(|length| usize::try_from(*length).unwrap_or(0)).collect();
        Ok(Output { shape, values: values.to_vec() })
    }
}

/// What networks are run in, from the library `runtime`; the first library that a process loads serves all that ask.
pub(super) fn environment(runtime: &Path) -> Result<Environment, NeuralError> {
    let mut kept = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = kept.as_ref() {
        return Ok(environment.clone());
    }
    let refused = |source: Box<dyn std::error::Error + Send + Sync>| NeuralError::Runtime {
        path: runtime.to_owned(),
        source,
    };
    let builder = ort::init_from(runtime).map_err(|error| refused(Box::new(error)))?;
    let environment = builder.with_telemetry(false).build().map_err(|error| refused(Box::new(error)))?;
    *kept = Some(environment.clone());
    Ok(environment)
}
