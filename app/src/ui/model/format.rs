//! Numbers as the page writes them, so that the same quantity looks the same everywhere.

use crate::ui::model::naming;
pub(crate) use crate::ui::text::numbers::{local, thousands};

/// A fraction as a percentage with one decimal: `94.1 %`.
pub(crate) fn percent(fraction: f32) -> String {
    if fraction.is_finite() {
        local(format!("{:.1} %", fraction * 100.0))
    } else {
        String::from("–")
    }
}

/// The difference of two fractions in percentage points: `+22.6`.
pub(crate) fn points(difference: f32) -> String {
    if !difference.is_finite() {
        return String::from("–");
    }
    let rounded = (difference * 1000.0).round() / 10.0;
    if rounded == 0.0 {
        local(String::from("0.0"))
    } else if rounded > 0.0 {
        local(format!("+{rounded:.1}"))
    } else {
        local(format!("−{:.1}", -rounded))
    }
}

/// A loss, with as many decimals as help.
pub(crate) fn loss(value: f32) -> String {
    match value {
        v if !v.is_finite() => text!("session.not-finite").to_owned(),
        // Of a run that goes astray.
        v if v.abs() >= 1e5 => local(format!("{v:.1e}")),
        v if v.abs() >= 100.0 => local(format!("{v:.1}")),
        v if v.abs() >= 10.0 => local(format!("{v:.2}")),
        v => local(format!("{v:.3}")),
    }
}

/// A number of any size in few characters.
pub(crate) fn short(value: f32) -> String {
    match value.abs() {
        size if size == 0.0 || size >= 0.01 => loss(value),
        size if size >= 1e-3 => local(format!("{value:.4}")),
        // A minus sign keeps it on one line; a hyphen would not.
        _ => local(format!("{value:.1e}").replace('-', "−")),
    }
}

/// A change of a probability, with its sign and digits enough to be seen: `+0.312`, `−0.0004`.
pub(crate) fn change(value: f32) -> String {
    let sign = if value < 0.0 { "−" } else { "+" };
    match value.abs() {
        size if !size.is_finite() => String::from("–"),
        size if size < 5e-5 => String::from("0"),
        size if size < 0.01 => local(format!("{sign}{size:.4}")),
        size => local(format!("{sign}{size:.3}")),
    }
}

/// Milliseconds per step.
pub(crate) fn milliseconds(value: f64) -> String {
    if !value.is_finite() || value <= 0.0 {
        String::from("–")
    } else if value < 100.0 {
        local(format!("{value:.1}"))
    } else {
        format!("{value:.0}")
    }
}

/// How long the rest of a run takes at the present pace; `None` before the pace is known.
pub(crate) fn time_left(step: u64, total: u64, step_ms: f64) -> Option<String> {
    if step == 0 || step >= total || !step_ms.is_finite() || step_ms <= 0.0 {
        return None;
    }
    let seconds = (total - step) as f64 * step_ms / 1000.0;
    Some(if seconds < 1.5 {
        text!("transport.left.seconds", seconds = 1)
    } else if seconds < 90.0 {
        text!("transport.left.seconds", seconds = format!("{seconds:.0}"))
    } else if seconds < 5400.0 {
        text!(
            "transport.left.minutes",
            minutes = format!("{:.0}", seconds / 60.0)
        )
    } else {
        text!(
            "transport.left.hours",
            hours = local(format!("{:.1}", seconds / 3600.0))
        )
    })
}

/// `22 of 64`.
pub(crate) fn of(part: usize, whole: usize) -> String {
    text!("session.of", part = part, whole = whole)
}

/// A fraction between 0 and 1 for the label of a slider; thirds by their name.
pub(crate) fn fraction(value: f64) -> String {
    if (value - 1.0 / 3.0).abs() < 1e-9 {
        local(String::from("⅓ ≈ 0.333"))
    } else if (value - 2.0 / 3.0).abs() < 1e-9 {
        local(String::from("⅔ ≈ 0.667"))
    } else {
        let text = format!("{value:.3}");
        let trimmed = text.trim_end_matches('0');
        local(String::from(trimmed.strip_suffix('.').unwrap_or(trimmed)))
    }
}

/// A large number in words: `953`, `12.4 thousand`, `2.80 million`.
pub(crate) fn amount(value: u64) -> String {
    let scaled = |unit: f64| {
        let value = value as f64 / unit;
        let digits = if value < 10.0 { 2 } else { 1 };
        local(format!("{value:.digits$}"))
    };
    match value {
        0..1_000 => value.to_string(),
        1_000..1_000_000 => text!("session.thousand", number = scaled(1e3)),
        1_000_000..1_000_000_000 => text!("session.million", number = scaled(1e6)),
        _ => text!("session.billion", number = scaled(1e9)),
    }
}

/// The first few of a list, and how many more there are.
pub(crate) fn listing(names: &[String], shown: usize) -> String {
    let quoted = |name: &String| text!("session.quoted", name = naming::apart(name));
    let quoted: Vec<String> = names.iter().map(quoted).collect();
    some(&quoted, shown)
}

/// Joins the first `shown` texts, and counts the rest.
pub(crate) fn some(texts: &[String], shown: usize) -> String {
    let named = &texts[..shown.min(texts.len())];
    let text = named.join(", ");
    match texts.len() - named.len() {
        0 => text,
        more => text!("session.and-more", names = text, number = more),
    }
}

/// Megabytes with one decimal, for the engine's download.
pub(crate) fn megabytes(bytes: u64) -> String {
    local(format!("{:.1} MB", bytes as f64 / 1e6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_and_points() {
        assert_eq!(percent(0.941), "94.1 %");
        assert_eq!(percent(f32::NAN), "–");
        assert_eq!(points(0.226), "+22.6");
        assert_eq!(points(-0.05), "−5.0");
        assert_eq!(points(0.0001), "0.0");
    }

    #[test]
    fn losses_and_times() {
        assert_eq!(loss(1.38629), "1.386");
        assert_eq!(loss(7.738e31), "7.7e31");
        assert_eq!(loss(f32::INFINITY), "not finite");
        assert_eq!(short(0.0), "0.000");
        assert_eq!(short(-0.25), "-0.250");
        assert_eq!(short(0.0035), "0.0035");
        assert_eq!(short(-0.00012), "−1.2e−4");
        assert_eq!(milliseconds(62.13), "62.1");
        assert_eq!(milliseconds(0.0), "–");
        assert_eq!(time_left(0, 640, 60.0), None);
        assert_eq!(time_left(640, 640, 60.0), None);
        assert_eq!(time_left(140, 640, 60.0), Some(String::from("30 s left")));
        assert_eq!(
            time_left(40, 640, 1000.0),
            Some(String::from("about 10 min left"))
        );
    }

    #[test]
    fn fractions_and_counts() {
        assert_eq!(fraction(1.0 / 3.0), "⅓ ≈ 0.333");
        assert_eq!(fraction(0.5), "0.5");
        assert_eq!(fraction(1.0), "1");
        assert_eq!(fraction(0.0), "0");
        assert_eq!(of(22, 64), "22 of 64");
        assert_eq!(amount(953), "953");
        assert_eq!(amount(12_431), "12.4 thousand");
        assert_eq!(amount(2_801_920), "2.80 million");
    }

    #[test]
    fn changes_show_their_sign_and_are_never_minus_nothing() {
        let shown = [0.312_4, -0.000_4, 0.0, -0.000_01, -0.5, f32::NAN].map(change);
        assert_eq!(shown, ["+0.312", "−0.0004", "0", "0", "−0.500", "–"]);
    }

    #[test]
    fn listings_name_some_and_count_the_rest() {
        let names: Vec<String> = ["a.txt", "b.pdf", "c.doc"].map(String::from).to_vec();
        assert_eq!(listing(&names, 2), "“a.txt”, “b.pdf” and 1 more");
        assert_eq!(listing(&names[..1], 2), "“a.txt”");
    }
}
