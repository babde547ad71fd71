//! Training: one RSC step and its metrics, evaluation and inspection, for all arms of a run.
//!
//! Nothing in a step reads back from the device: metrics stay tensors until
//! [`Run::read_steps`] is asked for them.

mod answers;
mod arm;
mod at_once;
mod augment;
mod batch;
mod checkpoint;
mod draws;
mod evaluate;
mod features;
#[cfg(feature = "gpu")]
mod gpu;
mod inspect;
mod last_batch;
mod load;
mod loss;
mod metrics;
mod microscope;
mod objective;
mod optimizer;
mod predict;
mod profile;
mod random;
mod run;
mod step;
mod update_rule;
#[cfg(not(feature = "gpu"))]
mod without_gpu;

#[cfg(not(feature = "gpu"))]
use without_gpu as gpu;

pub use answers::Answers;
pub use arm::Arm;
pub use batch::{Batch, batch_order};
pub use checkpoint::Checkpoint;
pub use draws::Draws;
pub use evaluate::Evaluation;
pub use features::{FeatureCache, Pretrained};
pub use last_batch::LastBatch;
pub use loss::cross_entropy;
pub use metrics::METRICS;
pub use microscope::{InspectedRound, Microscope};
pub use objective::ObjectiveState;
pub use optimizer::{Optimizer, OptimizerState};
pub use random::{Purpose, stream};
pub use run::Run;
pub use step::{Learner, SampleSelection, StepInput, StepOutput, train_step};

#[cfg(test)]
mod tests;
