//! The settings that a link can name, in the order they stand in it.

use rsc_core::config::{ArmConfig, OptimizerConfig, RunConfig};

use crate::link::model::text;

/// A setting of the run.
pub(crate) struct RunField {
    /// Its name in a link.
    pub(crate) key: &'static str,
    /// Its value as text; `None` where it has no meaning or none is chosen.
    pub(crate) get: fn(&RunConfig) -> Option<String>,
    /// Sets it from a text, or says what was expected.
    pub(crate) set: fn(&mut RunConfig, &str) -> Result<(), String>,
}

/// A setting of an arm.
pub(crate) struct ArmField {
    /// Its name in a link.
    pub(crate) key: &'static str,
    /// Its value as text.
    pub(crate) get: fn(&ArmConfig) -> String,
    /// Sets it from a text, or says what was expected.
    pub(crate) set: fn(&mut ArmConfig, &str) -> Result<(), String>,
}

/// What each optimizer starts from in a link of version 1.
fn optimizer(kind: &str) -> Result<OptimizerConfig, String> {
    match kind {
        "adam" => Ok(OptimizerConfig::default()),
        "sgd" => Ok(OptimizerConfig::Sgd {
            momentum: 0.9,
            weight_decay: 0.0,
        }),
        _ => Err(text!("link.expected.either", one = "adam", other = "sgd")),
    }
}

/// One of Adam's own numbers.
fn adam<'a>(
    config: &'a mut RunConfig,
    pick: impl FnOnce(&'a mut f64, &'a mut f64, &'a mut f64) -> &'a mut f64,
) -> Result<&'a mut f64, String> {
    match &mut config.training.optimizer {
        OptimizerConfig::Adam {
            beta_1,
            beta_2,
            epsilon,
            ..
        } => Ok(pick(beta_1, beta_2, epsilon)),
        OptimizerConfig::Sgd { .. } => Err(text!("link.only-optimizer", kind = "adam")),
    }
}

/// Every setting of the run but its data source and its arms. A setting that bounds another one
/// stands before it (size, network, normalisation and challenge point; optimizer and its numbers).
pub(crate) const RUN: &[RunField] = &[
    RunField {
        key: "held",
        get: |c| c.data.held_out.clone(),
        set: |c, v| {
            c.data.held_out = Some(v.to_owned());
            Ok(())
        },
    },
    RunField {
        key: "together",
        get: |c| Some(u8::from(c.data.together).to_string()),
        set: |c, v| text::boolean(v).map(|v| c.data.together = v),
    },
    RunField {
        key: "size",
        get: |c| Some(c.data.image_size.to_string()),
        set: |c, v| text::whole(v).map(|v| c.data.image_size = v),
    },
    RunField {
        key: "fit",
        get: |c| Some(text::name(c.data.fit)),
        set: |c, v| text::choice(v).map(|v| c.data.fit = v),
    },
    RunField {
        key: "train",
        get: |c| Some(c.data.train_images.to_string()),
        set: |c, v| text::whole(v).map(|v| c.data.train_images = v),
    },
    RunField {
        key: "test",
        get: |c| Some(c.data.test_images.to_string()),
        set: |c, v| text::whole(v).map(|v| c.data.test_images = v),
    },
    RunField {
        key: "val",
        get: |c| Some(text::number(c.data.validation_fraction)),
        set: |c, v| text::real(v).map(|v| c.data.validation_fraction = v),
    },
    RunField {
        key: "net",
        get: |c| Some(text::backbone(&c.network.backbone)),
        set: |c, v| text::backbone_called(v).map(|v| c.network.backbone = v),
    },
    RunField {
        key: "act",
        get: |c| Some(text::name(c.network.activation)),
        set: |c, v| text::choice(v).map(|v| c.network.activation = v),
    },
    RunField {
        key: "norm",
        get: |c| Some(text::normalization(c.network.normalization)),
        set: |c, v| text::normalization_called(v).map(|v| c.network.normalization = v),
    },
    RunField {
        key: "head",
        get: |c| Some(text::head(c.network.head)),
        set: |c, v| text::head_called(v).map(|v| c.network.head = v),
    },
    RunField {
        key: "after",
        get: |c| c.network.challenge_after.map(|block| block.to_string()),
        set: |c, v| text::whole(v).map(|v| c.network.challenge_after = Some(v)),
    },
    RunField {
        key: "epochs",
        get: |c| Some(c.training.epochs.to_string()),
        set: |c, v| text::whole(v).map(|v| c.training.epochs = v),
    },
    RunField {
        key: "batch",
        get: |c| Some(c.training.batch_size.to_string()),
        set: |c, v| text::whole(v).map(|v| c.training.batch_size = v),
    },
    RunField {
        key: "lr",
        get: |c| Some(text::number(c.training.learning_rate)),
        set: |c, v| text::real(v).map(|v| c.training.learning_rate = v),
    },
    RunField {
        key: "opt",
        get: |c| {
            let kind = match c.training.optimizer {
                OptimizerConfig::Adam { .. } => "adam",
                OptimizerConfig::Sgd { .. } => "sgd",
            };
            Some(kind.to_owned())
        },
        set: |c, v| optimizer(v).map(|v| c.training.optimizer = v),
    },
    RunField {
        key: "momentum",
        get: |c| match c.training.optimizer {
            OptimizerConfig::Sgd { momentum, .. } => Some(text::number(momentum)),
            OptimizerConfig::Adam { .. } => None,
        },
        set: |c, v| match &mut c.training.optimizer {
            OptimizerConfig::Sgd { momentum, .. } => text::real(v).map(|v| *momentum = v),
            OptimizerConfig::Adam { .. } => Err(text!("link.only-optimizer", kind = "sgd")),
        },
    },
    RunField {
        key: "beta1",
        get: |c| match c.training.optimizer {
            OptimizerConfig::Adam { beta_1, .. } => Some(text::number(beta_1)),
            OptimizerConfig::Sgd { .. } => None,
        },
        set: |c, v| {
            let value = text::real(v)?;
            adam(c, |beta_1, _, _| beta_1).map(|beta_1| *beta_1 = value)
        },
    },
    RunField {
        key: "beta2",
        get: |c| match c.training.optimizer {
            OptimizerConfig::Adam { beta_2, .. } => Some(text::number(beta_2)),
            OptimizerConfig::Sgd { .. } => None,
        },
        set: |c, v| {
            let value = text::real(v)?;
            adam(c, |_, beta_2, _| beta_2).map(|beta_2| *beta_2 = value)
        },
    },
    RunField {
        key: "eps",
        get: |c| match c.training.optimizer {
            OptimizerConfig::Adam { epsilon, .. } => Some(text::number(epsilon)),
            OptimizerConfig::Sgd { .. } => None,
        },
        set: |c, v| {
            let value = text::real(v)?;
            adam(c, |_, _, epsilon| epsilon).map(|epsilon| *epsilon = value)
        },
    },
    RunField {
        key: "decay",
        get: |c| match c.training.optimizer {
            OptimizerConfig::Adam { weight_decay, .. }
            | OptimizerConfig::Sgd { weight_decay, .. } => Some(text::number(weight_decay)),
        },
        set: |c, v| {
            let value = text::real(v)?;
            match &mut c.training.optimizer {
                OptimizerConfig::Adam { weight_decay, .. }
                | OptimizerConfig::Sgd { weight_decay, .. } => *weight_decay = value,
            }
            Ok(())
        },
    },
    RunField {
        key: "by-domain",
        get: |c| Some(u8::from(c.training.per_domain_batches).to_string()),
        set: |c, v| text::boolean(v).map(|v| c.training.per_domain_batches = v),
    },
    RunField {
        key: "smooth",
        get: |c| Some(text::number(c.training.label_smoothing)),
        set: |c, v| text::real(v).map(|v| c.training.label_smoothing = v),
    },
    RunField {
        key: "flip",
        get: |c| Some(u8::from(c.training.augmentation.flip).to_string()),
        set: |c, v| text::boolean(v).map(|v| c.training.augmentation.flip = v),
    },
    RunField {
        key: "shift",
        get: |c| Some(c.training.augmentation.shift.to_string()),
        set: |c, v| text::whole(v).map(|v| c.training.augmentation.shift = v),
    },
    RunField {
        key: "jitter",
        get: |c| Some(text::number(c.training.augmentation.color_jitter)),
        set: |c, v| text::real(v).map(|v| c.training.augmentation.color_jitter = v),
    },
    RunField {
        key: "seed",
        get: |c| Some(c.training.seed.to_string()),
        set: |c, v| text::whole(v).map(|v| c.training.seed = v),
    },
];

/// Every setting of an arm but its name.
pub(crate) const ARM: &[ArmField] = &[
    ArmField {
        key: "strategy",
        get: |a| text::name(a.challenge.strategy),
        set: |a, v| text::choice(v).map(|v| a.challenge.strategy = v),
    },
    ArmField {
        key: "axis",
        get: |a| text::name(a.challenge.axis),
        set: |a, v| text::choice(v).map(|v| a.challenge.axis = v),
    },
    ArmField {
        key: "p",
        get: |a| text::number(a.challenge.p),
        set: |a, v| text::real(v).map(|v| a.challenge.p = v),
    },
    ArmField {
        key: "b",
        get: |a| text::number(a.challenge.b),
        set: |a, v| text::real(v).map(|v| a.challenge.b = v),
    },
    ArmField {
        key: "importance",
        get: |a| text::name(a.challenge.importance),
        set: |a, v| text::choice(v).map(|v| a.challenge.importance = v),
    },
    ArmField {
        key: "signal",
        get: |a| text::name(a.challenge.signal),
        set: |a, v| text::choice(v).map(|v| a.challenge.signal = v),
    },
    ArmField {
        key: "selection",
        get: |a| text::name(a.challenge.selection),
        set: |a, v| text::choice(v).map(|v| a.challenge.selection = v),
    },
    ArmField {
        key: "curriculum",
        get: |a| u8::from(a.challenge.curriculum).to_string(),
        set: |a, v| text::boolean(v).map(|v| a.challenge.curriculum = v),
    },
    ArmField {
        key: "drop",
        get: |a| {
            a.challenge
                .minimum_drop
                .map_or_else(|| String::from("none"), text::number)
        },
        set: |a, v| {
            a.challenge.minimum_drop = match v {
                "none" => None,
                _ => Some(text::real(v)?),
            };
            Ok(())
        },
    },
    ArmField {
        key: "rounds",
        get: |a| a.challenge.rounds.to_string(),
        set: |a, v| text::whole(v).map(|v| a.challenge.rounds = v),
    },
    ArmField {
        key: "obj",
        get: |a| text::objective(a.objective),
        set: |a, v| text::objective_called(v).map(|v| a.objective = v),
    },
    ArmField {
        key: "reg",
        get: |a| text::regularizer(a.regularizer),
        set: |a, v| text::regularizer_called(v).map(|v| a.regularizer = v),
    },
];
