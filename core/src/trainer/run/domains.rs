//! The training domains that a batch keeps apart.

use crate::{
    config::{ArmConfig, RunConfig},
    data::Dataset,
    error::{ConfigError, Result},
};

/// How many domains a batch keeps apart.
///
/// # Errors
/// [`crate::Error::Config`] where an arm compares domains and there is one only, or where a batch is too small for
/// two images of each.
pub(super) fn batch_domains(config: &RunConfig, dataset: &Dataset) -> Result<usize> {
    if !config.draws_per_domain() {
        return Ok(1);
    }
    let trained = dataset.domains.iter().filter(|it| !it.train.is_empty());
    let names: Vec<&str> = trained.map(|it| it.name.as_str()).collect();
    let compares = |it: &ArmConfig| it.objective.compares_domains();
    if let Some(index) = config.arms.iter().position(compares)
        && names.len() < 2
    {
        let expected = format!(
            "erm or spectral_decoupling: this one compares training domains, and there is only {}; \
             choose images of several domains",
            names.join(", ")
        );
        let field = format!("arms[{index}].objective.kind");
        let name = config.arms[index].objective.name();
        return Err(ConfigError::new(field, name, expected).into());
    }
    let smallest = 2 * names.len();
    let batch = config.training.batch_size.min(dataset.training().len());
    if batch < smallest {
        let expected = format!(
            "at least {smallest}: two images of each of the {} training domains",
            names.len()
        );
        return Err(ConfigError::new("training.batch_size", batch, expected).into());
    }
    Ok(names.len())
}
