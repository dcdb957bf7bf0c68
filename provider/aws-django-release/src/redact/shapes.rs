//! Keys that are known by their form, whatever stands before them.

use super::REDACTED;

/// What a token of a service begins with, and how many signs follow at least.
const PREFIXES: [(&str, usize); 20] = [
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("xoxa-", 16),
    ("xoxs-", 16),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("sk-", 32),
    ("AIza", 30),
    ("npm_", 30),
    ("pypi-", 30),
    ("dckr_pat_", 20),
    ("hvs.", 20),
    ("pul-", 40),
];

/// What ids of AWS's access keys begin with, lasting and temporary ones; sixteen signs follow.
const ACCESS_KEYS: [&str; 2] = ["AKIA", "ASIA"];

/// Length of AWS's secret access keys.
const SECRET_ACCESS_KEY: usize = 40;

/// The text without them.
pub(super) fn without(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut before) = (text, None);
    while let Some(next) = rest.chars().next() {
        let is_begun = |is_part: fn(char) -> bool| !before.is_some_and(is_part);
        let found = block(rest)
            .or_else(|| if is_begun(|c| c.is_ascii_alphanumeric()) { token(rest) } else { None })
            .or_else(|| if is_begun(is_of_secret_key) { secret_key(rest) } else { None });
        let length = match found {
            Some(length) => {
                shown.push_str(REDACTED);
                length
            }
            None => {
                // Nothing begins in the middle of a word.
                let is_word = next.is_ascii_alphanumeric();
                let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                let length = if is_word { word } else { next.len_utf8() };
                shown.push_str(&rest[..length]);
                length
            }
        };
        before = rest[..length].chars().next_back();
        rest = &rest[length..];
    }
    shown
}

/// A block of PEM with a private key, to its end or to that of the text. Certificates and public keys are none.
fn block(text: &str) -> Option<usize> {
    const DASHES: &str = "-----";
    let label = text.strip_prefix("-----BEGIN ")?;
    let label = &label[..label.find(DASHES)?];
    if !label.contains("PRIVATE KEY") || label.len() > 40 {
        return None;
    }
    let end = format!("-----END {label}{DASHES}");
    Some(text.find(&end).map_or(text.len(), |at| at + end.len()))
}

fn token(text: &str) -> Option<usize> {
    let length_of = |(prefix, least): &(&str, usize)| {
        let more = text.strip_prefix(prefix)?;
        let length = more.find(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).unwrap_or(more.len());
        (length >= *least).then_some(prefix.len() + length)
    };
    PREFIXES.iter().find_map(length_of).or_else(|| access_key(text)).or_else(|| web_token(text))
}

fn access_key(text: &str) -> Option<usize> {
    const LENGTH: usize = 20;
    let is_one = ACCESS_KEYS.iter().any(|prefix| text.starts_with(prefix))
        && text.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit())).unwrap_or(text.len()) == LENGTH;
    is_one.then_some(LENGTH)
}

/// A JSON Web Token: three parts of base64, of which the first two are JSON objects.
fn web_token(text: &str) -> Option<usize> {
    /// Base64 of an object's beginning.
    const OBJECT: &str = "eyJ";
    if !text.starts_with(OBJECT) {
        return None;
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c))).unwrap_or(text.len());
    let mut parts = text[..end].split('.');
    let is_object = |part: &str| part.len() > 8 && part.starts_with(OBJECT);
    let (head, body, signature) = (parts.next()?, parts.next()?, parts.next()?);
    (is_object(head) && is_object(body)).then(|| head.len() + body.len() + signature.len() + 2)
}

fn secret_key(text: &str) -> Option<usize> {
    let length = text.find(|c| !is_of_secret_key(c)).unwrap_or(text.len());
    let key = &text[..length];
    let has = |is: fn(&char) -> bool| key.chars().any(|c| is(&c));
    let is_mixed = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit);
    (length == SECRET_ACCESS_KEY && is_mixed).then_some(length)
}

fn is_of_secret_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/+".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_their_form() {
        let (web, secret) =
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
        let github = format!("ghp_{}", "a1B2".repeat(9));
        for key in [web, secret, "AKIAIOSFODNN7EXAMPLE", pem, &github] {
            assert_eq!(without(&format!("a {key}; {key}")), "a [redacted]; [redacted]", "{key}");
            assert_eq!(without(&format!("(é{key}")), "(é[redacted]", "{key}");
        }
        assert_eq!(without("x -----BEGIN PRIVATE KEY-----\nMIIE"), "x [redacted]");
        for text in [
            "",
            "AKIAIOSFODNN7EXAMPLES",
            "task-risk-assessment-with-a-name-of-many-signs-in-all",
            "0123456789abcdef0123456789abcdef01234567",
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
            "arn:aws:ecs:eu-central-1:123456789012:task-definition/alpha-gunicorn:1",
            "1.2.3 eyJa.b.c",
        ] {
            assert_eq!(without(text), text);
        }
    }
}
