//! Which images a run sees, and how they are split.

use serde::{Deserialize, Serialize};

use super::challenge::ChallengeConfig;

/// A built-in data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataPreset {
    /// Shapes with a small patch in a random corner whose colour gives the class away; in the new
    /// domain its colour is random. A *local* shortcut.
    CornerCue,
    /// Shapes on a background whose tint gives the class away; in the new domain it is random.
    /// A *global* shortcut, which no variant of RSC removes.
    TintCue,
    /// Shapes in four renderings: filled, outline, textured, noisy sketch. Leave one out.
    Styles,
    /// Handwritten digits turned by 0° to 75°, each angle a domain: DomainBed's Rotated MNIST.
    RotatedDigits,
    /// Handwritten digits, below five or not, in a colour that agrees with the (noisy) label by 90,
    /// 80 and 10 %, each a domain: DomainBed's Coloured MNIST. A *global* shortcut.
    ColouredDigits,
    /// The same things as five sets of icons draw them, each set a domain; what is tested on is new
    /// in every domain. Real domains, with one (`line`) far from the others.
    Emoji,
}

/// A file that presets are made from and that has to be loaded for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PresetFile {
    /// 2,000 handwritten digits.
    Digits,
    /// 2,280 icons.
    Emoji,
}

impl DataPreset {
    /// All presets, in the order shown.
    pub const ALL: [Self; 6] = [
        Self::CornerCue,
        Self::TintCue,
        Self::Styles,
        Self::RotatedDigits,
        Self::ColouredDigits,
        Self::Emoji,
    ];
    /// Those drawn from the seed alone.
    pub const DRAWN: [Self; 3] = [Self::CornerCue, Self::TintCue, Self::Styles];

    /// The file that it is made from; `None` where it is drawn.
    pub fn file(self) -> Option<PresetFile> {
        match self {
            Self::CornerCue | Self::TintCue | Self::Styles => None,
            Self::RotatedDigits | Self::ColouredDigits => Some(PresetFile::Digits),
            Self::Emoji => Some(PresetFile::Emoji),
        }
    }

    /// Side in pixels that its images are shown with at first.
    pub fn image_size(self) -> usize {
        match self {
            Self::CornerCue | Self::TintCue | Self::Styles => 32,
            Self::RotatedDigits | Self::ColouredDigits => 28,
            Self::Emoji => 64,
        }
    }

    /// How many images it is trained on at first, over all training domains.
    pub fn train_images(self) -> usize {
        match self {
            // All 365 concepts that are trained on, in all five domains.
            Self::Emoji => 1825,
            _ => 1024,
        }
    }

    /// The name on the page and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::CornerCue => "corner-cue",
            Self::TintCue => "tint-cue",
            Self::Styles => "styles",
            Self::RotatedDigits => "rotated-digits",
            Self::ColouredDigits => "coloured-digits",
            Self::Emoji => "emoji",
        }
    }

    /// How many classes its images have.
    pub fn classes(self) -> usize {
        match self {
            // Four shapes.
            Self::CornerCue | Self::TintCue | Self::Styles => 4,
            // Ten digits.
            Self::RotatedDigits => 10,
            // Below five or not.
            Self::ColouredDigits => 2,
            // Animals, buildings, clothing, faces, food, people, vehicles.
            Self::Emoji => 7,
        }
    }

    /// Finds a preset by [`Self::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its domains, the one held out by default last.
    pub fn domains(self) -> &'static [&'static str] {
        match self {
            Self::CornerCue => &["cued", "random cue"],
            Self::TintCue => &["tinted", "random tint"],
            Self::Styles => &["filled", "outline", "textured", "sketch"],
            Self::RotatedDigits => &["0°", "15°", "30°", "45°", "60°", "75°"],
            Self::ColouredDigits => &["+90 %", "+80 %", "-90 %"],
            Self::Emoji => &["shaded", "flat", "noto", "twemoji", "line"],
        }
    }

    /// The challenge that shows best what this preset is for.
    pub fn challenge(self) -> ChallengeConfig {
        match self {
            Self::RotatedDigits | Self::ColouredDigits | Self::Emoji => ChallengeConfig::default(),
            Self::CornerCue | Self::TintCue | Self::Styles => ChallengeConfig {
                b: 0.5,
                ..ChallengeConfig::default()
            },
        }
    }
}

/// Where the images come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DataSource {
    /// Built in; generated or drawn from the run's seed.
    Preset {
        /// Which one.
        preset: DataPreset,
    },
    /// The user's own images: given to the session, or read from a folder.
    Own,
}

/// How an image that is not square becomes square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Cut the longer side to the middle.
    #[default]
    CenterCrop,
    /// Keep everything; fill the rest with the image's mean colour.
    Contain,
}

/// Which images, at which size, how split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Where the images come from.
    pub source: DataSource,
    /// Side of the square image the network sees, in pixels, `16..=224`.
    pub image_size: usize,
    /// How images that are not square are made so.
    pub fit: Fit,
    /// Presets: how many training images over all training domains, `8..=20000`; of digits and
    /// icons at most as many as there are.
    pub train_images: usize,
    /// Presets: how many test images in each domain, `8..=20000`; of digits and icons at most as many
    /// as there are.
    pub test_images: usize,
    /// Own images: fraction of each class kept for validation, `0.05..=0.9`.
    pub validation_fraction: f64,
    /// The domain never trained on; `None` for the last one by name, unless there is only one or
    /// [`Self::together`] is set.
    pub held_out: Option<String>,
    /// Whether no domain is held out: all are trained on, own images as a single domain.
    pub together: bool,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            source: DataSource::Preset {
                preset: DataPreset::CornerCue,
            },
            image_size: DataPreset::CornerCue.image_size(),
            fit: Fit::CenterCrop,
            train_images: DataPreset::CornerCue.train_images(),
            test_images: 512,
            validation_fraction: 0.25,
            held_out: None,
            together: false,
        }
    }
}
