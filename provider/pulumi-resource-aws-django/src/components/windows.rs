//! The weekly and daily times at which AWS backs up and maintains a server.

use pulumi_component::{Problem, problem};

/// Minutes of a day and of a week.
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// What RDS and ElastiCache need at least, in minutes.
const LEAST: u32 = 30;
const LEAST_OF_CACHE: u32 = 60;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A time that comes again, from minute `from` on for `minutes` minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    from: u32,
    minutes: u32,
}

/// Checks the time of a daily backup.
///
/// # Errors
/// Says which form it has, or how long it must be.
pub(super) fn check_daily(window: &str) -> Result<(), String> {
    let form = "must be two times of the day in UTC, such as `03:00-04:00`";
    parse(window, DAY, minute_of_day).ok_or_else(|| form.to_owned()).and_then(|window| long_enough(window, LEAST))
}

/// Checks the time of the weekly maintenance of a database server.
///
/// # Errors
/// Says which form it has, or how long it must be.
pub(super) fn check_weekly(window: &str) -> Result<(), String> {
    weekly(window).and_then(|window| long_enough(window, LEAST))
}

/// Checks the time of the weekly maintenance of a cache.
///
/// # Errors
/// Says which form it has, or how long it must be.
pub(super) fn check_weekly_of_cache(window: &str) -> Result<(), String> {
    weekly(window).and_then(|window| long_enough(window, LEAST_OF_CACHE))
}

/// What is wrong with two times that meet, at the place of the first one.
pub(super) fn apart(place: &str, daily: &str, weekly: &str) -> Option<Problem> {
    let daily = parse(daily, DAY, minute_of_day)?;
    let weekly = self::weekly(weekly).ok()?;
    let meets = |day: u32| {
        let from = day * DAY + daily.from;
        // Either begins within the other, around the end of the week too.
        (weekly.from + WEEK - from) % WEEK < daily.minutes || (from + WEEK - weekly.from) % WEEK < weekly.minutes
    };
    let reason = "meets `maintenanceWindow`, which RDS does not take: move one of them";
    (0..7).any(meets).then(|| problem([place.into()], reason))
}

fn weekly(window: &str) -> Result<Window, String> {
    let form = "must be two times of the week in UTC, such as `sun:04:30-sun:05:30`, in lower case";
    parse(window, WEEK, minute_of_week).ok_or_else(|| form.to_owned())
}

fn long_enough(window: Window, least: u32) -> Result<(), String> {
    if window.minutes >= least { Ok(()) } else { Err(format!("must be at least {least} minutes long")) }
}

fn parse(window: &str, around: u32, minute: fn(&str) -> Option<u32>) -> Option<Window> {
    let (from, to) = window.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    Some(Window { from, minutes: (to + around - from) % around })
}

fn minute_of_week(text: &str) -> Option<u32> {
    let (day, time) = text.split_once(':')?;
    let days = (0_u32..).zip(DAYS).find_map(|(position, name)| (name == day).then_some(position))?;
    Some(days * DAY + minute_of_day(time)?)
}

fn minute_of_day(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, end: u32| {
        let is_plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number: &u32| is_plain && *number < end)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_two_times_long_enough_apart() {
        let cases = [
            (check_daily("03:00-03:30"), "fine"),
            (check_daily("23:45-00:15"), "fine"),
            (check_daily("03:00-03:29"), "at least 30 minutes"),
            (check_daily("03:00-03:00"), "at least 30 minutes"),
            (check_daily("3:00-4:00"), "two times of the day"),
            (check_daily("03:00-24:00"), "two times of the day"),
            (check_daily("03:00"), "two times of the day"),
            (check_weekly("sun:23:45-mon:00:15"), "fine"),
            (check_weekly("sun:04:30-sun:05:30"), "fine"),
            (check_weekly("Sun:04:30-Sun:05:30"), "in lower case"),
            (check_weekly("04:30-05:30"), "two times of the week"),
            (check_weekly_of_cache("sun:04:30-sun:05:30"), "fine"),
            (check_weekly_of_cache("sun:04:30-sun:05:29"), "at least 60 minutes"),
        ];
        for (checked, expected) in cases {
            let told = checked.err().unwrap_or_else(|| "fine".to_owned());
            assert!(told.contains(expected), "{told}: {expected}");
        }
    }

    #[test]
    fn backup_and_maintenance_do_not_meet() {
        let cases = [
            ("03:00-04:00", "sun:04:00-sun:05:00", false),
            ("03:00-04:00", "sun:03:59-sun:05:00", true),
            ("03:00-04:00", "sun:02:00-sun:03:01", true),
            ("03:00-04:00", "sun:02:00-sun:03:00", false),
            ("23:45-00:15", "sun:23:00-mon:00:00", true),
            ("00:00-00:30", "sun:23:45-mon:00:15", true),
            ("12:00-12:30", "sun:23:45-mon:23:45", true),
        ];
        for (daily, weekly, meets) in cases {
            assert_eq!(apart("backupWindow", daily, weekly).is_some(), meets, "{daily} {weekly}");
        }
    }
}
