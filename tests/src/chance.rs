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
