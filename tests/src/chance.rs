//! What is by chance in a text, taken out of it.

/// A text in which the random ends of Pulumi's own names, a hyphen and seven hexadecimal digits, are all the same.
pub fn without_random_names(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('-') {
        let (before, after) = rest.split_at(at + 1);
        kept.push_str(before);
        let digits = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let random = digits == 7 && after.bytes().take(7).all(|byte| byte.is_ascii_hexdigit());
        rest = if random { after.get(7..).unwrap_or_default() } else { after };
        kept.push_str(if random { "random" } else { "" });
    }
    kept + rest
}

/// A text in which also what AWS has chosen is all the same: ids and times.
pub fn without_ids(text: &str) -> String {
    if is_time(text) {
        return "a time".to_owned();
    }
    let mut kept = String::new();
    let mut follows_id = false;
    for word in without_random_names(text).split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        // The parts of an id are held together by hyphens.
        let is_id = !bare.is_empty() && (follows_id || is_id(bare));
        kept.push_str(&if is_id { word.replace(bare, "id") } else { word.to_owned() });
        follows_id = is_id && word.ends_with('-');
    }
    kept
}

/// Letters and digits such as no word has them.
fn is_id(word: &str) -> bool {
    let all = |is: fn(&u8) -> bool| word.bytes().all(|byte| is(&byte));
    // A name may end with digits.
    let mixed =
        word.len() >= 7 && word.trim_end_matches(|c: char| c.is_ascii_digit()).contains(|c: char| c.is_ascii_digit());
    mixed
        || word.len() >= 8 && all(u8::is_ascii_hexdigit)
        || word.len() >= 16 && all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Such as `2026-11-21T19:01:49+00:00`.
fn is_time(text: &str) -> bool {
    let digits = |range| text.get(range).is_some_and(|part: &str| part.bytes().all(|byte| byte.is_ascii_digit()));
    digits(0..4) && digits(5..7) && digits(8..10) && matches!(text.get(10..11), Some("T" | " ")) && digits(11..13)
}

#[cfg(test)]
mod tests {
    use super::without_ids;

    #[test]
    fn what_is_by_chance_is_taken_out_and_nothing_else() {
        let by_chance = [
            ("alpha-web-07f8561", "alpha-web-abcdefa"),
            ("certificate/5e4b1c9a-338d-4d2a-aeec-1f2e3d4c5b6a", "certificate/0a1b2c3d-9433-4178-81d9-a1b2c3d4e5f6"),
            (
                "rds!db-ec70aaab-ddae-44f6-b24f-9b63b7033604-LrDJnM",
                "rds!db-feedbeef-ddae-44f6-b24f-9b63b7033604-abcDEF",
            ),
            ("AROAQWERTZUIOPASDFGHJ", "AROAQ3RTZUIOPASDF7HJK"),
            ("2026-11-21T19:01:49+00:00", "2027-02-01T09:00:00Z"),
        ];
        for (one, other) in by_chance {
            assert_eq!(without_ids(one), without_ids(other));
        }
        let meant = [
            ("10.0.0.0/20", "10.0.16.0/20"),
            ("alpha-web", "alpha-ui"),
            ("db.t4g.micro", "db.t4g.small"),
            ("postgres17", "postgres18"),
            ("5432", "5433"),
            ("2012-10-17", "2008-10-17"),
            ("ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"),
        ];
        for (one, other) in meant {
            assert_ne!(without_ids(one), without_ids(other));
        }
    }
}
