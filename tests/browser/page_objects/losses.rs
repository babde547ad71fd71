//! The losses that the page shows.

use anyhow::{Context, Result};

use crate::lab::Lab;

/// One point of the loss curves of the default run's two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Losses {
    pub(crate) step: u64,
    pub(crate) erm: f64,
    pub(crate) rsc: f64,
}

/// The step and the losses of the default run's two arms.
pub(crate) async fn losses(lab: &Lab) -> Result<Losses> {
    Ok(Losses {
        step: lab.step_count().await?,
        erm: lab.number("loss-erm").await?.context("no ERM loss")?,
        rsc: lab.number("loss-rsc").await?.context("no RSC loss")?,
    })
}

/// These two losses as the page writes them.
pub(crate) async fn loss_texts(lab: &Lab) -> Result<[String; 2]> {
    Ok([lab.text("loss-erm").await?, lab.text("loss-rsc").await?])
}

/// The losses of these arms.
pub(crate) async fn arm_losses(lab: &Lab, arms: &[&str]) -> Result<Vec<f64>> {
    let mut losses = Vec::new();
    for arm in arms {
        let loss = lab.number(&format!("loss-{arm}")).await?;
        losses.push(loss.with_context(|| format!("no loss of `{arm}`"))?);
    }
    Ok(losses)
}

/// Makes a step. Returns the losses of these arms.
pub(crate) async fn step_losses(lab: &Lab, arms: &[&str]) -> Result<Vec<f64>> {
    lab.make_steps(1).await?;
    arm_losses(lab, arms).await
}

/// Makes single steps from one count to another. Returns the losses of the last.
pub(crate) async fn step_through(lab: &Lab, from: u64, to: u64) -> Result<[String; 2]> {
    for step in from + 1..=to {
        lab.step_to(step).await?;
    }
    loss_texts(lab).await
}
