//! Names of files and texts in a Python program.

/// The file of an arm's weights.
pub(crate) fn weights_file(arm: &str) -> String {
    format!("model.{arm}.safetensors")
}

/// A JSON text is a Python text too.
pub(super) fn python_text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| String::from("\"\""))
}
