//! `rsc masks`: what a challenge mutes in images, as pictures and as arrays.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use pollster::block_on;
use rsc_core::{
    config::{Axis, ChallengeConfig, Importance},
    data::{Dataset, Item},
    figure::{OverlayOptions, png, side_by_side},
    image_layout::class_called,
    protocol::{ImageInspection, ImageRef, Prediction, Split},
    trainer::Run,
};
use safetensors::{Dtype, tensor::TensorView};

use crate::{
    files::{GrowingFile, check_new_folder, write_whole},
    pictures::{AT_ONCE, Picture, Reader, list},
    trained::{NetworkArgs, Networks},
};

/// Options of `rsc masks`.
#[derive(Args)]
pub(crate) struct MasksArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// Fraction of positions or channels that is muted, 0 to 1, instead of the challenge's own. The
    /// challenge is the arm's or, where it has none, that of the first arm which has one.
    #[arg(long, value_name = "FRACTION")]
    p: Option<f64>,
    /// What is muted, instead of the challenge's own; a challenge of either axis is shown on positions.
    #[arg(long, value_enum)]
    axis: Option<AxisChoice>,
    /// How a gradient becomes an importance, instead of the challenge's own: gradient_mean, grad_cam or
    /// gradient_times_activation.
    #[arg(long, value_name = "NAME", value_parser = importance)]
    importance: Option<Importance>,
    /// Folder for pictures, arrays and their list; made if missing, and not written to if anything is in it.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write to the folder nevertheless. What `rsc masks` has written there before is removed.
    #[arg(long)]
    overwrite: bool,
    /// Image files, and folders of them. In a folder, an image in a folder with the name of a class has this
    /// class; of other images the predicted class stands in for the true one.
    #[arg(required = true, value_name = "IMAGES")]
    images: Vec<PathBuf>,
}

/// What is muted.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum AxisChoice {
    /// Positions, all channels at once.
    Spatial,
    /// Channels, all positions at once.
    Channel,
}

fn importance(name: &str) -> Result<Importance, String> {
    let found = Importance::ALL.into_iter().find(|it| it.name() == name);
    found.ok_or_else(|| {
        let names = Importance::ALL.map(Importance::name);
        format!("expected one of {}", names.join(", "))
    })
}

/// Runs `rsc masks`.
pub(crate) fn run(arguments: &MasksArgs) -> Result<()> {
    if !arguments.overwrite {
        check_new_folder("--out", &arguments.out)?;
    }
    let networks = Networks::open(&arguments.network.run)?;
    let (arm, seed) = arguments.network.arm_and_seed(&networks.run)?;
    let challenge = challenge(arguments, networks.run.challenge(arm))?;
    let network = networks.load(arm, seed)?;
    let pictures = list(&arguments.images)?;
    say!("{}", networks.title(arm, seed));
    say!(
        "challenge: p {:.3}, {}, importance {}",
        challenge.p,
        axis_name(challenge.axis),
        challenge.importance.name()
    );

    if arguments.overwrite {
        remove_before(&arguments.out)?;
    }
    let mut writer = Writer::begin(&arguments.out, networks.run.classes(), &network)?;
    let mut reader = Reader::new(&networks.run.config.data);
    for batch in pictures.chunks(AT_ONCE) {
        for (picture, mut item) in reader.read(batch) {
            let classes = networks.run.classes();
            let class = picture.folder();
            let class = class.and_then(|name| Some(class_called(classes, name)?.0));
            let shown = match class {
                Some(class) => {
                    item.label = class;
                    block_on(network.predict_labelled(arm, &challenge, &item))?
                }
                None => block_on(network.predict(arm, &challenge, &item))?,
            };
            writer.write(picture, &item, class.is_some(), &shown)?;
        }
    }
    let Writer {
        index,
        count,
        true_class,
        ..
    } = writer;
    let index = index.into_inner();
    let index = index.map_err(|error| anyhow::anyhow!("masks.csv: {}", error.error()))?;
    index.finish()?;
    say!(
        "masks: {count} in {}, {true_class} by the true class, {} by the predicted one",
        arguments.out.display(),
        count - true_class
    );
    reader.check(pictures.len())
}

/// Removes what the list in a folder says that it was written with, and the list. Nothing outside of the folder
/// is touched, whatever the list says.
fn remove_before(folder: &Path) -> Result<()> {
    let list = folder.join(LIST);
    let Ok(mut rows) = csv::Reader::from_path(&list) else {
        return Ok(());
    };
    let inside = |path: &Path| {
        let mut parts = path.components();
        parts.all(|part| matches!(part, Component::Normal(_)))
    };
    for row in rows.records().flatten() {
        for (column, end) in [(1, "png"), (2, "safetensors")] {
            let path = row.get(column).map_or(Path::new(""), Path::new);
            if path.extension().is_some_and(|it| it == end) && inside(path) {
                remove_if_there(&folder.join(path))?;
            }
        }
    }
    remove_if_there(&list)
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: the file cannot be replaced", path.display()))
        }
        _ => Ok(()),
    }
}

/// The challenge that is shown: one of the run, as changed by the options.
fn challenge(arguments: &MasksArgs, own: ChallengeConfig) -> Result<ChallengeConfig> {
    let axis = arguments.axis.map(|axis| match axis {
        AxisChoice::Spatial => Axis::Spatial,
        AxisChoice::Channel => Axis::Channel,
    });
    if let Some(p) = arguments.p
        && !(0.0..=1.0).contains(&p)
    {
        bail!("--p: {p} is no fraction: give one from 0 to 1");
    }
    Ok(ChallengeConfig {
        p: arguments.p.unwrap_or(own.p),
        axis: axis.unwrap_or(own.axis),
        importance: arguments.importance.unwrap_or(own.importance),
        ..own
    })
}

/// The list of what was written.
const LIST: &str = "masks.csv";

/// The columns of [`LIST`].
const COLUMNS: [&str; 12] = [
    "path",
    "overlay",
    "arrays",
    "class",
    "class_is",
    "predicted",
    "p_before",
    "p_after",
    "axis",
    "muted",
    "of",
    "degenerate",
];

/// Writes pictures and arrays, and their list.
struct Writer<'a> {
    root: &'a Path,
    classes: &'a [String],
    /// `[height, width]` of the feature map at the challenge point.
    grid: [usize; 2],
    size: usize,
    index: csv::Writer<GrowingFile>,
    taken: BTreeSet<PathBuf>,
    count: usize,
    true_class: usize,
}

impl<'a> Writer<'a> {
    fn begin(root: &'a Path, classes: &'a [String], network: &Run) -> Result<Self> {
        fs::create_dir_all(root)
            .with_context(|| format!("{}: the folder cannot be made", root.display()))?;
        let file = GrowingFile::create(&root.join(LIST))?;
        let mut index = csv::Writer::from_writer(file);
        index.write_record(COLUMNS)?;
        let [_, height, width] = network.info().features;
        Ok(Self {
            root,
            classes,
            grid: [height, width],
            size: network.dataset().size,
            index,
            taken: BTreeSet::new(),
            count: 0,
            true_class: 0,
        })
    }

    /// The path of a picture within the folder, without its extension, that no other picture has: the same
    /// folders as where it came from.
    fn place(&mut self, picture: &Picture) -> PathBuf {
        let plain = picture.within.with_extension("");
        let mut place = plain.clone();
        let mut number = 2;
        while !self.taken.insert(place.clone()) {
            let mut name = plain.clone().into_os_string();
            name.push(format!("-{number}"));
            place = name.into();
            number += 1;
        }
        place
    }

    fn write(
        &mut self,
        picture: &Picture,
        item: &Item,
        labelled: bool,
        shown: &Prediction,
    ) -> Result<()> {
        let place = self.place(picture);
        let named = |end: &str| {
            let mut name = place.clone().into_os_string();
            name.push(end);
            PathBuf::from(name)
        };
        let (overlay, arrays) = (named(".png"), named(".safetensors"));
        if let Some(folder) = self.root.join(&place).parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("{}: the folder cannot be made", folder.display()))?;
        }
        let drawn = side_by_side(
            &Dataset::rgba(item),
            self.size,
            &inspection(item, shown),
            self.grid,
            &OverlayOptions {
                scale: (256 / self.size.max(1)).max(1) as u32,
                ..OverlayOptions::default()
            },
        );
        write_whole(&self.root.join(&overlay), &png(&drawn)?)?;
        write_whole(&self.root.join(&arrays), &self.arrays(shown)?)?;

        let class = |index: usize| self.classes.get(index).cloned().unwrap_or_default();
        let best = (0..shown.before.len()).max_by(|&a, &b| {
            // Of equal ones the first, as in training.
            shown.before[a].total_cmp(&shown.before[b]).then(b.cmp(&a))
        });
        let muted = shown.muted.iter().filter(|&&muted| muted).count();
        self.index.write_record([
            picture.path.display().to_string(),
            overlay.display().to_string(),
            arrays.display().to_string(),
            class(shown.class),
            (if labelled { "true" } else { "predicted" }).to_owned(),
            class(best.unwrap_or_default()),
            shown.before[shown.class].to_string(),
            shown.after[shown.class].to_string(),
            axis_name(shown.axis).to_owned(),
            muted.to_string(),
            shown.muted.len().to_string(),
            shown.degenerate.to_string(),
        ])?;
        self.count += 1;
        self.true_class += usize::from(labelled);
        Ok(())
    }

    /// A safetensors file: `importance` and `mask` (true where a feature is kept) of shape `[H, W]` along
    /// positions and `[C]` along channels, `heat` of shape `[H, W]`, and the probabilities of the classes
    /// `before` and `after` masking, `[K]`.
    fn arrays(&self, shown: &Prediction) -> Result<Vec<u8>> {
        let grid = self.grid.to_vec();
        let features = match shown.axis {
            Axis::Channel => vec![shown.importance.len()],
            Axis::Spatial | Axis::Mixed => grid.clone(),
        };
        let classes = vec![shown.before.len()];
        let bytes = |values: &[f32]| -> Vec<u8> {
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        };
        let mask: Vec<u8> = shown.muted.iter().map(|&muted| u8::from(!muted)).collect();
        let tensors = [
            (
                "importance",
                Dtype::F32,
                &features,
                bytes(&shown.importance),
            ),
            ("mask", Dtype::BOOL, &features, mask),
            ("heat", Dtype::F32, &grid, bytes(&shown.heat)),
            ("before", Dtype::F32, &classes, bytes(&shown.before)),
            ("after", Dtype::F32, &classes, bytes(&shown.after)),
        ];
        let views = tensors
            .iter()
            .map(|(name, kind, shape, bytes)| {
                Ok((*name, TensorView::new(*kind, shape.to_vec(), bytes)?))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(safetensors::serialize(views, None)?)
    }
}

fn axis_name(axis: Axis) -> &'static str {
    match axis {
        Axis::Channel => "channel",
        Axis::Spatial | Axis::Mixed => "spatial",
    }
}

/// A prediction as pictures are drawn from it.
fn inspection(item: &Item, shown: &Prediction) -> ImageInspection {
    let image = ImageRef {
        domain: 0,
        split: Split::Test,
        index: 0,
    };
    ImageInspection {
        image,
        name: item.name.clone(),
        label: shown.class,
        buffer: 0,
        axis: shown.axis,
        importance: shown.importance.clone(),
        muted: shown.muted.clone(),
        heat: shown.heat.clone(),
        degenerate: shown.degenerate,
        before: shown.before.clone(),
        after: shown.after.clone(),
        drop: shown.before[shown.class] - shown.after[shown.class],
    }
}
