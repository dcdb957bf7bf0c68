//! Takes what looks like a secret of the app out of text that somebody else wrote, such as lines of a log.
//!
//! A text is judged by itself, without knowing the secrets: what stands behind a name that is a secret's, the password
//! in an address, and what has the form of a key. It is a net, not a wall: a bare password alone in a line passes.

mod shapes;

/// What is shown instead.
const REDACTED: &str = "[redacted]";

/// Parts of names whose values are secrets, in capital letters. The addresses hold passwords.
const NAMES: [&str; 13] = [
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "TOKEN",
    "ACCESS_KEY",
    "API_KEY",
    "APIKEY",
    "SIGNING_KEY",
    "PRIVATE_KEY",
    "DATABASE_URL",
    "BROKER_URL",
    "RESULT_BACKEND",
];

/// A service of AWS, whose name stands in addresses and policies before a colon.
const SERVICE: &str = "SECRETSMANAGER";

/// The text without what looks like a secret.
pub fn redact(text: &str) -> String {
    without_passwords(&without_values(&shapes::without(text)))
}

/// Whether a variable of this name has a secret as its value.
pub fn is_name_of_secret(name: &str) -> bool {
    let capital = name.to_uppercase();
    capital != SERVICE && NAMES.iter().any(|part| capital.contains(part))
}

/// Without what follows a secret's name and `=` or `:`, with or without quotes.
fn without_values(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| is_of_name(c)) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| !is_of_name(c)).unwrap_or(from.len());
        let (name, after) = from.split_at(end);
        shown.push_str(before);
        shown.push_str(name);
        rest = after;
        if !is_name_of_secret(name) || (name == "secret" && is_arn(&line[..line.len() - from.len()])) {
            continue;
        }
        let sign = after.trim_start_matches(['"', '\'', ' ']);
        let Some(value) = sign.strip_prefix("=>").or_else(|| sign.strip_prefix(['=', ':'])) else { continue };
        let value = value.trim_start();
        shown.push_str(&after[..after.len() - value.len()]);
        shown.push_str(REDACTED);
        rest = &value[length_of_value(value)..];
    }
    shown.push_str(rest);
    shown
}

/// Whether a text ends in the beginning of an ARN of Secrets Manager, which says where a secret is, and not what it is.
fn is_arn(text: &str) -> bool {
    let word = text.rsplit(|c: char| !is_of_name(c) && !":-".contains(c)).next().unwrap_or_default();
    let parts: Vec<_> = word.split(':').collect();
    matches!(parts.as_slice(), [.., "arn", _, "secretsmanager", _, _, ""])
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Up to the quote that closes it, or else up to a blank.
fn length_of_value(value: &str) -> usize {
    match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => value[1..].find(quote).map_or(value.len(), |at| at + 2),
        None => value.find(|c: char| c.is_whitespace()).unwrap_or(value.len()),
    }
}

/// Without the user and password of `scheme://user:password@host`.
fn without_passwords(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        // A password may hold any sign but a blank or a quote, since programs do not always encode it: the last `@`.
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).unwrap_or(after.len());
        let login = after[..end].rfind('@').filter(|at| after[..*at].contains(':'));
        if login.is_some() {
            shown.push_str(REDACTED);
        }
        rest = &after[login.unwrap_or(0)..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_not_shown() {
        for (line, shown) in [
            ("Applying shop.0001_initial... OK", "Applying shop.0001_initial... OK"),
            ("DATABASE_URL=postgres://app:pw@db/app next", "DATABASE_URL=[redacted] next"),
            ("{'SECRET_KEY': 'a b', 'DEBUG': '0'}", "{'SECRET_KEY': [redacted], 'DEBUG': '0'}"),
            ("export postgres_password = hunter2", "export postgres_password = [redacted]"),
            ("connecting to redis://:p@ss/w:0@cache:6379/1", "connecting to redis://[redacted]@cache:6379/1"),
            ("see https://docs.djangoproject.com/en/5/ for a@b", "see https://docs.djangoproject.com/en/5/ for a@b"),
            ("password authentication failed for user \"app\"", "password authentication failed for user \"app\""),
            ("a://b:c@d é://e:f@g", "a://[redacted]@d é://[redacted]@g"),
            ("token=\"open", "token=[redacted]"),
            ("secretsmanager:GetSecretValue", "secretsmanager:GetSecretValue"),
            (
                "failed to fetch arn:aws:secretsmanager:eu-west-1:1:secret:mail-Ab12Cd:key:: from it",
                "failed to fetch arn:aws:secretsmanager:eu-west-1:1:secret:mail-Ab12Cd:key:: from it",
            ),
            ("arn:aws:iam::1:secret:hunter2", "arn:aws:iam::1:secret:[redacted]"),
            ("the secret:hunter2", "the secret:[redacted]"),
            ("", ""),
        ] {
            assert_eq!(redact(line), shown);
        }
    }
}
