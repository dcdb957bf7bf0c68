//! Django projects on AWS ECS Fargate, as Pulumi components.

use std::collections::BTreeMap;

use pulumi_component::Provider;
use pulumi_component::schema::PackageSpec;
use serde_json::json;

// Tests in other crates share the module that names this one.
#[cfg(test)]
extern crate self as pulumi_resource_aws_django;

pub mod aws;
pub mod components;
pub mod functions;
pub mod resources;

mod arns;
mod blocks;
mod names;
mod own;
mod policy;
#[cfg(test)]
mod tests;

use components::ad_hoc_app::AdHocApp;
use components::ad_hoc_base::AdHocBase;
use components::prod_app::ProdApp;
use components::prod_base::ProdBase;
use functions::listener_slot::ListenerSlot;
use functions::running_images::RunningImages;
use resources::access::Config;
use resources::app_database::AppDatabase;
use resources::deletion_protection::DeletionProtection;
use resources::release::Release;

/// The package: its components, what they are made of, and what its schema says of it.
pub fn provider() -> Provider {
    Provider::new(package())
        .config::<Config>()
        .component::<AdHocBase>()
        .component::<AdHocApp>()
        .component::<ProdBase>()
        .component::<ProdApp>()
        .resource::<AppDatabase>()
        .resource::<DeletionProtection>()
        .resource::<Release>()
        .function::<ListenerSlot>()
        .function::<RunningImages>()
}

/// Address of the project's sources: the only place that names their owner.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
/// Where the engine finds the plugin: the folder of a version's release. The engine itself puts the version in.
const PLUGIN_DOWNLOAD_URL: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/download/v${VERSION}");

fn package() -> PackageSpec {
    let go_module = format!("{}/sdk/go", REPOSITORY.trim_start_matches("https://"));
    let language = json!({
        "nodejs": {
            "packageName": "@aws-django/pulumi",
            "packageDescription": env!("CARGO_PKG_DESCRIPTION"),
            "respectSchemaVersion": true,
        },
        "python": {
            "packageName": "pulumi_aws_django",
            "pyproject": { "enabled": true },
            "respectSchemaVersion": true,
        },
        "go": {
            "importBasePath": format!("{go_module}/awsdjango"),
            "modulePath": go_module,
            "generateExtraInputTypes": true,
            "generateResourceContainerTypes": true,
            "respectSchemaVersion": true,
        },
    });
    let mut package = PackageSpec::new("aws-django", env!("CARGO_PKG_VERSION"));
    package.display_name = "Django on AWS".into();
    package.description =
        "Django projects on AWS ECS Fargate: network, load balancer, database, cache and the processes \
                           of the application."
            .into();
    package.keywords =
        ["pulumi", "aws", "django", "ecs", "category/cloud", "kind/component"].map(str::to_owned).to_vec();
    package.homepage = REPOSITORY.into();
    package.license = env!("CARGO_PKG_LICENSE").into();
    package.repository = REPOSITORY.into();
    package.plugin_download_url = PLUGIN_DOWNLOAD_URL.into();
    package.publisher = "aws-django".into();
    package.language =
        language.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect::<BTreeMap<_, _>>();
    package
}
