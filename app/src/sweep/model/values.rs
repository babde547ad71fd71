//! Parses the values of a setting: numbers separated by commas, fractions, and ranges such as `0.1 to
//! 0.9 in 5`, with the words of any language of the page: what was typed outlives a change of it.

use crate::sweep::model::MOST_VALUES;
use crate::ui::model::format::local;
use crate::ui::text::Language;

/// Reads the values of a setting, each once, in the order they stand.
///
/// # Errors
/// What is wrong with the text and what would help.
pub(crate) fn parse(text: &str, whole: bool) -> Result<Vec<f64>, String> {
    parse_most(text, whole, MOST_VALUES)
}

/// As [`parse`], with another largest number of values.
pub(crate) fn parse_most(text: &str, whole: bool, most: usize) -> Result<Vec<f64>, String> {
    let mut values = Vec::new();
    for part in text.split([',', ';']).map(str::trim) {
        if part.is_empty() {
            continue;
        }
        let read = match range(part, most) {
            Some(range) => range?,
            None => vec![number(part)?],
        };
        let ranged = read.len() > 1;
        for value in read {
            // A range over whole numbers takes the nearest ones.
            let value = if whole && ranged {
                value.round()
            } else {
                value
            };
            if whole && value.fract() != 0.0 {
                return Err(text!("sweep.values.not-whole", value = part));
            }
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }
    match values.len() {
        0 => Err(text!("sweep.values.empty").to_owned()),
        count if count > most => Err(text!("sweep.values.too-many", count = count, most = most)),
        _ => Ok(values),
    }
}

fn number(text: &str) -> Result<f64, String> {
    let plain = |text: &str| text.trim().parse::<f64>().ok();
    let value = match text.split_once('/') {
        Some((above, below)) => plain(above).zip(plain(below)).map(|(a, b)| a / b),
        None => plain(text),
    };
    value
        .filter(|value| value.is_finite())
        .ok_or_else(|| text!("sweep.values.no-number", value = text))
}

/// `from to until in count`, with `log` behind it for equal ratios; `None` where it is no range.
fn range(text: &str, most: usize) -> Option<Result<Vec<f64>, String>> {
    let about = || Language::all().map(Language::about);
    let (from, rest) = about()
        .find_map(|language| split_at_word(text, &language.range_to))
        .or_else(|| text.split_once('–'))
        .or_else(|| text.split_once(".."))?;
    let counted = about().find_map(|language| split_at_word(rest, &language.range_in));
    let Some((until, count)) = counted else {
        return Some(Err(text!("sweep.values.how-many", range = text)));
    };
    let (count, log) = match count.trim().strip_suffix("log") {
        Some(count) => (count, true),
        None => (count, false),
    };
    let read = number(from.trim()).and_then(|from| Ok((from, number(until.trim())?)));
    let (from, until) = match read {
        Ok(ends) => ends,
        Err(problem) => return Some(Err(problem)),
    };
    let count = match count.trim().parse::<usize>() {
        Ok(count) if (2..=most).contains(&count) => count,
        _ => {
            return Some(Err(text!("sweep.values.count", range = text, most = most)));
        }
    };
    if log && !(from > 0.0 && until > 0.0) {
        return Some(Err(text!("sweep.values.log", range = text)));
    }
    let last = (count - 1) as f64;
    let at = |i: usize| {
        let t = i as f64 / last;
        if i == 0 {
            from
        } else if i + 1 == count {
            until
        } else if log {
            from * (until / from).powf(t)
        } else {
            from + (until - from) * t
        }
    };
    // Without the last digits, which are rounding: 0.30000000000000004.
    Some(Ok((0..count).map(|i| tidy(at(i))).collect()))
}

/// What stands before and after a word, where it is no part of a longer one.
fn split_at_word<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    text.match_indices(word).find_map(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let longer =
            before.ends_with(char::is_alphabetic) || after.starts_with(char::is_alphabetic);
        (!longer).then_some((before, after))
    })
}

/// Twelve digits.
fn tidy(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// A value as the heat map shows it: thirds by their sign, four digits otherwise.
pub(crate) fn format_value(value: f64) -> String {
    if (value - 1.0 / 3.0).abs() < 1e-9 {
        return String::from("⅓");
    }
    if (value - 2.0 / 3.0).abs() < 1e-9 {
        return String::from("⅔");
    }
    if value.fract() == 0.0 {
        return value.to_string();
    }
    let decimals = (3.0 - value.abs().log10().floor()).clamp(0.0, 12.0);
    let text = format!("{value:.*}", decimals as usize);
    if !text.contains('.') {
        return text;
    }
    local(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_fractions_and_repeats() {
        assert_eq!(
            parse("0.1, 1/3,0.5; 0.5 ,", false),
            Ok(vec![0.1, 1.0 / 3.0, 0.5])
        );
        assert_eq!(parse("1e-3", false), Ok(vec![0.001]));
        assert_eq!(parse("8, 16", true), Ok(vec![8.0, 16.0]));
    }

    #[test]
    fn ranges() {
        let fifths = Ok(vec![0.1, 0.3, 0.5, 0.7, 0.9]);
        assert_eq!(parse("0.1 to 0.9 in 5", false), fifths);
        assert_eq!(parse("0.1–0.9 in 5", false), fifths);
        assert_eq!(parse("0.1..0.9 in 5", false), fifths);
        assert_eq!(parse("0.1to0.9in5", false), fifths);
        assert_eq!(parse("0.1 bis 0.9 in 5", false), fifths);
        assert_eq!(parse("0.1 a 0.9 en 5", false), fifths);
        assert_eq!(parse("0, 0.5 to 1 in 2", false), Ok(vec![0.0, 0.5, 1.0]));
        assert_eq!(
            parse("0.0001 to 0.1 in 4 log", false),
            Ok(vec![0.0001, 0.001, 0.01, 0.1])
        );
        assert_eq!(parse("1 to 4 in 3", true), Ok(vec![1.0, 3.0, 4.0]));
        assert_eq!(parse("0 to 2 in 3", true), Ok(vec![0.0, 1.0, 2.0]));
        assert_eq!(parse("1 to 2 in 5", true), Ok(vec![1.0, 2.0]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let problem = |text, whole| parse(text, whole).err().unwrap_or_default();
        assert!(problem("", false).contains("No value"));
        assert!(problem(" , ", false).contains("No value"));
        assert!(problem("0.5, much", false).contains("“much”"));
        assert!(problem("1/0", false).contains("“1/0”"));
        assert!(problem("NaN", false).contains("“NaN”"));
        assert!(problem("1.5", true).contains("whole"));
        assert!(problem("0.1 to 0.9", false).contains("how many"));
        assert!(problem("0 to 1 in 1", false).contains("from 2 to 12"));
        assert!(problem("0 to 1 in 13", false).contains("from 2 to 12"));
        assert!(problem("0 to 1 in 4 log", false).contains("above 0"));
        assert!(problem("1,2,3,4,5,6,7,8,9,10,11,12,13", true).contains("13 values"));
        assert!(problem("x to y in 3", false).contains("“x”"));
        assert!(problem("manana", false).contains("“manana”"));
    }

    #[test]
    fn values_are_shown_short() {
        let cases = [
            (1.0 / 3.0, "⅓"),
            (2.0 / 3.0, "⅔"),
            (0.5, "0.5"),
            (0.0, "0"),
            (1024.0, "1024"),
            (0.0003, "0.0003"),
            (0.000_316_227_766, "0.0003162"),
            (0.12345, "0.1235"),
            (1234.6, "1235"),
        ];
        for (value, text) in cases {
            assert_eq!(format_value(value), text);
        }
    }
}
