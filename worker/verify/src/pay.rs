//! How often something is paid, told from the period that a document covers.
//! What is earned is left to `income`.

use ::document::Frequency;
use jiff::civil::Date;

/// The days of a period, both ends included; `None` where it ends before it begins.
pub fn period_days(start: Date, end: Date) -> Option<i32> {
    let days = end.since(start).ok()?.get_days() + 1;
    (days > 0).then_some(days)
}

/// How often is paid, where the length of the period leaves no doubt: 7 days are a week, 14 are two, halves of
/// calendar months are semimonthly, whole months monthly. A period of 14 days that is also half a month, four weeks
/// that are no month, and all others are ambiguous.
pub fn frequency_of(start: Date, end: Date) -> Option<Frequency> {
    let days = period_days(start, end)?;
    let half_month = is_half_month(start, end);
    match days {
        7 => Some(Frequency::Weekly),
        14 if !half_month => Some(Frequency::Biweekly),
        13 | 15 | 16 if half_month => Some(Frequency::Semimonthly),
        28..=31 if is_month(start, end) => Some(Frequency::Monthly),
        _ => None,
    }
}

/// Whether a period of this length is usual for what is paid that often; unknown for yearly pay.
pub fn fits(frequency: Frequency, start: Date, end: Date) -> Option<bool> {
    let days = period_days(start, end)?;
    match frequency {
        Frequency::Weekly => Some(days == 7),
        Frequency::Biweekly => Some(days == 14),
        Frequency::Semimonthly => Some((13..=16).contains(&days)),
        Frequency::Monthly => Some((28..=31).contains(&days)),
        Frequency::Annual => None,
    }
}

/// The word for it in documents and rule files.
pub fn word(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Weekly => "weekly",
        Frequency::Biweekly => "biweekly",
        Frequency::Semimonthly => "semimonthly",
        Frequency::Monthly => "monthly",
        Frequency::Annual => "annual",
    }
}

/// What a word in documents and rule files means.
pub fn from_word(word: &str) -> Option<Frequency> {
    use Frequency::{Annual, Biweekly, Monthly, Semimonthly, Weekly};
    [Weekly, Biweekly, Semimonthly, Monthly, Annual]
        .into_iter()
        .find(|frequency| self::word(*frequency) == word)
}

fn is_half_month(start: Date, end: Date) -> bool {
    let same_month = start.first_of_month() == end.first_of_month();
    same_month && matches!((start.day(), end.day()), (1, 15))
        || same_month && start.day() == 16 && end == end.last_of_month()
}

fn is_month(start: Date, end: Date) -> bool {
    let next = end.tomorrow().ok();
    let month_later = start.checked_add(jiff::Span::new().months(1)).ok();
    next.is_some() && next == month_later && next.is_some_and(|next| next.day() == start.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_tells_how_often_is_paid_only_without_doubt() {
        let cases = [
            ("2026-10-19", "2026-10-25", Some(Frequency::Weekly)),
            ("2026-10-12", "2026-10-25", Some(Frequency::Biweekly)),
            ("2026-10-01", "2026-10-15", Some(Frequency::Semimonthly)),
            ("2026-10-16", "2026-10-31", Some(Frequency::Semimonthly)),
            ("2026-02-16", "2026-02-28", Some(Frequency::Semimonthly)),
            ("2028-02-16", "2028-02-29", None),
            ("2026-10-03", "2026-10-17", None),
            ("2026-10-01", "2026-10-31", Some(Frequency::Monthly)),
            ("2026-09-21", "2026-10-20", Some(Frequency::Monthly)),
            ("2026-02-01", "2026-02-28", Some(Frequency::Monthly)),
            ("2026-10-04", "2026-10-31", None),
            ("2026-10-01", "2026-10-01", None),
            ("2026-10-25", "2026-10-19", None),
            ("2026-01-01", "2026-12-31", None),
        ];
        for (start, end, expected) in cases {
            let found = frequency_of(start.parse().unwrap(), end.parse().unwrap());
            assert_eq!(found, expected, "{start} to {end}");
        }
    }

    #[test]
    fn words_and_frequencies_belong_together() {
        for name in ["weekly", "biweekly", "semimonthly", "monthly", "annual"] {
            assert_eq!(from_word(name).map(word), Some(name));
        }
        assert_eq!(from_word("daily"), None);
    }
}
