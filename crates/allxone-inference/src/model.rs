//! One model: a small pool of sessions that are opened when first needed and given back when idle.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::TensorRef;

use crate::{InferenceError, ModelName, pinned, selftest, session};

/// A dense array of 32-bit floats, row-major.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tensor {
    /// Length of each axis, outermost first.
    pub shape: Vec<usize>,
    /// As many values as the shape's product.
    pub data: Vec<f32>,
}

/// An input of either type the shipped graphs take.
pub(crate) enum Input<'a> {
    F32(&'a Tensor),
    I64 { shape: Vec<usize>, data: &'a [i64] },
}

/// A verified model, ready to run from any thread.
#[derive(Debug)]
pub struct Model {
    name: ModelName,
    path: PathBuf,
    environment: Environment,
    limit: usize,
    pool: Mutex<Pool>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Pool {
    idle: Vec<Session>,
    /// Sessions that exist, idle or at work.
    open: usize,
}

impl Model {
    /// Verifies the file and opens a first session, so that a broken model is known at once.
    pub(crate) fn open(
        name: ModelName,
        path: PathBuf,
        environment: Environment,
    ) -> Result<Self, InferenceError> {
        let limit = session::options(name).sessions;
        let model = Self { name, path, environment, limit, pool: Mutex::default(), freed: Condvar::new() };
        drop(model.checkout()?);
        Ok(model)
    }

    /// Which model this is.
    pub fn name(&self) -> ModelName {
        self.name
    }

    /// SHA-256 of its file.
    pub fn sha256(&self) -> &'static str {
        &self.name.entry().sha256
    }

    /// Computes all outputs, in the graph's order. Blocks: while every session is at work it waits for one.
    ///
    /// # Errors
    /// [`InferenceError::BadInput`] for a name or shape the graph does not take; file errors if a session had to be opened again.
    pub fn run(&self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, InferenceError> {
        let inputs: Vec<_> = inputs.iter().map(|(name, tensor)| (*name, Input::F32(tensor))).collect();
        self.run_inputs(&inputs)
    }

    pub(crate) fn run_inputs(&self, inputs: &[(&str, Input<'_>)]) -> Result<Vec<Tensor>, InferenceError> {
        let mut lent = self.checkout()?;
        let Some(session) = lent.session.as_mut() else {
            return Err(self.run_failed("no session"));
        };
        let done = catch_unwind(AssertUnwindSafe(|| run(self.name, session, inputs)));
        done.unwrap_or_else(|_| {
            // A session that panicked is in an unknown state: let it go instead of lending it again.
            lent.session = None;
            Err(self.run_failed("the library gave up"))
        })
    }

    /// Closes the sessions nobody is using.
    pub(crate) fn forget_idle(&self) {
        let closed = {
            let mut pool = self.lock();
            let idle = std::mem::take(&mut pool.idle);
            pool.open = pool.open.saturating_sub(idle.len());
            idle
        };
        drop(closed);
        self.freed.notify_all();
    }

    fn checkout(&self) -> Result<Lent<'_>, InferenceError> {
        let mut pool = self.lock();
        loop {
            if let Some(session) = pool.idle.pop() {
                return Ok(Lent { model: self, session: Some(session) });
            }
            if pool.open < self.limit {
                pool.open += 1;
                drop(pool);
                let mut lent = Lent { model: self, session: None };
                lent.session = Some(self.open_session()?);
                return Ok(lent);
            }
            pool = self.freed.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open_session(&self) -> Result<Session, InferenceError> {
        let entry = self.name.entry();
        let pin = pinned::Pin { name: self.name.as_str(), bytes: entry.bytes, sha256: &entry.sha256 };
        let mut session = session::open(&self.environment, self.name, &pinned::read(&self.path, pin)?)?;
        selftest::once(self.name, |inputs| run(self.name, &mut session, inputs))?;
        Ok(session)
    }

    fn run_failed(&self, detail: &str) -> InferenceError {
        InferenceError::RunFailed { name: self.name.as_str(), detail: detail.to_owned() }
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session on loan; going out of scope returns it, or its place if it is gone.
struct Lent<'a> {
    model: &'a Model,
    session: Option<Session>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut pool = self.model.lock();
        match self.session.take() {
            Some(session) => pool.idle.push(session),
            None => pool.open = pool.open.saturating_sub(1),
        }
        drop(pool);
        self.model.freed.notify_one();
    }
}

fn run(
    name: ModelName,
    session: &mut Session,
    inputs: &[(&str, Input<'_>)],
) -> Result<Vec<Tensor>, InferenceError> {
    let bad = |detail: String| InferenceError::BadInput { name: name.as_str(), detail };
    let failed = |e: ort::Error| InferenceError::RunFailed { name: name.as_str(), detail: e.to_string() };
    let expected: Vec<String> = session.inputs().iter().map(|i| i.name().to_owned()).collect();
    if expected.len() != inputs.len() || !expected.iter().all(|e| inputs.iter().any(|(given, _)| given == e))
    {
        return Err(bad(format!("it takes {}", expected.join(", "))));
    }
    let mut values: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
    for (input, value) in inputs {
        let (shape, len) = match value {
            Input::F32(tensor) => (&tensor.shape, tensor.data.len()),
            Input::I64 { shape, data } => (shape, data.len()),
        };
        let fits =
            shape.iter().try_fold(1_usize, |product, n| product.checked_mul(*n)) == Some(len) && len > 0;
        let dims: Option<Vec<i64>> = shape.iter().map(|n| i64::try_from(*n).ok()).collect();
        let (true, Some(dims)) = (fits, dims) else {
            return Err(bad(format!("{len} values do not fill the shape {shape:?} of `{input}`")));
        };
        let value: SessionInputValue<'_> = match value {
            Input::F32(tensor) => {
                TensorRef::from_array_view((dims, tensor.data.as_slice())).map_err(failed)?.into()
            }
            Input::I64 { data, .. } => TensorRef::from_array_view((dims, *data)).map_err(failed)?.into(),
        };
        values.push((Cow::Borrowed(*input), value));
    }
    let outputs = session.run(values).map_err(|e| match e.code() {
        ort::ErrorCode::InvalidArgument => bad(e.to_string()),
        _ => failed(e),
    })?;
    outputs
        .values()
        .map(|value| {
            let (shape, data) = value.try_extract_tensor::<f32>().map_err(failed)?;
            let shape = shape.iter().map(|n| usize::try_from(*n).unwrap_or(0)).collect();
            Ok(Tensor { shape, data: data.to_vec() })
        })
        .collect()
}
