//! `DeletionProtection`: what a destroy of a component begins with.

use pulumi_component::{Created, CustomResource, Operation, Record, Result, Unfinished};

use super::access::Config;

/// Whether a component may be destroyed.
#[derive(Clone, Record)]
pub struct DeletionProtectionArgs {
    /// Whether it is refused.
    enabled: bool,
}

/// The lock of a component that holds data. Components make it; it is of no use alone.
///
/// It depends on everything else of its component, so that a destroy begins with it. As long as it is enabled it
/// is protected as well: the engine refuses to delete it, and leaves all else as it is, also with `--skip-preview`.
#[derive(Record)]
pub struct DeletionProtection {
    #[record(flatten)]
    args: DeletionProtectionArgs,
}

impl CustomResource for DeletionProtection {
    const TOKEN: &'static str = "aws-django:index:DeletionProtection";
    type Args = DeletionProtectionArgs;
    type Config = Config;

    async fn create(
        _: &Operation<Config>,
        args: DeletionProtectionArgs,
    ) -> Result<Created<Self>, Unfinished<Created<Self>>> {
        Ok(Created { id: "deletion-protection".to_owned(), state: Self { args } })
    }

    async fn update(
        _: &Operation<Config>,
        _: &str,
        _: Self,
        args: DeletionProtectionArgs,
    ) -> Result<Self, Unfinished<Self>> {
        Ok(Self { args })
    }

    async fn delete(_: &Operation<Config>, _: &str, _: Self) -> Result<()> {
        Ok(())
    }
}
