//! The numbers and images that the figures show, all measured on a run.

use burn::{module::Module, tensor::Tensor};

use crate::{
    challenge::{Along, gradient},
    config::{ChallengeConfig, Signal},
    data::{Dataset, Item},
    error::{Error, Result},
    model::Mode,
    protocol::{ImageInspection, ImageRef, Split},
    read::read,
    trainer::{Batch, Run},
    usage::{Usage, measure},
};

/// Images inspected or measured at a time.
const BATCH: usize = 128;

/// A channel of the feature map for one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Its activations `Z_c`, row by row.
    pub map: Vec<f32>,
    /// Its gradient `mean_hw(G_c)`.
    pub gradient: f32,
}

/// One image under one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its pixels, RGBA.
    pub rgba: Vec<u8>,
    /// Name of the arm.
    pub arm: String,
    /// Epochs that arm had trained.
    pub epochs: u32,
    /// Number of images of which this is the one that muting hurts most.
    pub among: usize,
    /// The channels that contribute most to the true class's logit, the first the most.
    pub features: Vec<Feature>,
    /// Importance, mask and predictions.
    pub inspection: ImageInspection,
}

/// One arm after training.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmStudy {
    /// Its name.
    pub name: String,
    /// Accuracy on the training domains' test images.
    pub accuracy_same_domain: f32,
    /// Accuracy on the held-out domain.
    pub accuracy_new_domain: f32,
    /// Usage of the channels by the training domains' test images together.
    pub channels: Usage,
}

/// A kind of outcome on the new domain: which arms were right.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Whether the first and the second arm were right.
    pub right: [bool; 2],
    /// Images of this kind.
    pub count: usize,
    /// Of these, images where the first arm wrongly says the class whose patch the image shows.
    pub by_patch: usize,
    /// RGBA pixels of the first of the images `by_patch`, or of the first of all where there are none.
    pub rgba: Vec<u8>,
    /// Its inspection by each arm.
    pub inspections: [ImageInspection; 2],
}

/// Everything the figures show.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// Class names.
    pub classes: Vec<String>,
    /// Mean colour of each class's shortcut.
    pub cues: Vec<[u8; 3]>,
    /// Side of the images in pixels.
    pub size: usize,
    /// `[channels, height, width]` of the feature map at the challenge point.
    pub shape: [usize; 3],
    /// Images trained on.
    pub training_images: usize,
    /// Epochs.
    pub epochs: u32,
    /// Seed.
    pub seed: u64,
    /// The challenge of the second arm, shown on both.
    pub challenge: ChallengeConfig,
    /// One image under a network that relies on the shortcut.
    pub subject: Subject,
    /// The two arms: plain and challenged.
    pub arms: [ArmStudy; 2],
    /// Both arms' results for each seed tried, this run's first.
    pub repeats: Vec<[ArmStudy; 2]>,
    /// Outcomes on the new domain, one entry for each kind that occurs.
    pub outcomes: Vec<Outcome>,
}

impl Study {
    /// `[height, width]` of the feature map.
    pub fn grid(&self) -> [usize; 2] {
        [self.shape[1], self.shape[2]]
    }

    /// Mean over the seeds of an arm's accuracy on the new domain.
    pub fn mean_accuracy(&self, arm: usize) -> f32 {
        let each = self.repeats.iter();
        let sum: f32 = each.map(|arms| arms[arm].accuracy_new_domain).sum();
        sum / self.repeats.len().max(1) as f32
    }

    /// Mean over the seeds of an arm's effective number of channels.
    pub fn mean_channels(&self, arm: usize) -> f64 {
        let each = self.repeats.iter();
        let sum: f64 = each.map(|arms| arms[arm].channels.effective_number()).sum();
        sum / self.repeats.len().max(1) as f64
    }

    /// With how many seeds the challenged arm uses more channels than the plain one.
    pub fn seeds_with_more_channels(&self) -> usize {
        self.seeds(|arm| arm.channels.effective_number())
    }

    /// With how many seeds the challenged arm does better on the new domain than the plain one.
    pub fn seeds_with_higher_accuracy(&self) -> usize {
        self.seeds(|arm| f64::from(arm.accuracy_new_domain))
    }

    fn seeds(&self, measure: impl Fn(&ArmStudy) -> f64) -> usize {
        let each = self.repeats.iter();
        each.filter(|[plain, challenged]| measure(challenged) > measure(plain))
            .count()
    }

    /// Images of the new domain.
    pub fn new_domain_images(&self) -> usize {
        self.outcomes.iter().map(|outcome| outcome.count).sum()
    }
}

/// The test image of the first training domain whose true class loses most when `challenge` mutes
/// it, of the first 128 under the weights that `arm` has now.
///
/// # Errors
/// [`Error::Data`] without such images, [`Error::Device`] if the device fails.
pub async fn subject(run: &Run, arm: usize, challenge: &ChallengeConfig) -> Result<Subject> {
    let domains = &run.dataset().domains;
    let domain = domains
        .iter()
        .position(|domain| !domain.held_out)
        .ok_or_else(|| Error::Data(String::from("every domain is held out")))?;
    let images = references(domain, domains[domain].test.len().min(BATCH));
    let inspections = run.inspect(arm, challenge, &images).await?;
    let inspection = inspections
        .into_iter()
        .max_by(|a, b| a.drop.total_cmp(&b.drop))
        .ok_or_else(|| Error::Data(String::from("there are no test images to show")))?;
    let item = run.item(inspection.image)?;
    Ok(Subject {
        rgba: Dataset::rgba(item),
        arm: run.arms()[arm].name.clone(),
        epochs: run.epoch() + 1,
        among: images.len(),
        features: features(run, arm, item).await?,
        inspection,
    })
}

/// Measures both arms of a finished run.
///
/// # Errors
/// [`Error::Data`] for other than two arms, [`Error::Device`] if the device fails.
pub async fn arms(run: &Run) -> Result<[ArmStudy; 2]> {
    if run.arms().len() != 2 {
        return Err(Error::Data(format!(
            "a study compares 2 arms, and this run has {}",
            run.arms().len()
        )));
    }
    let evaluation = run.evaluate(async || ()).await?.record;
    let [channels, ..] = run.info().features;
    let arm = async |i: usize| -> Result<ArmStudy> {
        let metrics = &evaluation.arms[i];
        Ok(ArmStudy {
            name: run.arms()[i].name.clone(),
            accuracy_same_domain: metrics.accuracy_same_domain,
            accuracy_new_domain: metrics.accuracy_new_domain.unwrap_or(f32::NAN),
            channels: Usage::together(&contributions(run, i).await?, channels),
        })
    };
    Ok([arm(0).await?, arm(1).await?])
}

/// Measures a finished run of two arms; `subject` comes from [`subject()`] during the run.
///
/// # Errors
/// [`Error::Data`] for other than two arms or without a new domain, [`Error::Device`] if the
/// device fails.
pub async fn study(run: &Run, subject: Subject) -> Result<Study> {
    let arms = arms(run).await?;
    let info = run.info();
    let new = info.domains.iter().position(|domain| domain.held_out);
    let new = new.ok_or_else(|| Error::Data(String::from("no domain is held out")))?;
    let challenge = run.arms()[1].challenge.clone();
    let cues = cues(run.dataset());
    Ok(Study {
        size: info.image_size,
        shape: info.features,
        training_images: info.domains.iter().map(|domain| domain.train).sum(),
        epochs: run.config().training.epochs,
        seed: run.config().training.seed,
        subject,
        repeats: vec![arms.clone()],
        arms,
        outcomes: outcomes(run, new, &challenge, &cues).await?,
        cues,
        challenge,
        classes: info.classes,
    })
}

/// Contributions of one arm's channels to each of the training domains' test images, row by row.
async fn contributions(run: &Run, arm: usize) -> Result<Vec<f32>> {
    let domains = run.dataset().domains.iter();
    let items: Vec<&Item> = domains
        .filter(|domain| !domain.held_out)
        .flat_map(|domain| &domain.test)
        .collect();
    let mut rows = Vec::new();
    for part in items.chunks(BATCH) {
        let batch = batch(run, part);
        let network = &run.arms()[arm].network;
        let measured = measure(network, batch.images, &batch.one_hot, Along::Channel);
        let [count, n] = measured.dims();
        rows.extend(read(measured.reshape([count * n])).await?);
    }
    Ok(rows)
}

/// All channels of one image, by decreasing contribution to the true class's logit.
async fn features(run: &Run, arm: usize, item: &Item) -> Result<Vec<Feature>> {
    let batch = batch(run, &[item]);
    let network = &run.arms()[arm].network;
    let z = network.frozen().body(batch.images, Mode::Evaluate);
    let frozen = network.clone().no_grad();
    let head = |z: Tensor<4>| frozen.head(z, Mode::Evaluate);
    let (_, g) = gradient(&z, &batch.one_hot, head, Signal::TrueLogit);
    let [_, channels, height, width] = z.dims();
    let flat = [channels, height * width];
    let both = Tensor::cat(vec![z.reshape(flat), g.reshape(flat).mean_dim(1)], 1);
    let row = height * width + 1;
    let numbers = read(both.reshape([channels * row])).await?;
    let mut features: Vec<Feature> = numbers
        .chunks_exact(row)
        .map(|row| Feature {
            map: row[..row.len() - 1].to_vec(),
            gradient: row[row.len() - 1],
        })
        .collect();
    let contribution = |feature: &Feature| feature.gradient.abs() * feature.map.iter().sum::<f32>();
    features.sort_by(|a, b| contribution(b).total_cmp(&contribution(a)));
    Ok(features)
}

/// Both arms' results on the new domain, by kind, with an image of each.
async fn outcomes(
    run: &Run,
    domain: usize,
    challenge: &ChallengeConfig,
    cues: &[[u8; 3]],
) -> Result<Vec<Outcome>> {
    let images = references(domain, run.dataset().domains[domain].test.len());
    let mut kinds: Vec<Outcome> = Vec::new();
    for part in images.chunks(BATCH) {
        let first = run.inspect(0, challenge, part).await?;
        let second = run.inspect(1, challenge, part).await?;
        for (first, second) in first.into_iter().zip(second) {
            let item = run.item(first.image)?;
            let said = |seen: &ImageInspection| most_probable(&seen.before).map(|(class, _)| class);
            let right = [&first, &second].map(|seen| said(seen) == Some(seen.label));
            let shown = patch(&item.pixels, run.dataset().size);
            let by_patch =
                !right[0] && said(&first) == shown.and_then(|patch| nearest(patch, cues));
            let mut found = Outcome {
                right,
                count: 1,
                by_patch: usize::from(by_patch),
                rgba: Dataset::rgba(item),
                inspections: [first, second],
            };
            let Some(kind) = kinds.iter_mut().find(|kind| kind.right == right) else {
                kinds.push(found);
                continue;
            };
            if by_patch && kind.by_patch == 0 {
                std::mem::swap(kind, &mut found);
            }
            kind.count += found.count;
            kind.by_patch += found.by_patch;
        }
    }
    Ok(kinds)
}

/// The most probable class and its probability.
pub(super) fn most_probable(probabilities: &[f32]) -> Option<(usize, f32)> {
    let all = probabilities.iter().copied().enumerate();
    all.max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The class whose patch looks most like `colour`.
fn nearest(colour: [f32; 3], cues: &[[u8; 3]]) -> Option<usize> {
    let distance = |cue: &[u8; 3]| -> f32 {
        let pairs = colour.iter().zip(cue);
        pairs.map(|(a, &b)| (a - f32::from(b)).powi(2)).sum()
    };
    let all = cues.iter().enumerate();
    all.min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)))
        .map(|(class, _)| class)
}

fn references(domain: usize, count: usize) -> Vec<ImageRef> {
    let image = |index| ImageRef {
        domain,
        split: Split::Test,
        index,
    };
    (0..count).map(image).collect()
}

fn batch(run: &Run, items: &[&Item]) -> Batch {
    run.batch(items)
}

/// The colour of each class's patch in `corner-cue`, as it looks in the training images: of the
/// four corners of an image, the most colourful one holds it.
fn cues(dataset: &Dataset) -> Vec<[u8; 3]> {
    let training = dataset.training();
    let class = |label| training.iter().filter(move |item| item.label == label);
    let colour = |label| {
        let patches: Vec<[f32; 3]> = class(label)
            .take(16)
            .filter_map(|item| patch(&item.pixels, dataset.size))
            .collect();
        let mean = |i: usize| patches.iter().map(|patch| patch[i]).sum::<f32>();
        std::array::from_fn(|i| (mean(i) / patches.len().max(1) as f32).round() as u8)
    };
    (0..dataset.classes.len()).map(colour).collect()
}

/// Mean colour of the most colourful corner of an RGB image.
fn patch(pixels: &[u8], size: usize) -> Option<[f32; 3]> {
    // Within the patch at every size: it spans 1 to 6 px of 32.
    let near: Vec<usize> = (size / 16..size / 7).collect();
    let far: Vec<usize> = near.iter().map(|at| size - 1 - at).collect();
    let sides = [near, far];
    let corner = |rows: &[usize], columns: &[usize]| {
        let mut sum = [0.0; 3];
        for row in rows {
            for column in columns {
                let at = 3 * (row * size + column);
                for (sum, value) in sum.iter_mut().zip(pixels.get(at..at + 3)?) {
                    *sum += f32::from(*value);
                }
            }
        }
        let area = (rows.len() * columns.len()).max(1) as f32;
        Some(sum.map(|sum| sum / area))
    };
    let colourfulness = |colour: &[f32; 3]| {
        let high = colour.iter().copied().fold(f32::MIN, f32::max);
        let low = colour.iter().copied().fold(f32::MAX, f32::min);
        high - low
    };
    sides
        .iter()
        .flat_map(|rows| sides.iter().map(move |columns| (rows, columns)))
        .filter_map(|(rows, columns)| corner(rows, columns))
        .max_by(|a, b| colourfulness(a).total_cmp(&colourfulness(b)))
}
