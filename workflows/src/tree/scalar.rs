//! What a plain YAML scalar is: the core schema of YAML 1.2, so that `yes` and `no` stay texts.

use super::Value;

/// The value of an unquoted scalar.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number),
    }
}

/// The JSON spelling of a number. A number with leading zeros is none: account numbers and part numbers keep them.
fn number(text: &str) -> Option<String> {
    if is_json_number(text) {
        return Some(text.to_owned());
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && digits.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            return u64::from_str_radix(digits, radix).ok().map(|n| n.to_string());
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let minus = if text.starts_with('-') { "-" } else { "" };
    let zero = if unsigned.starts_with('.') { "0" } else { "" };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => unsigned.split_at(at),
        None => (unsigned, ""),
    };
    let mantissa = mantissa.strip_suffix('.').unwrap_or(mantissa);
    let spelled = format!("{minus}{zero}{mantissa}{exponent}");
    (!mantissa.is_empty() && is_json_number(&spelled)).then_some(spelled)
}

/// Whether a text is a number as JSON spells it.
pub(super) fn is_json_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let digits = |t: &str| t.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or_default();
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_those_of_yaml_1_2() {
        for (text, expected) in [
            ("", "Null"),
            ("~", "Null"),
            ("yes", "Text(\"yes\")"),
            ("no", "Text(\"no\")"),
            ("on", "Text(\"on\")"),
            ("true", "Bool(true)"),
            ("False", "Bool(false)"),
            ("1", "Number(\"1\")"),
            ("1.50", "Number(\"1.50\")"),
            ("-1e3", "Number(\"-1e3\")"),
            ("+5", "Number(\"5\")"),
            ("-.5", "Number(\"-0.5\")"),
            ("5.", "Number(\"5\")"),
            ("0x1F", "Number(\"31\")"),
            ("0o17", "Number(\"15\")"),
            ("007", "Text(\"007\")"),
            ("012345678901", "Text(\"012345678901\")"),
            ("1_000", "Text(\"1_000\")"),
            ("1h30m", "Text(\"1h30m\")"),
            (".", "Text(\".\")"),
            (".inf", "Text(\".inf\")"),
            ("+", "Text(\"+\")"),
            ("-", "Text(\"-\")"),
            ("2026-01-02", "Text(\"2026-01-02\")"),
            ("0x", "Text(\"0x\")"),
            ("e5", "Text(\"e5\")"),
        ] {
            assert_eq!(format!("{:?}", plain(text)), expected, "{text}");
        }
    }
}
