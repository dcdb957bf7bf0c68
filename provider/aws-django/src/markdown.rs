//! `docs/cli.md`: what clap knows of the commands, for people.

use std::fmt::Write as _;

use clap::{Arg, Command};

const PREFACE: &str = "# The command line

<!-- Made from the arguments in `provider/aws-django` by `cargo run --package aws-django -- markdown > docs/cli.md`. -->
";

/// The whole text.
pub fn page(of: &Command) -> String {
    let mut command = of.clone();
    command.build();
    let mut page = PREFACE.to_owned();
    about(&mut page, &command);
    let global: Vec<_> = command.get_arguments().filter(|it| it.is_global_set()).collect();
    page += "\n## Global options\n\n";
    for it in global {
        option(&mut page, it);
    }
    for sub in command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help") {
        section(&mut page, sub, "##", sub.get_name());
        for inner in sub.get_subcommands().filter(|it| it.get_name() != "help") {
            section(&mut page, inner, "###", &format!("{} {}", sub.get_name(), inner.get_name()));
        }
    }
    page += "\n## Exit codes and JSON\n";
    after(&mut page, &command);
    page
}

/// A command.
fn section(page: &mut String, command: &Command, level: &str, name: &str) {
    let _ = write!(page, "\n{level} {name}\n");
    about(page, command);
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(page, "\n```text\n{usage}\n```\n");
    let is_own =
        |it: &&Arg| !it.is_global_set() && !it.is_hide_set() && !["help", "version"].contains(&it.get_id().as_str());
    let own: Vec<_> = command.get_arguments().filter(is_own).collect();
    if !own.is_empty() {
        page.push('\n');
    }
    for it in own {
        option(page, it);
    }
    after(page, command);
}

fn about(page: &mut String, command: &Command) {
    let text = command.get_long_about().or(command.get_about());
    if let Some(text) = text {
        let text = text.to_string();
        let end = if text.ends_with(['.', ':']) { "" } else { "." };
        let _ = writeln!(page, "\n{text}{end}");
    }
}

fn after(page: &mut String, command: &Command) {
    if let Some(text) = command.get_after_help() {
        let _ = write!(page, "\n```text\n{}\n```\n", text.to_string().trim_end());
    }
}

fn option(page: &mut String, it: &Arg) {
    let takes = it.get_action().takes_values();
    let names = it.get_value_names().unwrap_or_default();
    let value = names.iter().map(|name| format!("<{name}>")).collect::<Vec<_>>().join(" ");
    let head = match (it.get_long(), it.get_short()) {
        (Some(long), Some(short)) => format!("-{short}, --{long}"),
        (Some(long), None) if takes => format!("--{long} {value}"),
        (Some(long), None) => format!("--{long}"),
        _ => value,
    };
    let help = it.get_long_help().or(it.get_help()).map(ToString::to_string).unwrap_or_default();
    let defaults: Vec<_> = it.get_default_values().iter().filter_map(|value| value.to_str()).collect();
    let default =
        if takes && !defaults.is_empty() { format!(" (default: `{}`)", defaults.join(" ")) } else { String::new() };
    let _ = writeln!(page, "- `{head}`: {help}{default}");
}
