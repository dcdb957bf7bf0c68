//! The controls, and what must hold of what is registered. The ids and what they want are AWS's: Security Hub, "AWS
//! Foundational Security Best Practices" and, marked so, those of other lists.

use super::{Of, Stance};

mod account;
mod data;
mod services;

/// A control.
pub(super) struct Control {
    /// Its ids, as AWS or whoever asks for it calls them.
    pub(super) ids: &'static str,
    /// What it wants.
    pub(super) about: &'static str,
    /// The types of resources that it looks at.
    pub(super) types: &'static [&'static str],
    pub(super) holds: fn(&Of<'_>) -> bool,
    pub(super) prod: Stance,
    pub(super) ad_hoc: Stance,
    /// How it is met.
    pub(super) how: &'static str,
}

use Stance::Excepted;

const ALARM: &str = "aws:cloudwatch/metricAlarm:MetricAlarm";
const BUCKET: &str = "aws:s3/bucket:Bucket";
const BUCKET_POLICY: &str = "aws:s3/bucketPolicy:BucketPolicy";
const CACHE: &str = "aws:elasticache/replicationGroup:ReplicationGroup";
const CERTIFICATE: &str = "aws:acm/certificate:Certificate";
const CLUSTER: &str = "aws:ecs/cluster:Cluster";
const INGRESS: &str = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const INSTANCE: &str = "aws:ec2/instance:Instance";
const LISTENER: &str = "aws:lb/listener:Listener";
const LOAD_BALANCER: &str = "aws:lb/loadBalancer:LoadBalancer";
const LOG_GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";
const PARAMETER: &str = "aws:ssm/parameter:Parameter";
const ROLE_POLICY: &str = "aws:iam/rolePolicy:RolePolicy";
const SERVER: &str = "aws:rds/instance:Instance";
const SERVICE: &str = "aws:ecs/service:Service";
const TARGET_GROUP: &str = "aws:lb/targetGroup:TargetGroup";
const TASK_DEFINITION: &str = "aws:ecs/taskDefinition:TaskDefinition";
const VPC: &str = "aws:ec2/vpc:Vpc";

const COSTS: Stance = Excepted("it costs, and guards what can be made again");
const GOES: Stance = Excepted("what is ad hoc goes without ado; it holds nothing that cannot be made again");

/// What no control looks at, with what it is.
pub(super) const WITHOUT: &[(&str, &str)] = &[
    ("aws-django:index:AppDatabase", "has a task run"),
    ("aws-django:index:DeletionProtection", "is nothing at AWS"),
    ("aws-django:index:Release", "moves services"),
    ("aws:acm/certificateValidation:CertificateValidation", "is nothing at AWS"),
    ("aws:appautoscaling/policy:Policy", "numbers"),
    ("aws:appautoscaling/target:Target", "numbers"),
    ("aws:ec2/eip:Eip", "addresses of NAT gateways, all of them in use"),
    ("aws:ec2/flowLog:FlowLog", "what EC2.6 asks of a VPC"),
    ("aws:ec2/internetGateway:InternetGateway", "where EC2.15 and the groups' rules decide what it is good for"),
    ("aws:ec2/natGateway:NatGateway", "lets nothing in"),
    ("aws:ec2/route:Route", "RDS.46 looks at them"),
    ("aws:ec2/routeTable:RouteTable", "RDS.46 looks at them"),
    ("aws:ec2/routeTableAssociation:RouteTableAssociation", "RDS.46 looks at them"),
    ("aws:ec2/securityGroup:SecurityGroup", "has no rules of its own"),
    ("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "Fargate alone, so that ECS.19 asks for nothing"),
    ("aws:elasticache/subnetGroup:SubnetGroup", "what ElastiCache.7 asks of a cache"),
    ("aws:iam/instanceProfile:InstanceProfile", "hands a role on"),
    ("aws:iam/role:Role", "who may take it on stands in the table below, its rights are `RolePolicy`s"),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a policy of the user's"),
    ("aws:lb/listenerCertificate:ListenerCertificate", "hands a certificate on"),
    ("aws:lb/listenerRule:ListenerRule", "behind a listener"),
    ("aws:route53/record:Record", "in a zone of the user's, whose query log is theirs (Route53.2)"),
    ("aws:s3/bucketLogging:BucketLogging", "what S3.9 asks of a bucket"),
    ("aws:s3/bucketVersioning:BucketVersioning", "what S3.14 asks of a bucket"),
    ("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "private names"),
    ("aws:servicediscovery/service:Service", "private names"),
    ("aws:wafv2/webAclAssociation:WebAclAssociation", "what ELB.16 asks of a load balancer; the web ACL is the user's"),
];

pub(super) fn controls() -> impl Iterator<Item = &'static Control> {
    [services::CONTROLS, data::CONTROLS, account::CONTROLS].into_iter().flatten()
}
