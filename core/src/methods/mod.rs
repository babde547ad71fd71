//! Methods of domain generalisation that RSC is compared with, as small functions of tensors, each with its
//! formula and source: objectives over the domains of a batch, and masks that regularise.
//!
//! A batch has `B = D·n` images, `n` of each of `D` domains, domain after domain. `L_d` is the mean
//! cross-entropy of domain `d`. The formulas are those of DomainBed (Gulrajani and Lopez-Paz 2021), to whose
//! own numbers the tests compare.

mod alignment;
mod and_mask;
mod domain_losses;
mod drop;
mod erase;
mod invariance;
mod mixup;
mod reweighting;

pub use alignment::{coral, mmd, pairwise};
pub use and_mask::and_mask;
pub use domain_losses::{cross_entropies, domain_losses, targets};
pub use drop::{drop_block, dropout, spatial_dropout};
pub use erase::erasing;
pub use invariance::{irm_penalty, logit_penalty, loss_variance};
pub use mixup::{MixupDraw, mixup};
pub use reweighting::group_weights;

#[cfg(test)]
mod tests;
