//! What is by chance in a text, taken out of it.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

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

/// The shortest word that is taken for one by chance: shorter ones mean something else somewhere else.
const SHORTEST: usize = 6;

/// A document without what is by chance: `other` was made in the same way. A word that differs is replaced wherever it
/// stands, by one that follows from the place where it comes first; a time by a time.
///
/// # Errors
/// If they differ by more than words.
pub fn settled(one: &Json, other: &Json) -> anyhow::Result<Json> {
    let mut words = BTreeMap::new();
    note("", one, other, &mut words)?;
    Ok(replaced(one, &words))
}

/// Notes the words that differ, each with what takes its place.
fn note(place: &str, one: &Json, other: &Json, words: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    match (one, other) {
        (Json::String(one), Json::String(other)) if is_time(one) && is_time(other) => {}
        (Json::String(one), Json::String(other)) => note_words(place, one, other, words)?,
        (Json::Array(one), Json::Array(other)) => {
            ensure!(one.len() == other.len(), "the items of `{place}` are not as many each time");
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                note(&format!("{place}/{at}"), one, other, words)?;
            }
        }
        (Json::Object(one), Json::Object(other)) => {
            ensure!(one.keys().eq(other.keys()), "the keys of `{place}` are not the same each time");
            for ((key, one), other) in one.iter().zip(other.values()) {
                note(&format!("{place}/{key}"), one, other, words)?;
            }
        }
        _ => ensure!(one == other, "`{place}` is {one} once and {other} once"),
    }
    Ok(())
}

fn note_words(place: &str, one: &str, other: &str, words: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    let (one, other) = (parts(one), parts(other));
    ensure!(one.len() == other.len(), "the words of `{place}` are not as many each time");
    for (at, (one, other)) in one.into_iter().zip(other).enumerate().filter(|(_, (one, other))| one != other) {
        let are_addresses = is_address(one) && is_address(other);
        if !are_addresses && (one.len() < SHORTEST || one.len() != other.len()) {
            bail!("`{place}` has the word `{one}` once and `{other}` once: too short, or of different length");
        }
        words.entry(one.to_owned()).or_insert_with(|| like(one, other, &format!("{place}#{at}")));
    }
    Ok(())
}

/// A text in parts: words, UUIDs and addresses of IPv4 each as one, and every sign between them.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let word = |signs: &[char]| rest.find(|c: char| !c.is_ascii_alphanumeric() && !signs.contains(&c));
        let long = ['-', '.'].map(|sign| rest.split_at(word(&[sign]).unwrap_or(rest.len())).0);
        let address = long.into_iter().find(|long| is_address(long));
        let uuid = rest.get(..UUID.len()).filter(|start| is_uuid(start));
        let word = word(&[]).unwrap_or(rest.len()).max(first.len_utf8());
        let (part, more) = rest.split_at(uuid.or(address).map_or(word, str::len));
        parts.push(part);
        rest = more;
    }
    parts
}

/// The form of a UUID.
const UUID: &str = "00000000-0000-0000-0000-000000000000";

fn is_uuid(text: &str) -> bool {
    let is_like = |(c, form): (char, char)| if form == '-' { c == '-' } else { c.is_ascii_hexdigit() };
    text.len() == UUID.len() && text.chars().zip(UUID.chars()).all(is_like)
}

/// Such as `10.0.0.1`, also with hyphens as in names.
fn is_address(text: &str) -> bool {
    ['.', '-'].iter().any(|sign| {
        let numbers: Vec<_> = text.split(*sign).collect();
        numbers.len() == 4 && numbers.iter().all(|number| number.parse::<u8>().is_ok())
    })
}

/// A word that follows from a place, as long as another one and in the same letters.
fn like(one: &str, other: &str, place: &str) -> String {
    let digest = Sha256::digest(place);
    if is_address(one) {
        // A block that is nobody's.
        let (sign, bytes) = (if one.contains('.') { "." } else { "-" }, digest.iter().take(2));
        let numbers = ["198", "18"].map(str::to_owned).into_iter().chain(bytes.map(u8::to_string));
        return numbers.collect::<Vec<_>>().join(sign);
    }
    let digest = format!("{digest:x}");
    let word = one.chars().zip(digest.chars().cycle()).map(|(was, now)| if was == '-' { was } else { now });
    let word = word.collect::<String>();
    let has = |letter: fn(&u8) -> bool| one.bytes().chain(other.bytes()).any(|byte| letter(&byte));
    let is_large = has(u8::is_ascii_uppercase) && !has(u8::is_ascii_lowercase);
    if is_large { word.to_uppercase() } else { word }
}

fn replaced(json: &Json, words: &BTreeMap<String, String>) -> Json {
    match json {
        Json::String(text) if is_time(text) => Json::String("2026-01-01T00:00:00Z".to_owned()),
        Json::String(text) => {
            let part = |part: &str| words.get(part).map_or_else(|| part.to_owned(), Clone::clone);
            parts(text).into_iter().map(part).collect::<String>().into()
        }
        Json::Array(items) => items.iter().map(|item| replaced(item, words)).collect(),
        Json::Object(map) => {
            map.iter().map(|(key, item)| (key.clone(), replaced(item, words))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
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
    use serde_json::{Value as Json, json};

    use super::{settled, without_ids};

    /// A network as it comes out once, with these by chance.
    fn network(id: &str, uuid: &str, address: &str, time: &str) -> Json {
        json!({
            "id": format!("vpc-{id}"), "tags": {"Name": "dev"}, "of": [format!("arn:aws:ec2:::vpc/vpc-{id}"), uuid],
            "address": address, "dns": format!("ec2-{}.example.com", address.replace('.', "-")), "made": time, "engine": "17",
        })
    }

    #[test]
    fn what_differs_between_two_runs_is_settled_wherever_it_stands() -> anyhow::Result<()> {
        let one = network("07f8561a", "5e4b1c9a-338d-4d2a-aeec-1f2e3d4c5b6a", "3.17.4.5", "2026-11-21T19:01:49+00:00");
        let other = network("deadbeef", "0a1b2c3d-9433-4178-81d9-a1b2c3d4e5f6", "119.97.24.3", "2027-02-01T09:00:00Z");
        let settled_one = settled(&one, &other)?;
        assert_eq!(settled_one, settled(&other, &one)?);
        let id = settled_one["id"].as_str().unwrap_or_default();
        assert!(id.starts_with("vpc-") && id.len() == "vpc-07f8561a".len(), "{id}");
        assert_eq!(settled_one["of"][0], format!("arn:aws:ec2:::vpc/{id}"));
        // Letters are small unless there are none but large ones.
        for (one, other, is_large) in [("vpc-1234567", "vpc-7654321", false), ("AKIA 12AB567", "AKIA 7654321", true)] {
            let word = settled(&json!(one), &json!(other))?.to_string().split_off("vpc-".len() + 1);
            assert_eq!(word.contains(|c: char| c.is_ascii_uppercase()), is_large, "{word}");
        }
        // What is the same each time stays, also where it looks like a part of what is not.
        assert_eq!((&settled_one["engine"], &settled_one["tags"]), (&json!("17"), &json!({"Name": "dev"})));
        let all = settled_one.to_string();
        for chance in ["07f8561a", "5e4b1c9a", "3.17.4.5", "3-17-4-5", "2026-11-21"] {
            assert!(!all.contains(chance), "{chance} in {all}");
        }
        Ok(())
    }

    #[test]
    fn what_is_not_by_chance_in_words_is_refused() {
        let differ = [
            (json!({"count": 1}), json!({"count": 2})),
            (json!({"a": 1}), json!({"b": 1})),
            (json!([1]), json!([1, 2])),
            (json!("postgres 17"), json!("postgres 18")),
            (json!("one"), json!("one more")),
        ];
        for (one, other) in differ {
            assert!(settled(&one, &other).is_err(), "{one} and {other}");
        }
    }

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
