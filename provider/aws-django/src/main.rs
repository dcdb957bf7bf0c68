//! The program `aws-django`.

use std::process::ExitCode;

use aws_django::{Cli, Parser as _};

fn main() -> ExitCode {
    aws_django::main(&Cli::parse())
}
