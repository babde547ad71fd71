//! How gradients become steps, and how sure the network is meant to be; folded away at first.

use leptos::prelude::*;

use rsc_core::config::{OptimizerConfig, RunConfig};

use crate::settings::state::Settings;
use crate::settings::view::typed::Real;
use crate::settings::widgets::Choice;
use crate::settings::widgets::run_setting::run_setting;

const OPTIMIZER: &str = "training.optimizer";
// In the words of the engine's checks; `refuse` translates them.
const BELOW_ONE: &str = "a value from 0 to below 1"; // not shown

/// What the two rules call their own.
const ADAM_ONLY: [Real; 3] = [
    Real {
        id: "beta-1",
        field: "training.optimizer.beta_1",
        label: || text!("optimizer.beta-1.label"),
        hint: || text!("optimizer.beta-1.hint"),
        expected: BELOW_ONE,
        get: |c| match c.training.optimizer {
            OptimizerConfig::Adam { beta_1, .. } => beta_1,
            OptimizerConfig::Sgd { .. } => 0.0,
        },
        set: |c, v| {
            if let OptimizerConfig::Adam { beta_1, .. } = &mut c.training.optimizer {
                *beta_1 = v;
            }
        },
    },
    Real {
        id: "beta-2",
        field: "training.optimizer.beta_2",
        label: || text!("optimizer.beta-2.label"),
        hint: || text!("optimizer.beta-2.hint"),
        expected: BELOW_ONE,
        get: |c| match c.training.optimizer {
            OptimizerConfig::Adam { beta_2, .. } => beta_2,
            OptimizerConfig::Sgd { .. } => 0.0,
        },
        set: |c, v| {
            if let OptimizerConfig::Adam { beta_2, .. } = &mut c.training.optimizer {
                *beta_2 = v;
            }
        },
    },
    Real {
        id: "epsilon",
        field: "training.optimizer.epsilon",
        label: || text!("optimizer.epsilon.label"),
        hint: || text!("optimizer.epsilon.hint"),
        expected: "a value above 0 and at most 1", // not shown
        get: |c| match c.training.optimizer {
            OptimizerConfig::Adam { epsilon, .. } => epsilon,
            OptimizerConfig::Sgd { .. } => 0.0,
        },
        set: |c, v| {
            if let OptimizerConfig::Adam { epsilon, .. } = &mut c.training.optimizer {
                *epsilon = v;
            }
        },
    },
];

/// SGD has no default of its own in the engine; 0.9 is the custom.
const MOMENTUM: f64 = 0.9;

const SGD_ONLY: Real = Real {
    id: "momentum",
    field: "training.optimizer.momentum",
    label: || text!("optimizer.momentum.label"),
    hint: || text!("optimizer.momentum.hint"),
    expected: BELOW_ONE,
    // Adam, the default, has none: what is read of it is what the way back sets.
    get: |c| match c.training.optimizer {
        OptimizerConfig::Sgd { momentum, .. } => momentum,
        OptimizerConfig::Adam { .. } => MOMENTUM,
    },
    set: |c, v| {
        if let OptimizerConfig::Sgd { momentum, .. } = &mut c.training.optimizer {
            *momentum = v;
        }
    },
};

const WEIGHT_DECAY: Real = Real {
    id: "weight-decay",
    field: "training.optimizer.weight_decay",
    label: || text!("optimizer.weight-decay.label"),
    hint: || text!("optimizer.weight-decay.hint"),
    expected: "a value from 0 to 1", // not shown
    get: |c| weight_decay(&c.training.optimizer),
    set: |c, v| match &mut c.training.optimizer {
        OptimizerConfig::Adam { weight_decay, .. } | OptimizerConfig::Sgd { weight_decay, .. } => {
            *weight_decay = v;
        }
    },
};

const SMOOTHING: Real = Real {
    id: "label-smoothing",
    field: "training.label_smoothing",
    label: || text!("optimizer.label-smoothing.label"),
    hint: || text!("optimizer.label-smoothing.hint"),
    expected: BELOW_ONE,
    get: |c| c.training.label_smoothing,
    set: |c, v| c.training.label_smoothing = v,
};

fn weight_decay(optimizer: &OptimizerConfig) -> f64 {
    match *optimizer {
        OptimizerConfig::Adam { weight_decay, .. } | OptimizerConfig::Sgd { weight_decay, .. } => {
            weight_decay
        }
    }
}

fn is_sgd(config: &RunConfig) -> bool {
    matches!(config.training.optimizer, OptimizerConfig::Sgd { .. })
}

/// The other rule begins with its usual values; the weight decay stays.
fn set_sgd(config: &mut RunConfig, sgd: bool) {
    if is_sgd(config) == sgd {
        return;
    }
    let decay = weight_decay(&config.training.optimizer);
    let mut optimizer = if sgd {
        OptimizerConfig::Sgd {
            momentum: MOMENTUM,
            weight_decay: decay,
        }
    } else {
        OptimizerConfig::default()
    };
    if let OptimizerConfig::Adam { weight_decay, .. } = &mut optimizer {
        *weight_decay = decay;
    }
    config.training.optimizer = optimizer;
}

/// The optimizer and label smoothing.
#[component]
pub(crate) fn Optimizer() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let sgd = Memo::new(move |_| settings.draft.with(is_sgd));
    let choose = Callback::new(move |name: String| {
        // A refused value of a control that goes away has nobody to correct it.
        for real in ADAM_ONLY.iter().chain([&SGD_ONLY]) {
            settings.accept(real.field);
        }
        settings.change(OPTIMIZER, |draft| set_sgd(draft, name == "sgd"));
    });
    let hint = move || {
        if sgd.get() {
            text!("optimizer.sgd.hint")
        } else {
            text!("optimizer.adam.hint")
        }
    };
    view! {
        <details class="more" data-testid="more-optimizer">
            <summary>{text!("optimizer.title")}</summary>
            <div class="fields">
                <Choice
                    setting=run_setting(settings, "optimizer", OPTIMIZER, text!("optimizer.title"), is_sgd, set_sgd)
                    hint=Signal::derive(move || hint().to_owned())
                    options=vec![("adam", text!("optimizer.adam.name")), ("sgd", text!("optimizer.sgd.name"))]
                    value=Signal::derive(move || {
                        String::from(if sgd.get() { "sgd" } else { "adam" })
                    })
                    on_choice=choose
                />
                <Show
                    when=move || sgd.get()
                    fallback=move || {
                        ADAM_ONLY.into_iter().map(|real| real.control(settings)).collect_view()
                    }
                >
                    {SGD_ONLY.control(settings)}
                </Show>
                {WEIGHT_DECAY.control(settings)}
                {SMOOTHING.control(settings)}
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rules_are_valid_and_keep_the_weight_decay() {
        let mut config = RunConfig::default();
        (WEIGHT_DECAY.set)(&mut config, 0.01);
        set_sgd(&mut config, true);
        assert!(is_sgd(&config));
        assert_eq!((SGD_ONLY.get)(&config), MOMENTUM);
        (SGD_ONLY.set)(&mut config, 0.5);
        assert_eq!(config.validate(), Ok(()));
        set_sgd(&mut config, true);
        assert_eq!((SGD_ONLY.get)(&config), 0.5);
        set_sgd(&mut config, false);
        assert_eq!((WEIGHT_DECAY.get)(&config), 0.01);
        (WEIGHT_DECAY.set)(&mut config, 0.0);
        assert_eq!(config, RunConfig::default());
    }
}
