//! `DeletionProtection`: what a destroy of a component begins with.

use pulumi_component::{Created, CustomResource, Error, Operation, Record, Result, Unfinished};

use super::access::{Account, Config, with_engine};

/// Whether a component may be destroyed.
#[derive(Clone, Record)]
pub struct DeletionProtectionArgs {
    #[record(flatten)]
    account: Account,
    /// Name of the component.
    name: String,
    /// Whether it is refused.
    enabled: bool,
    /// Listener of a base, by ARN: as long as apps answer at it, a destroy of the base is refused as well.
    listener_arn: Option<String>,
}

/// The lock of a base, and of an app that holds data. Components make it; it is of no use alone.
///
/// It depends on everything else of its component, so that a destroy begins with it. As long as it is enabled it
/// is protected as well: the engine refuses to delete it, and leaves all else as it is, also with `--skip-preview`. It
/// refuses by itself what comes past that, and what would take away the ground of apps that are still there.
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

    async fn delete(operation: &Operation<Config>, _: &str, state: Self) -> Result<()> {
        let DeletionProtectionArgs { account, name, enabled, listener_arn } = state.args;
        if enabled {
            return Err(Error::failed(format!(
                "`{name}` may not be deleted, and nothing of it has been: set its `deletionProtection` to false, run \
                 `pulumi up`, and destroy it then"
            )));
        }
        let Some(listener) = listener_arn else { return Ok(()) };
        let found = with_engine(operation, &account, async |engine| engine.apps(&account.account_id, &listener).await);
        // It is no part of a release.
        let apps = found.await.map_err(|failure| Error::failed(failure.text))?;
        if apps.is_empty() {
            return Ok(());
        }
        let apps = apps.into_iter().collect::<Vec<_>>().join("`, `");
        Err(Error::failed(format!(
            "there are apps on `{name}`, and nothing of it has been deleted: destroy `{apps}` first"
        )))
    }
}
