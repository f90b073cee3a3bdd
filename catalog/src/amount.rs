//! Amounts of bytes as people write them in forms: `512kb`, `64mb`, `2gb`, in powers of 1024.

/// What the text form looks like, as a pattern of JSON Schema.
pub const PATTERN: &str = "^[0-9]+(kb|mb|gb)$";

const KIB: i64 = 1 << 10;
const MIB: i64 = 1 << 20;
const GIB: i64 = 1 << 30;

/// The bytes that a text like `64mb` means; none if it is written in another way or too large.
pub fn parse(text: &str) -> Option<i64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let unit = match unit {
        "kb" => KIB,
        "mb" => MIB,
        "gb" => GIB,
        _ => return None,
    };
    // The parser of integers would take a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok()?.checked_mul(unit)
}

/// The one spelling of an amount: the largest unit that leaves a whole number. Less than a `kb` is
/// cut off.
pub fn format(bytes: i64) -> String {
    let (unit, name) = match bytes {
        0 => (KIB, "kb"),
        _ if bytes % GIB == 0 => (GIB, "gb"),
        _ if bytes % MIB == 0 => (MIB, "mb"),
        _ => (KIB, "kb"),
    };
    format!("{}{name}", bytes / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse(text).map(format).as_deref(), expected, "{text}");
    }

    #[test]
    fn an_amount_has_one_spelling() {
        check("64mb", Some("64mb"));
        check("064mb", Some("64mb"));
        check("65536kb", Some("64mb"));
        check("1024mb", Some("1gb"));
        check("1025mb", Some("1025mb"));
        check("0gb", Some("0kb"));
    }

    #[test]
    fn other_ways_of_writing_are_refused() {
        for text in ["", "mb", "64", "64MB", "64 mb", "+64mb", "-64mb", "6.4mb", "64mb\n", "六mb"]
        {
            check(text, None);
        }
        check("9999999999999999999gb", None);
        check("9223372036854775807gb", None);
    }
}
