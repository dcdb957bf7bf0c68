//! Moments, as people and programs read them.

use std::time::{Duration, SystemTime};

use aws_django_release::cloud::Millis;

/// So long ago.
pub(crate) fn ago(time: Duration) -> Millis {
    let then = SystemTime::now().checked_sub(time).and_then(|then| then.duration_since(SystemTime::UNIX_EPOCH).ok());
    Millis::try_from(then.unwrap_or_default().as_millis()).unwrap_or(Millis::MAX)
}

/// `2026-11-20T09:41:07Z`: the proleptic Gregorian calendar, counted from 1 March of the year 0, so that a leap day is
/// the last of its year.
pub(crate) fn utc(at: Millis) -> String {
    let seconds = at.div_euclid(1_000);
    let (days, second) = (seconds.div_euclid(86_400) + 719_468, seconds.rem_euclid(86_400));
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_of_the_calendar() {
        for (at, shown) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00Z"),
            (1_798_761_599_000, "2026-12-31T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(at), shown);
        }
    }
}
