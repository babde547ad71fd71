//! The chapters. Their figures are those of README.md, RSC.md and the panel “What it learned”.

use rsc_core::config::{Axis, DataPreset, Importance, Signal};

use super::{
    Action, Chapter,
    Span::{Do, Link, Say, Show, Term},
    Task,
};

const PAPER: &str = "https://arxiv.org/abs/2007.02454";
const DOMAINBED: &str = "https://arxiv.org/abs/2007.01434";

/// The lesson, in its order.
pub(crate) const CHAPTERS: [Chapter; 7] = [
    Chapter {
        id: "shortcut",
        title: "A patch that tells the answer",
        paragraphs: &[
            &[
                Do(Action::Data(DataPreset::CornerCue), "Choose the corner cue"),
                Say(
                    ". Each image shows a disc, a square, a triangle or a plus: these are the four ",
                ),
                Term("class", "classes"),
                Say(". The shape varies in place, size and colour, so it takes some learning."),
            ],
            &[
                Say(
                    "But there is also a small patch in one of the corners. In the training images its colour goes with the class: know the colour, and you know the answer. That is a ",
                ),
                Term("shortcut", "shortcut"),
                Say(". In the "),
                Term("new-domain", "new domain"),
                Say(" the patch has a random colour and tells nothing. Only the shape still does."),
            ],
            &[
                Say(
                    "Nothing in plain training says which of the two the network should learn. Both make the ",
                ),
                Term("loss", "loss"),
                Say(" small."),
            ],
        ],
        watch: &[
            Say("Below, "),
            Do(
                Action::Look { new_domain: false },
                "look at training images",
            ),
            Say(" and then "),
            Do(Action::Look { new_domain: true }, "at the new domain"),
            Say(". Find the patch in "),
            Show("masks", "each picture"),
            Say("."),
        ],
        question: "If you saw only the training images, how could you tell that the shape is what was meant?",
        task: Task::LookAtTraining,
    },
    Chapter {
        id: "erm",
        title: "Plain training falls for it",
        paragraphs: &[
            &[
                Say("Two networks train here side by side, from the same "),
                Term("weights", "weights"),
                Say(" and on the same batches. "),
                Term("erm", "ERM"),
                Say(" is plain training. "),
                Do(Action::Defaults, "Put the challenge back to its defaults"),
                Say(", then "),
                Do(Action::Afresh, "start afresh"),
                Say(" and wait for some "),
                Term("epoch", "epochs"),
                Say("; "),
                Do(Action::Play, "Play"),
                Say(" goes on where you paused."),
            ],
            &[
                Say(
                    "After each epoch both are tested on images they were not trained on: from the ",
                ),
                Term("same-domain", "same domain"),
                Say(
                    ", where the patch tells the truth, and from the new one, where it does not. Guessing would give 25 %.",
                ),
            ],
            &[Say(
                "Measured over three seeds and 20 epochs, ERM got 58.8 ± 12.2 % in the new domain and RSC 93.8 ± 2.2 %. In the same domain all were at 99.8 % or more. This data was tuned to show the effect clearly; do not expect such a gap elsewhere.",
            )],
        ],
        watch: &[
            Show("accuracy-chart", "The accuracy curves"),
            Say(": solid is the new domain, dashed the same one."),
        ],
        question: "In the same domain the two networks look equally good. What would you have believed without the new domain?",
        task: Task::TrainOnCorner,
    },
    Chapter {
        id: "challenge",
        title: "Challenge it",
        paragraphs: &[
            &[
                Term("rsc", "RSC"),
                Say(", Representation Self-Challenging ("),
                Link(PAPER, "Huang et al., 2020"),
                Say(
                    "), asks at each step what the network leans on most, and mutes just that. The network has to answer from the rest, so it learns the rest too.",
                ),
            ],
            &[
                Say("What it leans on is read from a "),
                Term("gradient", "gradient"),
                Say(" at the "),
                Term("challenge-point", "challenge point"),
                Say(": how much would the right answer's score grow with each "),
                Term("feature", "feature"),
                Say("? "),
                Show("p", "p"),
                Say(" is the share that is muted. "),
                Show("b", "b"),
                Say(
                    " is the share of each batch that is challenged: the images that lose most by their ",
                ),
                Term("mask", "mask"),
                Say("; "),
                Do(Action::B(1.0), "b = 1"),
                Say(" challenges all of them."),
            ],
            &[
                Do(Action::P(0.5), "Set p to 0.5"),
                Say(", then "),
                Do(Action::P(1.0 / 3.0), "back to a third"),
                Say(". If other settings are in the way, "),
                Do(Action::Defaults, "put the challenge back to its defaults"),
                Say("."),
            ],
        ],
        watch: &[
            Show("masks", "The hatched cells"),
            Say(" are muted; "),
            Show("muted-count", "this line"),
            Say(" counts them. The bars show the probabilities before and after."),
        ],
        question: "After some training, which cells does the mask of the RSC network cover: the patch, or the shape?",
        task: Task::MuteHalf,
    },
    Chapter {
        id: "axis",
        title: "Positions or channels?",
        paragraphs: &[
            &[
                Say("A "),
                Term("feature-map", "feature map"),
                Say(" is a grid of "),
                Term("position", "positions"),
                Say(", each with a value for every "),
                Term("channel", "channel"),
                Say(". "),
                Show("axis", "The axis"),
                Say(
                    " decides what is muted as one piece. Muting positions hides places in the image; muting channels hides kinds of feature, wherever they are.",
                ),
            ],
            &[Say(
                "The corner cue sits in one place. Hide that place, and the shape is left: the shortcut is gone and the rest is whole. Hide channels instead, and those that carry the patch's colour may carry other things as well, everywhere in the image.",
            )],
            &[
                Do(Action::Data(DataPreset::CornerCue), "Choose the corner cue"),
                Say(", "),
                Do(Action::Axis(Axis::Channel), "switch to channels"),
                Say(" and "),
                Do(Action::Afresh, "start afresh"),
                Say(
                    ". In an earlier trial (in PyTorch), muting channels ended at 42.1 ± 11.3 % in the new domain, below the 71.5 ± 13.4 % of plain training there. ",
                ),
                Do(Action::Axis(Axis::Spatial), "Back to positions"),
                Say("."),
            ],
        ],
        watch: &[
            Say("RSC's "),
            Show("accuracy-chart", "solid curve"),
            Say(": is it above or below that of ERM this time?"),
        ],
        question: "Which kind of shortcut could be removed by muting channels, but not by muting positions?",
        task: Task::TrainChannels,
    },
    Chapter {
        id: "limits",
        title: "When it cannot help",
        paragraphs: &[
            &[
                Say("Now "),
                Do(Action::Data(DataPreset::TintCue), "choose the tint cue"),
                Say(", "),
                Do(Action::Defaults, "put the challenge back to its defaults"),
                Say(" and "),
                Do(Action::Afresh, "start afresh"),
                Say(
                    ". Here the whole background gives the class away. Whatever positions you mute, the tint is still at all the others: the shortcut is everywhere, and what is left after muting still contains it.",
                ),
            ],
            &[
                Say(
                    "Over three seeds ERM and RSC both ended at 25.6 % in the new domain, where guessing gives 25 %. ",
                ),
                Link(DOMAINBED, "DomainBed"),
                Say(" saw the same on "),
                Term("coloured-mnist", "Coloured MNIST"),
                Say(", whose colour misleads in the new domain: 10.0 % for each."),
            ],
            &[Say(
                "On photographs and sketches (PACS, ResNet-18) the paper reports 79.9 % without and 85.2 % with RSC; DomainBed, with equal tuning, 85.5 % without and 85.2 % with. An honest answer names both.",
            )],
        ],
        watch: &[
            Show("learned", "The difference in points"),
            Say(" on the new domain, and how good both are in the same one."),
        ],
        question: "A method cannot know which cue you meant. What could you change about the data instead?",
        task: Task::TrainOnTint,
    },
    Chapter {
        id: "sign",
        title: "Which gradient? Mind the sign",
        paragraphs: &[
            &[
                Say("The mask needs to know which features support the right answer. The default "),
                Term("signal", "signal"),
                Say(" is the "),
                Term("logit", "logit"),
                Say(
                    " of the true class: where its gradient is large and positive, more of the feature means a higher score for the right answer. Muting the largest takes away the best support.",
                ),
            ],
            &[Say(
                "It sounds natural to use the gradient of the loss instead. But the loss falls when the right answer's score rises, so the sign turns around: the largest values now belong to features that speak against the right answer. Muting those makes the task easier. It is not a challenge. A small trial trained so stayed at chance, 25 %, where the true logit reached 97 % and more.",
            )],
            &[
                Do(Action::Data(DataPreset::CornerCue), "Choose the corner cue"),
                Say(", "),
                Do(Action::Signal(Signal::Loss), "choose the loss as signal"),
                Say(" and "),
                Do(Action::Afresh, "start afresh"),
                Say(". Then go "),
                Do(Action::Signal(Signal::TrueLogit), "back to the true logit"),
                Say("."),
            ],
        ],
        watch: &[
            Show("masks", "The masks"),
            Say(" and the bars: does muting make the true class less likely, or more?"),
        ],
        question: "Minus the loss (“loss decrease”) is on the list, too. Why is that one fine?",
        task: Task::TrainWithLoss,
    },
    Chapter {
        id: "constant",
        title: "When everything is muted",
        paragraphs: &[
            &[
                Say("The rule keeps what is strictly below the "),
                Term("threshold", "threshold"),
                Say(
                    ". What if all importances are equal? Then nothing is below it, and everything is muted. That is called a ",
                ),
                Term("degenerate", "degenerate importance"),
                Say("."),
            ],
            &[
                Say("It really happens: a head that averages over positions ("),
                Term("gap", "GAP"),
                Say(
                    ") and is then linear has, in each channel, the same gradient at every position. The mean gradient over channels is then the same everywhere as well. ",
                ),
                Term("grad-cam", "Grad-CAM"),
                Say(" escapes, because it multiplies by the activations, and these differ."),
            ],
            &[
                Say("Take "),
                Do(Action::Averaging, "the averaging head"),
                Say(" (a change of it needs a fresh start), "),
                Do(Action::Axis(Axis::Spatial), "mute positions"),
                Say(" and "),
                Do(
                    Action::Importance(Importance::GradientMean),
                    "choose the mean gradient",
                ),
                Say(". See what p does now. Then go "),
                Do(Action::Importance(Importance::GradCam), "back to Grad-CAM"),
                Say("."),
            ],
        ],
        watch: &[
            Show("muted-count", "The number muted"),
            Say(" and the warning in "),
            Show("challenge-panel", "the Challenge panel"),
            Say("."),
        ],
        question: "Would the same happen if the head kept all positions apart (flatten)?",
        task: Task::Degenerate,
    },
];
