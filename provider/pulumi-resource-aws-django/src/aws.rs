//! The AWS surface: every resource type, object type and function of Pulumi's AWS package that this package uses,
//! with the properties that it uses. Nothing else names a token or a property of AWS.
//!
//! A test holds all of it against `aws.schema.json`, which is made from that package's declarations.

pub mod acm;
pub mod appautoscaling;
pub mod cloudwatch;
pub mod ec2;
pub mod ecs;
pub mod elasticache;
pub mod iam;
pub mod index;
pub mod lb;
pub mod rds;
pub mod route53;
pub mod s3;
pub mod secretsmanager;
pub mod servicediscovery;
pub mod ssm;
pub mod vpc;
pub mod wafv2;

/// Version of Pulumi's AWS package that serves all of this.
pub const VERSION: &str = "7.48.0";

use pulumi_component::{FunctionInfo, ObjectInfo, ResourceInfo};

/// All resource types.
pub static RESOURCES: &[&[ResourceInfo]] = &[
    acm::RESOURCES,
    appautoscaling::RESOURCES,
    cloudwatch::RESOURCES,
    ec2::RESOURCES,
    ecs::RESOURCES,
    elasticache::RESOURCES,
    iam::RESOURCES,
    lb::RESOURCES,
    rds::RESOURCES,
    route53::RESOURCES,
    s3::RESOURCES,
    servicediscovery::RESOURCES,
    ssm::RESOURCES,
    vpc::RESOURCES,
    wafv2::RESOURCES,
];

/// All functions.
pub static FUNCTIONS: &[&[FunctionInfo]] =
    &[index::FUNCTIONS, route53::FUNCTIONS, secretsmanager::FUNCTIONS, ssm::FUNCTIONS];

/// All object types.
pub static OBJECTS: &[&[ObjectInfo]] = &[
    acm::ANSWERED,
    appautoscaling::OBJECTS,
    cloudwatch::OBJECTS,
    ec2::OBJECTS,
    ecs::OBJECTS,
    index::OBJECTS,
    lb::OBJECTS,
    rds::ANSWERED,
    rds::OBJECTS,
    route53::OBJECTS,
    s3::OBJECTS,
    servicediscovery::OBJECTS,
];
