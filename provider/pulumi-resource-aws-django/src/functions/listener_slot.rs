//! `getListenerSlot`: where an app's rules stand at a listener that it shares with others.

use aws_django_release::{Search, SlotOf};
use pulumi_component::{Error, Function, Operation, Record, Result};

use crate::resources::access::{Account, Config, with_engine};

/// Whose slot, and at which listener.
#[derive(Record)]
pub struct ListenerSlotArgs {
    #[record(flatten)]
    account: Account,
    /// Name of the app.
    app: String,
    /// The names at which it shall answer. One at which another app answers is refused.
    host_names: Vec<String>,
    /// ARN of the listener.
    listener_arn: String,
    /// The places that the app needs among the ten of its slot, from 1 to 10.
    places: Vec<u32>,
}

/// The slot where rules of the app are already, by their tags, or else a free one: the search follows a hash of
/// the app's name.
#[derive(Record)]
pub struct ListenerSlot {
    /// The slot, from 0 to 4998: its rules take the priorities 10·slot+1 to 10·slot+10.
    slot: u32,
}

impl Function for ListenerSlot {
    const TOKEN: &'static str = "aws-django:index:getListenerSlot";
    type Args = ListenerSlotArgs;
    type Config = Config;

    async fn call(operation: &Operation<Config>, args: ListenerSlotArgs) -> Result<Self> {
        let ListenerSlotArgs { account, app, host_names, listener_arn, places } = args;
        let search = Search::of(&app);
        let (account_id, listener) = (account.account_id.clone(), listener_arn);
        let of = SlotOf { account: account_id, listener, app, host_names, places, search };
        let found = with_engine(operation, &account, async |engine| engine.slot(&of).await);
        // It is no part of a release.
        let slot = found.await.map_err(|failure| Error::failed(failure.text))?;
        Ok(Self { slot })
    }
}
