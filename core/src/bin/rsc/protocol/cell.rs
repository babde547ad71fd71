//! Training of one cell: its images, its run, its evaluations.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use pollster::block_on;
use rsc_core::{
    Error,
    config::{DataConfig, DataSource, Fit},
    data::{Dataset, folder::FolderImages},
    device::{Opened, open},
    model::BackboneWeights,
    trainer::{Evaluation, Pretrained, Run},
};

use super::{
    args::ProtocolArgs,
    cells::{Cell, Protocol},
    folder::Folder,
    images::ImageNotes,
    record::{CellEvaluation, CellRecord, DomainScore, RECORD_VERSION, Score},
    split::out_part,
    way::Way,
};
use crate::{
    backbone::{of_backbone, prepare},
    interrupt::Interrupt,
    run_images::{RunImages, cache_folder},
    untested::UntestedClasses,
};

/// Steps after which metrics are read from the device.
const READ_EVERY: usize = 16;

/// What cells have in common: images, weights, the device.
pub(crate) struct Workshop {
    images: RunImages,
    /// Folder of the images, unless they are built in.
    folder: Option<PathBuf>,
    /// Side and fit that they were read with.
    read_at: (usize, Fit),
    weights: Vec<Arc<BackboneWeights>>,
    pretrained: Option<Pretrained>,
    opened: Opened,
    evaluate_every: u32,
    /// Between two checkpoints of a cell.
    save_every: Duration,
    /// The last data set, with what it was made from: cells of the same seed and held-out domain share it.
    dataset: Option<((DataConfig, u64), Arc<Dataset>)>,
}

impl Workshop {
    /// Opens the device and reads the images, which must be those that the folder's protocol began with.
    ///
    /// # Errors
    /// Where something is missing, and where the images have changed.
    pub(crate) fn open(
        protocol: &Protocol,
        folder: &Folder,
        arguments: &ProtocolArgs,
    ) -> Result<Self> {
        let data = &protocol.cell(0)?.config.data;
        let (images, named) = match (&protocol.folder, &data.source) {
            (Some(path), _) => (read(path, data)?, path.display().to_string()),
            (None, DataSource::Preset { preset }) => {
                (RunImages::built_in(*preset)?, String::from("built in"))
            }
            (None, DataSource::Own) => {
                bail!("own images lie in a folder: set `folder` of `[data]`")
            }
        };
        let mut weights: Vec<Arc<BackboneWeights>> = Vec::new();
        for cell in &protocol.cells {
            let backbone = &cell.config.network.backbone;
            let network = backbone.pretrained();
            let known = weights.iter().any(|it| Some(it.network()) == network);
            if network.is_some() && !known {
                weights.extend(of_backbone(backbone, protocol.weights.as_deref())?);
            }
        }
        let own = match &images {
            RunImages::Own(images) => &images[..],
            RunImages::BuiltIn(_) => &[],
        };
        // At the size of the first cell, whichever is to be made.
        folder.check_images(&ImageNotes::of(own, &weights), &named)?;
        Ok(Self {
            images,
            folder: protocol.folder.clone(),
            read_at: (data.image_size, data.fit),
            weights,
            pretrained: None,
            opened: block_on(open(arguments.device.preference()))?,
            evaluate_every: protocol.evaluate_every,
            save_every: Duration::from_secs(arguments.checkpoint_every),
            dataset: None,
        })
    }

    fn dataset(&mut self, cell: &Cell) -> Result<Arc<Dataset>> {
        let key = (cell.config.data.clone(), cell.seed);
        if let Some((before, dataset)) = &self.dataset
            && *before == key
        {
            return Ok(Arc::clone(dataset));
        }
        let data = &key.0;
        if let Some(folder) = &self.folder
            && self.read_at != (data.image_size, data.fit)
        {
            self.images = read(folder, data)?;
            self.read_at = (data.image_size, data.fit);
        }
        let dataset = Arc::new(self.images.dataset(data, cell.seed)?);
        self.dataset = Some((key, Arc::clone(&dataset)));
        Ok(dataset)
    }

    /// What its pretrained network needs, where it has one.
    fn prepare_weights(&mut self, cell: &Cell) -> Result<()> {
        let config = &cell.config;
        let Some(network) = config.network.backbone.pretrained() else {
            self.pretrained = None;
            return Ok(());
        };
        if let Some(weights) = self.weights.iter().find(|it| it.network() == network) {
            let (size, device) = (config.data.image_size, &self.opened.device);
            let before = self.pretrained.as_ref();
            let pretrained = Pretrained::new(weights, &config.network, size, device, before)?;
            self.pretrained = Some(pretrained);
        }
        Ok(())
    }

    /// The run of a cell, from where it was saved or from its beginning.
    fn begin(
        &mut self,
        cell: &Cell,
        folder: &Folder,
        dataset: &Arc<Dataset>,
    ) -> Result<(Run, Way)> {
        self.prepare_weights(cell)?;
        let (pretrained, device) = (self.pretrained.as_ref(), &self.opened.device);
        if let Some((saved, way)) = Way::read(folder, cell) {
            let dataset = Arc::clone(dataset);
            // What does not fit is of no use, and the cell begins anew.
            if let Ok(run) = Run::resume_pretrained(saved, &[0], dataset, pretrained, device)
                && way.is_whole(&run, self.evaluate_every)
            {
                return Ok((run, way));
            }
        }
        let (config, dataset) = (cell.config.clone(), Arc::clone(dataset));
        let run = Run::with_pretrained(config, &[0], dataset, pretrained, device)?;
        Ok((run, Way::default()))
    }

    /// Trains a cell to its end; `None` where Ctrl-C was pressed, after it was saved. `progress` hears of the
    /// fraction that is done.
    ///
    /// # Errors
    /// Where its data do not fit its settings, the device fails or a file cannot be written.
    pub(crate) fn train(
        &mut self,
        cell: &Cell,
        folder: &Folder,
        interrupt: &Interrupt,
        progress: &dyn Fn(f64),
    ) -> Result<Option<CellRecord>> {
        let began = Instant::now();
        let dataset = self.dataset(cell)?;
        let held_out = dataset.domains.iter().find(|it| it.held_out);
        let Some(held_out) = held_out else {
            bail!("no domain is held out in cell {}", cell.index);
        };
        let out = out_part(held_out.test.len(), cell.seed, &held_out.name)?;
        let (mut run, mut way) = self.begin(cell, folder, &dataset)?;
        prepare(&mut run)?;

        let before = way.seconds;
        let resumed_at = Some(run.step()).filter(|&step| step > 0);
        let mut diverged = None;
        let mut saved = Instant::now();
        while !run.is_done() && diverged.is_none() {
            run.advance();
            let stops = interrupt.is_pressed();
            let saves = stops || saved.elapsed() >= self.save_every;
            let epoch_ends = run.at_epoch_end();
            if epoch_ends || saves || run.unread() >= READ_EVERY {
                diverged = divergence(&mut run)?;
                progress(run.step() as f64 / run.total_steps() as f64);
            }
            if let Some(fault) = self.opened.faults.take().into_iter().next() {
                bail!("{fault}");
            }
            if diverged.is_some() {
                break;
            }
            let due = (run.epoch() + 1) % self.evaluate_every == 0 || run.is_done();
            if epoch_ends && due {
                let evaluation = block_on(run.evaluate(async || ()))?;
                way.evaluations.push(scores(&dataset, &out, &evaluation));
            }
            if saves && !run.is_done() {
                way.seconds = before + began.elapsed().as_secs_f64();
                way.save(folder, cell, &run)?;
                saved = Instant::now();
                if stops {
                    return Ok(None);
                }
            }
        }
        Ok(Some(CellRecord {
            format: RECORD_VERSION,
            cell: cell.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            device: self.opened.info.name.clone(),
            seconds: before + began.elapsed().as_secs_f64(),
            images: format!("{:016x}", dataset.fingerprint()),
            training_images: dataset.training().len(),
            untested: UntestedClasses::of(&dataset),
            total_steps: run.total_steps(),
            resumed_at,
            diverged,
            evaluations: way.evaluations,
        }))
    }
}

/// The images of a folder, at the size that a cell wants.
fn read(folder: &Path, data: &DataConfig) -> Result<RunImages> {
    RunImages::read(
        &FolderImages::all(folder),
        data,
        cache_folder(false).as_deref(),
    )
}

/// Reads the metrics of the last steps: the step at which a loss or a weight was not finite, if one was.
fn divergence(run: &mut Run) -> Result<Option<u64>> {
    match block_on(run.read_steps()) {
        Ok(_) => Ok(None),
        Err(Error::NotFinite { step, .. } | Error::WeightsNotFinite { step, .. }) => Ok(Some(step)),
        Err(error) => Err(error.into()),
    }
}

/// An evaluation as counts of images, by domain and part.
fn scores(dataset: &Dataset, out: &[bool], evaluation: &Evaluation) -> CellEvaluation {
    let mut predictions = evaluation.predictions[0].iter();
    let none = Score {
        correct: 0,
        images: 0,
    };
    let mut scores = CellEvaluation {
        step: evaluation.record.step,
        epoch: evaluation.record.epoch,
        validation: Vec::new(),
        held_out_in: none,
        held_out_out: none,
        loss_same_domain: None,
        loss_new_domain: None,
        effective_channels: None,
    };
    for domain in &dataset.domains {
        let mut parts = [none; 2];
        for (index, (item, &class)) in domain.test.iter().zip(predictions.by_ref()).enumerate() {
            let part = &mut parts[usize::from(domain.held_out && out[index])];
            part.images += 1;
            part.correct += usize::from(usize::from(class) == item.label);
        }
        if domain.held_out {
            [scores.held_out_in, scores.held_out_out] = parts;
        } else {
            scores.validation.push(DomainScore {
                domain: domain.name.clone(),
                score: parts[0],
            });
        }
    }
    let metrics = &evaluation.record.arms[0];
    let finite = |value: f32| Some(value).filter(|it| it.is_finite());
    scores.loss_same_domain = finite(metrics.loss_same_domain);
    scores.loss_new_domain = metrics.loss_new_domain.and_then(finite);
    scores.effective_channels = finite(metrics.usage.effective_number);
    scores
}
