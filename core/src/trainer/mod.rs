//! Training: one RSC step and its metrics, evaluation and inspection, for all arms of a run.
//!
//! Nothing in a step reads back from the device: metrics stay tensors until
//! [`Run::read_steps`] is asked for them.

mod arm;
mod augment;
mod batch;
mod checkpoint;
mod evaluate;
mod features;
mod gpu;
mod inspect;
mod last_batch;
mod loss;
mod metrics;
mod microscope;
mod optimizer;
mod predict;
mod profile;
mod random;
mod run;
mod step;

pub use arm::Arm;
pub use batch::{Batch, batch_order};
pub use checkpoint::Checkpoint;
pub use evaluate::Evaluation;
pub use features::{FeatureCache, Pretrained};
pub use last_batch::LastBatch;
pub use loss::cross_entropy;
pub use metrics::METRICS;
pub use microscope::{InspectedRound, Microscope};
pub use optimizer::{Optimizer, OptimizerState};
pub use random::{Purpose, stream};
pub use run::Run;
pub use step::{SampleSelection, StepOutput, train_step};

#[cfg(test)]
mod tests;
