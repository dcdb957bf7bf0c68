//! The plugin that Pulumi's engine starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    pulumi_resource_aws_django::provider().main()
}
