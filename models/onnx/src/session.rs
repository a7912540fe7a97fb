//! One model, loaded, and how tokens go through it.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use crate::Runtime;

/// See the module. One text at a time goes through it.
pub(crate) struct Encoder {
    session: Mutex<Session>,
    inputs: Vec<Input>,
}

/// Numbers with their shape.
pub(crate) struct Output {
    pub shape: Vec<i64>,
    pub values: Vec<f32>,
}

/// What an encoder may want to know of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Ids,
    Mask,
    Types,
}

fn input(name: &str) -> Result<Input, String> {
    match name {
        "input_ids" => Ok(Input::Ids),
        "attention_mask" => Ok(Input::Mask),
        "token_type_ids" => Ok(Input::Types),
        other => Err(format!("it wants an input {other:?}, which is none of a text encoder's")),
    }
}

/// The one environment that a process may have.
fn environment() -> Result<&'static Environment, String> {
    static MADE: OnceLock<Result<Environment, String>> = OnceLock::new();
    let make = || ort::init().with_name("aico").with_telemetry(false).build().map_err(|e| e.to_string());
    MADE.get_or_init(make).as_ref().map_err(Clone::clone)
}

impl Encoder {
    /// Loads a model's file.
    pub(crate) fn load(file: &Path, runtime: &Runtime) -> Result<Self, String> {
        let text = |e: ort::Error| e.to_string();
        let builder = Session::builder(environment()?).map_err(text)?;
        let mut builder = match runtime {
            // It knows no other options.
            Runtime::Tract => builder.with_optimization_level(GraphOptimizationLevel::Level3),
            Runtime::Native { .. } => {
                // Half of the machine: building an index must not take the rest away from whoever talks.
                let threads = std::thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2));
                builder.with_intra_threads(threads)
            }
        }
        .map_err(|e| e.to_string())?;
        let session = builder.commit_from_file(file).map_err(text)?;
        let inputs = session.inputs().iter().map(|i| input(i.name())).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { session: Mutex::new(session), inputs })
    }

    /// The outputs for the tokens of one text, `types` telling the parts of it apart.
    pub(crate) fn run(&self, ids: &[i64], types: &[i64]) -> Result<Vec<Output>, String> {
        let text = |e: ort::Error| e.to_string();
        let ones = vec![1; ids.len()];
        let tensor = |input: &Input| {
            let (name, values) = match input {
                Input::Ids => ("input_ids", ids),
                Input::Mask => ("attention_mask", ones.as_slice()),
                Input::Types => ("token_type_ids", types),
            };
            Ok((name, TensorRef::from_array_view(([1, ids.len()], values)).map_err(text)?))
        };
        let feed = self.inputs.iter().map(tensor).collect::<Result<Vec<_>, String>>()?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(feed).map_err(text)?;
        let output = |value: ort::value::ValueRef<'_>| {
            let (shape, values) = value.try_extract_tensor::<f32>().map_err(text)?;
            Ok(Output { shape: shape.to_vec(), values: values.to_vec() })
        };
        outputs.values().map(output).collect()
    }
}
