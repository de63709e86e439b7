//! Numbers as the specification has them: comparable when the nearest double says the same decimal.

/// The double of a number's text, if it is comparable: the shortest decimal of the double is just this number.
pub(crate) fn comparable(text: &str) -> Option<f64> {
    let double: f64 = text.parse().ok()?;
    (double.is_finite() && decimal(text) == decimal(&format!("{double:e}"))).then_some(double)
}

/// Sign, digits without zeros around them, and the exponent of the last digit.
fn decimal(text: &str) -> (bool, String, i64) {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        // An exponent past all doubles: the number is nothing a double says.
        Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i64>().unwrap_or(i64::from(i32::MAX))),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let mut exponent = exponent - i64::try_from(fraction.len()).unwrap_or(0);
    let shown = digits.trim_end_matches('0');
    exponent += i64::try_from(digits.len() - shown.len()).unwrap_or(0);
    let shown = shown.trim_start_matches('0');
    if shown.is_empty() { (false, String::new(), 0) } else { (negative, shown.to_owned(), exponent) }
}
