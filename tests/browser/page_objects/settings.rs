//! Settings that make a run short.

use std::time::Duration;

use anyhow::Result;

use crate::lab::Lab;

/// Limit for a run of an epoch or two with few images, evaluation included.
pub(crate) const SHORT_RUN: Duration = Duration::from_secs(240);

/// Few images, so that a run is prepared at once.
pub(crate) async fn use_few_images(lab: &Lab) -> Result<()> {
    lab.set_values([("train-images", "64"), ("test-images", "64")])
        .await?;
    lab.wait_until_ready().await
}

/// Sets the epochs and the numbers of images, and waits until the run is prepared.
pub(crate) async fn set_run_size(lab: &Lab, epochs: u32, train: u32, test: u32) -> Result<()> {
    lab.set_value("epochs", &epochs.to_string()).await?;
    lab.set_value("train-images", &train.to_string()).await?;
    lab.set_value("test-images", &test.to_string()).await?;
    lab.wait_until_ready().await
}
