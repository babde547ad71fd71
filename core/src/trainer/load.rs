//! Gives an arm the weights of a file that [`Run::export`] wrote.

use super::{features::Pretrained, run::Run};
use crate::{
    error::Result,
    model::{from_safetensors, trained_tensors, with_weights},
};

impl Run {
    /// Replaces an arm's weights by those of a file that [`Self::export`] wrote for an arm with the same
    /// data and network settings. Step and optimizer stay as they are, so this is for asking the arm, not
    /// for training on.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if there is no such arm, or if the file is damaged or of another
    /// network.
    pub fn load(&mut self, arm: usize, file: &[u8]) -> Result<()> {
        let position = self.position(arm)?;
        let device = self.device().clone().autodiff();
        let fresh = self.fresh_network(&device)?;
        let mut given = from_safetensors(file)?;
        if let Some(backbone) = self.pretrained().map(Pretrained::weights) {
            given = trained_tensors(given, &fresh, &self.config().network, backbone)?;
        }
        self.arms_mut()[position].network = with_weights(fresh, given)?;
        Ok(())
    }
}
