//! The chapters, without their words: these stand in `lesson.json`. Their figures are those of
//! README.md, RSC.md and the panel “What it learned”.

use rsc_core::config::{Axis, DataPreset, Importance, Signal};

use crate::lesson::model::Phrase::{Do, Link, Show, Term};
use crate::lesson::model::{Action, Chapter, Task};

/// The lesson, in its order.
pub(crate) const CHAPTERS: [Chapter; 8] = [
    Chapter {
        id: "shortcut",
        paragraphs: &[
            &[Do(Action::Data(DataPreset::CornerCue)), Term("class")],
            &[Term("shortcut"), Term("new-domain")],
            &[Term("loss")],
        ],
        watch: &[
            Do(Action::Look { new_domain: false }),
            Do(Action::Look { new_domain: true }),
            Show("masks"),
        ],
        told: None,
        task: Task::LookAtTraining,
    },
    Chapter {
        id: "erm",
        paragraphs: &[
            &[
                Term("weights"),
                Term("erm"),
                Do(Action::Defaults),
                Do(Action::Afresh),
                Term("epoch"),
                Do(Action::Play),
            ],
            &[Term("same-domain")],
            &[],
        ],
        watch: &[Show("accuracy-chart")],
        told: Some(2),
        task: Task::TrainOnCorner,
    },
    Chapter {
        id: "challenge",
        paragraphs: &[
            &[Term("rsc"), Link("paper")],
            &[
                Term("gradient"),
                Term("challenge-point"),
                Term("feature"),
                Show("p"),
                Show("b"),
                Term("mask"),
                Do(Action::B(1.0)),
            ],
            &[
                Do(Action::P(0.5)),
                Do(Action::P(1.0 / 3.0)),
                Do(Action::Defaults),
            ],
        ],
        watch: &[Show("masks"), Show("muted-count")],
        told: None,
        task: Task::MuteHalf,
    },
    Chapter {
        id: "axis",
        paragraphs: &[
            &[
                Term("feature-map"),
                Term("position"),
                Term("channel"),
                Show("axis"),
            ],
            &[],
            &[
                Do(Action::Data(DataPreset::CornerCue)),
                Do(Action::Axis(Axis::Channel)),
                Do(Action::Afresh),
                Do(Action::Axis(Axis::Spatial)),
            ],
            &[],
        ],
        watch: &[Show("accuracy-chart")],
        told: Some(3),
        task: Task::TrainChannels,
    },
    Chapter {
        id: "limits",
        paragraphs: &[
            &[
                Do(Action::Data(DataPreset::TintCue)),
                Do(Action::Defaults),
                Do(Action::Afresh),
            ],
            &[Link("domainbed"), Term("coloured-mnist")],
            &[],
        ],
        watch: &[Show("learned")],
        told: Some(1),
        task: Task::TrainOnTint,
    },
    Chapter {
        id: "sign",
        paragraphs: &[
            &[Term("signal"), Term("logit")],
            &[],
            &[
                Do(Action::Data(DataPreset::CornerCue)),
                Do(Action::Signal(Signal::Loss)),
                Do(Action::Afresh),
                Do(Action::Signal(Signal::TrueLogit)),
            ],
        ],
        watch: &[Show("masks")],
        told: None,
        task: Task::TrainWithLoss,
    },
    Chapter {
        id: "constant",
        paragraphs: &[
            &[Term("threshold"), Term("degenerate")],
            &[Term("gap"), Term("grad-cam")],
            &[
                Do(Action::Averaging),
                Do(Action::Axis(Axis::Spatial)),
                Do(Action::Importance(Importance::GradientMean)),
                Do(Action::Importance(Importance::GradCam)),
            ],
        ],
        watch: &[Show("muted-count"), Show("challenge-panel")],
        told: None,
        task: Task::Degenerate,
    },
    Chapter {
        id: "elsewhere",
        paragraphs: &[
            &[Show("camera-open"), Show("use-own-images"), Show("predict")],
            &[Term("domain"), Term("held-out")],
            &[Do(Action::Afresh), Term("new-domain")],
        ],
        watch: &[Show("accuracy-chart"), Show("predict")],
        told: None,
        task: Task::TrainElsewhere,
    },
];
