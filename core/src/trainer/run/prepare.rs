//! The inputs of the part that trains: images, or the features of frozen stages, which are computed once.

use burn::tensor::Tensor;

use super::{Run, Unprepared};
use crate::{
    data::{Domain, Item},
    protocol::{ImageRef, Split},
    trainer::{
        augment::mirrored,
        batch::{Batch, images_on},
        features::Pretrained,
    },
};

impl Run {
    /// A batch of this run's images, or of others of its size, as its networks take it.
    pub fn batch(&self, items: &[&Item]) -> Batch {
        let classes = self.dataset.classes.len();
        let cache = self.pretrained.as_ref().and_then(Pretrained::features);
        let inputs = match cache {
            Some(cache) => cache.features(items),
            None => self.images(items),
        };
        Batch::of(inputs, items, classes, &self.device)
    }

    /// Images of this run's size that are not of its data, as its networks take them. Nothing of
    /// them is kept.
    pub(in crate::trainer) fn transient_inputs(&self, items: &[&Item]) -> Tensor<4> {
        let cache = self.pretrained.as_ref().and_then(Pretrained::features);
        match cache {
            Some(cache) => cache.transient(items),
            None => self.images(items),
        }
    }

    /// [`Self::transient_inputs`] with the labels as `[B, K]`.
    pub(in crate::trainer) fn transient_batch(&self, items: &[&Item]) -> (Tensor<4>, Tensor<2>) {
        let classes = self.dataset.classes.len();
        let inputs = self.transient_inputs(items);
        let Batch { images, one_hot } = Batch::of(inputs, items, classes, &self.device);
        (images, one_hot)
    }

    fn images(&self, items: &[&Item]) -> Tensor<4> {
        let scale = self.config.network.backbone.pixel_scale();
        images_on(items, self.dataset.size, scale, &self.device)
    }

    /// All images whose features training and evaluation will need, the first last; none where no
    /// stage is frozen.
    pub(super) fn images_to_prepare(&self) -> Vec<Unprepared> {
        let frozen = self.pretrained.as_ref().and_then(Pretrained::features);
        if frozen.is_none() {
            return Vec::new();
        }
        let flips = self.config.training.augmentation.flip;
        let mut all = Vec::new();
        for (domain, Domain { train, test, .. }) in self.dataset.domains.iter().enumerate() {
            for (split, items) in [(Split::Train, train), (Split::Test, test)] {
                for index in 0..items.len() {
                    let image = ImageRef {
                        domain,
                        split,
                        index,
                    };
                    all.push(Unprepared {
                        image,
                        mirrored: false,
                    });
                    if flips && split == Split::Train {
                        all.push(Unprepared {
                            image,
                            mirrored: true,
                        });
                    }
                }
            }
        }
        all.reverse();
        all
    }

    /// How many images the features of frozen stages are computed of, in all and still: mirrored ones
    /// count on their own. The first step can be made before; it then computes what it needs.
    pub fn preparation(&self) -> [usize; 2] {
        [self.to_prepare, self.unprepared.len()]
    }

    /// Whether there is nothing to [`Self::prepare`].
    pub fn is_prepared(&self) -> bool {
        self.unprepared.is_empty()
    }

    /// Computes the features of up to `most` images that have none yet, in one batch.
    pub fn prepare(&mut self, most: usize) {
        let cache = self.pretrained.as_ref().and_then(Pretrained::features);
        let Some(cache) = cache.cloned() else {
            return;
        };
        let mut items = Vec::with_capacity(most);
        while items.len() < most
            && let Some(next) = self.unprepared.pop()
        {
            let Some(item) = self.dataset.item(next.image) else {
                continue;
            };
            let item = if next.mirrored {
                mirrored(item, self.dataset.size)
            } else {
                item.clone()
            };
            if !cache.has(&item) {
                items.push(item);
            }
        }
        cache.prepare(&items.iter().collect::<Vec<_>>());
    }
}
