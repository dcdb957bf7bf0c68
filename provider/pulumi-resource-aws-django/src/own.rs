//! The package's own custom resources and functions, as components register and call them.
//!
//! A test holds all of it against the package's schema.

use std::collections::BTreeMap;

use pulumi_component::{functions, objects, resources};

use crate::PLUGIN_DOWNLOAD_URL;
use crate::resources::access::AssumeRole;

resources! {
    env!("CARGO_PKG_VERSION"), PLUGIN_DOWNLOAD_URL;

    /// The database and the role of an app on a shared server.
    "aws-django:index:AppDatabase" AppDatabase {
        account_id: String,
        assume_roles: Vec<AssumeRole>,
        cluster: String,
        container: String,
        drop_on_delete: bool,
        drop_task_definition: String,
        host: String,
        log_group: String,
        name: String,
        password_version: u32,
        profile: String,
        region: String,
        security_group_id: String,
        server_secret_arn: String,
        subnet_ids: Vec<String>,
        task_definition: String,
    } => AppDatabaseState {
        generation: String,
    }

    /// What a destroy begins with.
    "aws-django:index:DeletionProtection" DeletionProtection {
        account_id: String,
        assume_roles: Vec<AssumeRole>,
        enabled: bool,
        listener_arn: String,
        name: String,
        profile: String,
        region: String,
    } => DeletionProtectionState {}

    /// The release of an app.
    "aws-django:index:Release" Release {
        account_id: String,
        assume_roles: Vec<AssumeRole>,
        cluster: String,
        database: String,
        profile: String,
        region: String,
        secrets_version: String,
        security_group_id: String,
        services: BTreeMap<String, ReleasedService>,
        subnet_ids: Vec<String>,
        update: UpdateTask,
    } => ReleaseState {}
}

functions! {
    env!("CARGO_PKG_VERSION"), PLUGIN_DOWNLOAD_URL;

    /// Where an app's rules stand at a listener.
    "aws-django:index:getListenerSlot" GetListenerSlot {
        account_id: String,
        app: String,
        assume_roles: Vec<AssumeRole>,
        host_names: Vec<String>,
        listener_arn: String,
        places: Vec<u32>,
        profile: String,
        region: String,
    } => ListenerSlot {
        slot: u32,
    }

    /// What an app runs that somebody else releases.
    "aws-django:index:getRunningImages" GetRunningImages {
        account_id: String,
        assume_roles: Vec<AssumeRole>,
        cluster: String,
        frontend: RunningProcess,
        others: Vec<RunningProcess>,
        profile: String,
        region: String,
        web: RunningProcess,
    } => RunningImages {
        backend: Option<String>,
        counts: BTreeMap<String, u32>,
        frontend: Option<String>,
    }
}

objects! {
    ReleasedService {
        container: String,
        desired_count: u32,
        has_health_check: bool,
        image: String,
        is_scaled: bool,
        log_group: String,
        settings: String,
        task_definition: String,
    }
    RunningProcess { container: String, service: String }
    UpdateTask { container: String, log_group: String, task_definition: String }
}
