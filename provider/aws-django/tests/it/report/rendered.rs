//! A report as GitHub renders it: by its own dialect of Markdown, in which addresses are links without being marked.

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

/// Tags of ours.
const TAGS: [&str; 8] =
    ["<code>", "</code>", "<wbr>", "<details>", "</details>", "<summary>", "</summary>", "<!-- aws-django report: "];

fn options() -> Options<'static> {
    let mut options = Options::default();
    let it = &mut options.extension;
    (it.table, it.autolink, it.strikethrough, it.tasklist, it.footnotes, it.alerts) =
        (true, true, true, true, true, true);
    (it.math_dollars, it.math_code, it.tagfilter) = (true, true, false);
    options
}

/// What of a page would have an effect that we did not mean.
pub(super) fn foreign(page: &str) -> Vec<String> {
    let arena = Arena::new();
    let root = parse_document(&arena, page, &options());
    let (mut found, mut open, mut details) = (Vec::new(), 0, 0_usize);
    for node in root.descendants() {
        let value = node.data.borrow().value.clone();
        match value {
            NodeValue::Link(link) if link.url != super::hostile::RUN => found.push(format!("link to {}", link.url)),
            NodeValue::Image(_)
            | NodeValue::FootnoteReference(_)
            | NodeValue::FootnoteDefinition(_)
            | NodeValue::Math(_)
            | NodeValue::Strikethrough
            | NodeValue::TaskItem(_)
            | NodeValue::Code(_) => found.push(format!("{value:?}")),
            // But one is ours, the line that says what there is no room for.
            NodeValue::Emph if !page.contains("*There is no room here") => found.push("emphasis".to_owned()),
            NodeValue::HtmlInline(tag) => {
                match tag.as_str() {
                    "<code>" => open += 1,
                    "</code>" => open -= 1,
                    _ => {}
                }
                if !TAGS.contains(&tag.as_str()) {
                    found.push(tag);
                }
            }
            NodeValue::HtmlBlock(block) => {
                let is_ours = |line: &str| TAGS.iter().any(|tag| line.starts_with(tag));
                details += block.literal.matches("<details>").count();
                details = details.wrapping_sub(block.literal.matches("</details>").count());
                found.extend(block.literal.lines().filter(|line| !is_ours(line)).map(str::to_owned));
            }
            NodeValue::Text(text) if open == 0 => {
                // Others' text is in `<code>`: outside of it nothing mentions anybody.
                found.extend(text.contains(['@', '#']).then(|| text.to_string()));
            }
            _ => {}
        }
        if !(0..=1).contains(&open) {
            found.push("tags that do not pair".to_owned());
        }
    }
    if open != 0 {
        found.push("an open tag".to_owned());
    }
    if details != 0 {
        found.push("details that do not end".to_owned());
    }
    found
}

/// How many tables there are, and how many cells each of their lines has.
pub(super) fn cells(page: &str) -> Vec<usize> {
    let arena = Arena::new();
    let root = parse_document(&arena, page, &options());
    let is_row = |it: &&comrak::nodes::AstNode<'_>| matches!(it.data.borrow().value, NodeValue::TableRow(_));
    root.descendants().filter(is_row).map(|row| row.children().count()).collect()
}

#[test]
fn what_has_an_effect_is_found() {
    for text in [
        "a [link](https://evil.example)",
        "www.evil.example",
        "https://evil.example",
        "a@evil.example",
        "<code>a&#64;evil.example</code>",
        "@evil",
        "#1",
        "![](https://evil.example/a.png)",
        "<b>x</b>",
        "<!-- x -->",
        "<code>x",
        "x</code>",
        "*x*",
        "`x`",
        "$x$",
        "<details>\n\nx",
        "[^1]\n\n[^1]: x",
    ] {
        assert!(!foreign(text).is_empty(), "{text}");
    }
    assert_eq!(foreign("<code>x</code> and **y**"), Vec::<String>::new());
}
