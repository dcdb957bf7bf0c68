//! What clap makes of a line, and the reference that is made of what clap knows.

use aws_django::{Cli, Parser as _, markdown};
use clap::CommandFactory as _;

#[test]
fn the_arguments_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn a_slip_is_told_with_what_there_is() {
    for (line, told) in [
        ("", "Usage: aws-django"),
        ("update alpha", "--tag <TAG>"),
        ("update --tag v2", "<APP>"),
        ("update alpha --tag v2 --image shop:v2", "cannot be used with"),
        ("update alpha --tag v2 --timeout 30", "such as `30m`"),
        ("update alpha --tag v2 --timeout m", "such as `30m`"),
        ("update alpha --tag v2 --timeout 99999999999s", "such as `30m`"),
        ("updat alpha", "'update'"),
        ("status alpha --assume-role deployer", "by its ARN"),
        ("status alpha --events many", "invalid digit"),
        ("verify alpha --tag v2 --image shop:v2", "cannot be used with"),
        ("verify", "<APP>"),
        ("verify alpha beta", "unexpected argument 'beta'"),
        ("secrets", "list"),
        ("secrets alpha", "unrecognized subcommand 'alpha'"),
        ("secrets set alpha", "<NAME>"),
        ("secrets remove alpha", "<NAME>"),
        ("run alpha", "<COMMAND>..."),
        ("run alpha python manage.py", "<APP> -- <COMMAND>..."),
        ("logs alpha --since yesterday", "such as `30m`"),
        ("tunnel dev --port 70000", "65535"),
        ("policy", "<WHAT>..."),
        ("policy updates", "AdHocBase"),
        ("policy update --account 1234", "12 digits"),
        ("policy update --app Alpha", "lower-case"),
        ("policy ProdBase --data-key alias/shop", "by its ARN"),
        ("completions tcsh", "bash"),
    ] {
        let words = std::iter::once("aws-django").chain(line.split(' ').filter(|word| !word.is_empty()));
        let text = Cli::try_parse_from(words).unwrap_err().to_string();
        assert!(text.contains(told), "{line}: {text}");
    }
}

#[test]
fn every_command_shows_by_examples_how_it_is_used() {
    for command in Cli::command().get_subcommands().filter(|it| !it.is_hide_set()) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = help.lines().filter_map(|line| line.trim().strip_prefix("aws-django "));
        let lines: Vec<_> = lines.map(|line| line.split(['|', '>']).next().unwrap_or_default().trim()).collect();
        assert!(!lines.is_empty(), "{}", command.get_name());
        for line in lines {
            let words = std::iter::once("aws-django".to_owned()).chain(words(line));
            Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
}

/// Words of a shell with single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for sign in line.chars() {
        match sign {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(sign),
        }
    }
    words
}

#[test]
fn the_reference_is_what_clap_knows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == markdown::page(&Cli::command()),
        "docs/cli.md is stale: `cargo run --package aws-django -- markdown > docs/cli.md` writes it"
    );
}
