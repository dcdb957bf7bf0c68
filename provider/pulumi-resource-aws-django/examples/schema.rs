//! Prints the package schema, as `cargo xtask generate` writes it into `schema.json`.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let schema = pulumi_resource_aws_django::provider().schema_json().map_err(std::io::Error::other)?;
    std::io::stdout().write_all(schema.as_bytes())
}
