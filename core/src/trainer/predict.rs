//! What an arm makes of a picture that is not in the data, as of a camera.

use burn::tensor::{Int, Tensor};

use super::run::Run;
use crate::{
    config::ChallengeConfig,
    data::{Item, SourceImage, square},
    error::Result,
    model::Mode,
    protocol::Prediction,
    read::read,
};

impl Run {
    /// A picture made square as the data's images are. Its label means nothing.
    ///
    /// # Errors
    /// [`Error::Data`] for a picture that is empty or whose bytes are not as many as its pixels need.
    ///
    /// [`Error::Data`]: crate::error::Error::Data
    pub fn fit(&self, picture: &SourceImage) -> Result<Item> {
        let data = &self.config().data;
        Ok(Item {
            name: picture.name.clone(),
            label: 0,
            pixels: square(picture, self.dataset().size, data.fit)?.into(),
        })
    }

    /// Probabilities of a picture with an arm's weights, before and after a challenge, as
    /// [`Self::inspect`] has them of an image of the data. Nothing of the picture is kept.
    ///
    /// RSC's signal is of the true class, which is unknown here: the class that the arm predicts
    /// stands in its place. Where that is the true one, the numbers are those of an inspection.
    ///
    /// # Errors
    /// As [`Self::inspect`].
    pub async fn predict(
        &self,
        arm: usize,
        config: &ChallengeConfig,
        item: &Item,
    ) -> Result<Prediction> {
        self.challenge_picture(arm, config, item, false).await
    }

    /// As [`Self::predict`], with the signal of the class that the picture is labelled with, which becomes
    /// [`Prediction::class`].
    ///
    /// # Errors
    /// As [`Self::inspect`].
    pub async fn predict_labelled(
        &self,
        arm: usize,
        config: &ChallengeConfig,
        item: &Item,
    ) -> Result<Prediction> {
        self.challenge_picture(arm, config, item, true).await
    }

    async fn challenge_picture(
        &self,
        arm: usize,
        config: &ChallengeConfig,
        item: &Item,
        labelled: bool,
    ) -> Result<Prediction> {
        config.validate("challenge")?;
        let network = &self.arms()[self.position(arm)?].network;
        let (inputs, label) = self.transient_batch(&[item]);
        let frozen = network.frozen();
        let z = frozen.body(inputs, Mode::Evaluate);
        let one_hot = if labelled {
            label
        } else {
            predicted(frozen.head(z.clone(), Mode::Evaluate))
        };
        let unread = self.challenge_on_device(network, config, z, one_hot.clone());
        let mut rows = unread.read().await?;
        let row = rows.remove(0);
        let [_, classes] = one_hot.dims();
        let one_hot = read(one_hot.reshape([classes])).await?;
        let class = one_hot.iter().position(|&it| it > 0.5).unwrap_or_default();
        Ok(Prediction {
            class,
            axis: unread.axis(),
            importance: row.importance,
            muted: row.muted,
            heat: row.heat,
            degenerate: row.degenerate,
            before: row.before,
            after: row.after,
        })
    }
}

/// Ones at the largest of each row of logits, `[B, K]`.
fn predicted(logits: Tensor<2>) -> Tensor<2> {
    let [count, classes] = logits.dims();
    let all = Tensor::<1, Int>::arange(0..classes as i64, &logits.device());
    let all = all.reshape([1, classes]).expand([count, classes]);
    // Not Burn's `one_hot`, which reads from the device to check its indices.
    all.equal(logits.argmax(1).expand([count, classes])).float()
}
