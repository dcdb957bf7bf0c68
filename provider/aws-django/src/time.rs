//! Moments, as people and programs read them.

use std::time::{Duration, SystemTime};

use aws_django_release::cloud::Millis;
use aws_smithy_types::DateTime;

/// So long ago.
pub(crate) fn ago(time: Duration) -> Millis {
    let then = SystemTime::now().checked_sub(time).and_then(|then| then.duration_since(SystemTime::UNIX_EPOCH).ok());
    Millis::try_from(then.unwrap_or_default().as_millis()).unwrap_or(Millis::MAX)
}

/// `2026-11-20T09:41:07Z`: whole seconds.
pub(crate) fn utc(at: Millis) -> String {
    DateTime::from_secs(at.div_euclid(1_000)).to_string()
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
