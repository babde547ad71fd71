//! Settings as JSON: laid over each other, and single fields of them set by path.

use serde_json::{Map, Value};

/// Lays `over` on `under`: its fields take the place of those below. A choice by `kind` is replaced as a
/// whole where another one is chosen.
pub(crate) fn lay(under: &mut Value, over: &Value) {
    match (&mut *under, over) {
        (Value::Object(low), Value::Object(high)) if same_kind(low, high) => {
            for (name, value) in high {
                match low.get_mut(name) {
                    Some(below) => lay(below, value),
                    None => {
                        low.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        _ => *under = over.clone(),
    }
}

fn same_kind(low: &Map<String, Value>, high: &Map<String, Value>) -> bool {
    match (low.get("kind"), high.get("kind")) {
        (low, Some(high)) => low == Some(high),
        _ => true,
    }
}

/// Sets a field by the keys that lead to it; tables that are missing on the way are made. `false` where a
/// value that is no table stands in the way.
pub(crate) fn set(settings: &mut Value, path: &[&str], value: &Value) -> bool {
    let Some((last, way)) = path.split_last() else {
        return false;
    };
    let mut at = settings;
    for step in way {
        let Value::Object(fields) = at else {
            return false;
        };
        at = fields
            .entry((*step).to_owned())
            .or_insert_with(|| Value::Object(Map::new()));
    }
    match at {
        Value::Object(fields) => {
            fields.insert((*last).to_owned(), value.clone());
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_laid_over_each_other() {
        let mut low = json!({"training": {"epochs": 20, "optimizer": {"kind": "adam", "beta_1": 0.9}},
                             "network": {"head": "gap_linear"}});
        lay(
            &mut low,
            &json!({"training": {"epochs": 3, "optimizer": {"kind": "sgd", "momentum": 0.5}},
                    "network": {"head": {"conv_gap_linear": {"channels": 4}}}}),
        );
        assert_eq!(
            low,
            json!({"training": {"epochs": 3, "optimizer": {"kind": "sgd", "momentum": 0.5}},
                   "network": {"head": {"conv_gap_linear": {"channels": 4}}}})
        );
        lay(
            &mut low,
            &json!({"training": {"optimizer": {"momentum": 0.9}}}),
        );
        assert_eq!(
            low["training"]["optimizer"],
            json!({"kind": "sgd", "momentum": 0.9})
        );
    }

    #[test]
    fn single_fields_are_set() {
        let mut settings = json!({"training": {"epochs": 20}});
        assert!(set(&mut settings, &["training", "epochs"], &json!(3)));
        assert!(set(
            &mut settings,
            &["arm", "objective", "weight"],
            &json!(1.5)
        ));
        assert_eq!(
            settings,
            json!({"training": {"epochs": 3}, "arm": {"objective": {"weight": 1.5}}})
        );
        assert!(!set(&mut settings, &["training", "epochs", "x"], &json!(3)));
    }
}
