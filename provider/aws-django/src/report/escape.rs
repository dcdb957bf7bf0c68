//! Text of others in Markdown, so that nothing of it is Markdown, HTML, a link, a mention or a number of an issue.
//!
//! GitHub reads text between two tags of HTML as Markdown, and looks for mentions and numbers outside of `<code>` alone.
//! So it stands in `<code>`, and each sign with a meaning is an entity, which Markdown reads as a mere letter. Addresses of
//! mail are looked for after entities were read: a `<wbr>` stands in the middle of one.

use std::fmt::Write as _;

/// In `<code>`, on one line.
pub(super) fn code(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    escaped.push_str("<code>");
    let mut before = None;
    for sign in text.chars() {
        match sign {
            '@' => escaped.push_str("&#64;<wbr>"),
            '&' | '<' | '>' | '"' | '\'' | '`' | '|' | '*' | '_' | '[' | ']' | '(' | ')' | '!' | '#' | '~' | '\\'
            | ':' | '$' => entity(&mut escaped, sign),
            '.' if matches!(before, Some('w' | 'W')) => entity(&mut escaped, sign),
            sign if is_hidden(sign) => {
                let _ = write!(escaped, "&#92;u{{{:x}}}", u32::from(sign));
            }
            sign => escaped.push(sign),
        }
        before = Some(sign);
    }
    escaped.push_str("</code>");
    escaped
}

/// Lines for a block between fences, where nothing but its end has a meaning.
pub(super) fn line(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        if is_hidden(sign) && sign != '\t' {
            let _ = write!(escaped, "\\u{{{:x}}}", u32::from(sign));
        } else {
            escaped.push(sign);
        }
    }
    escaped
}

/// A block of lines, with a fence that none of them can close.
pub(super) fn fenced(language: &str, lines: &[String]) -> String {
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or_default();
    let fence = "`".repeat(3.max(longest + 1));
    let mut block = format!("{fence}{language}\n");
    for line in lines {
        block.push_str(line);
        block.push('\n');
    }
    block.push_str(&fence);
    block.push('\n');
    block
}

fn longest_run(line: &str) -> usize {
    line.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

fn entity(escaped: &mut String, sign: char) {
    let _ = write!(escaped, "&#{};", u32::from(sign));
}

/// Signs that are not seen, or that change how others are: controls, and marks of direction and width.
fn is_hidden(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
