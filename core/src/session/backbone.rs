//! Pretrained networks: their weights, and the features of their frozen stages.

use std::sync::Arc;

use burn::tensor::Device;
use web_time::Instant;

use super::Session;
use crate::{
    config::{PretrainedNetwork, RunConfig},
    error::{Error, Result},
    model::BackboneWeights,
    protocol::{DeviceKind, Event, RequestId},
    trainer::Pretrained,
};

/// Images whose features are computed between two looks at the messages.
const AT_ONCE_CPU: usize = 2;
/// The same on a GPU, where a batch is computed at once.
const AT_ONCE_GPU: usize = 16;

impl<E: FnMut(Event, Vec<Vec<u8>>)> Session<E> {
    /// Takes the weights of a network, or says why not.
    pub(super) fn set_backbone(
        &mut self,
        request: RequestId,
        network: PretrainedNetwork,
        name: &str,
        buffers: Vec<Vec<u8>>,
    ) {
        let file = buffers.into_iter().next().unwrap_or_default();
        let event = match BackboneWeights::read(network, name, &file) {
            Ok(weights) => {
                let event = Event::BackboneRead {
                    request,
                    network,
                    values: weights.len() as u64,
                    fingerprint: format!("{:016x}", weights.fingerprint()),
                };
                self.backbone = Some(Arc::new(weights));
                event
            }
            Err(error) => Event::BackboneRefused {
                request,
                message: error.to_string(),
            },
        };
        self.send(event);
    }

    /// The weights that settings need, and the features that are there already; `None` where they need
    /// none.
    pub(super) fn pretrained_for(
        &self,
        config: &RunConfig,
        device: &Device,
    ) -> Result<Option<Pretrained>> {
        let Some(network) = config.network.backbone.pretrained() else {
            return Ok(None);
        };
        let weights = self.backbone.as_ref().ok_or_else(|| {
            Error::Data(format!(
                "the weights of {} are not there yet: load them first",
                network.title()
            ))
        })?;
        let (size, before) = (config.data.image_size, self.pretrained.as_ref());
        Pretrained::new(weights, &config.network, size, device, before).map(Some)
    }

    /// Computes some of the features that the current run will need; whether there were any to compute.
    pub(super) fn prepare(&mut self) -> bool {
        let Some(active) = self.active.as_mut().filter(|it| !it.run.is_prepared()) else {
            return false;
        };
        active.run.prepare(match self.kind {
            DeviceKind::Cpu => AT_ONCE_CPU,
            DeviceKind::Gpu => AT_ONCE_GPU,
        });
        let [total, left] = active.run.preparation();
        active.last_read = Instant::now();
        let event = Event::Preparing {
            run: active.id,
            done: (total - left) as u64,
            total: total as u64,
        };
        self.send(event);
        true
    }
}
