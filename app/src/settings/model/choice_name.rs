//! The names that serde gives the choices of a setting, as the values of a `<select>`.

use serde::{Serialize, de::DeserializeOwned};

/// The name that serde gives a choice.
pub(crate) fn name_of<T: Serialize>(choice: T) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The choice that serde gives a name to.
pub(crate) fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}
