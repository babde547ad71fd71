//! Formulas as MathML text. Only the page's own signs and numbers go in, never a visitor's words.

use crate::ui::model::format::local;

/// An identifier: one letter is set in italics by the browser, several are not.
pub(crate) fn id(name: &str) -> String {
    format!("<mi>{name}</mi>")
}

/// A number, as Rust writes it.
pub(crate) fn number(text: impl AsRef<str>) -> String {
    format!("<mn>{}</mn>", local(text.as_ref().to_owned()))
}

/// An operator or a bracket.
pub(crate) fn op(sign: &str) -> String {
    let sign = match sign {
        "<" => "&lt;",
        ">" => "&gt;",
        other => other,
    };
    format!("<mo>{sign}</mo>")
}

/// Several parts as one.
pub(crate) fn row(parts: &[String]) -> String {
    format!("<mrow>{}</mrow>", parts.concat())
}

/// `base` with something below right.
pub(crate) fn sub(base: String, below: String) -> String {
    format!("<msub>{base}{below}</msub>")
}

/// A fraction.
pub(crate) fn over(above: String, below: String) -> String {
    format!("<mfrac>{above}{below}</mfrac>")
}

/// A sum over `index`.
pub(crate) fn sum(index: String) -> String {
    format!("<munder><mo>∑</mo>{index}</munder>")
}

/// A bracketed expression.
pub(crate) fn bracket(parts: &[String]) -> String {
    format!("{}{}{}", op("("), parts.concat(), op(")"))
}

/// A whole formula, large signs at their full size.
pub(crate) fn math(parts: &[String]) -> String {
    format!("<math displaystyle=\"true\">{}</math>", parts.concat())
}
