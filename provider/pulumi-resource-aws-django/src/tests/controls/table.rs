//! The controls, and what must hold of what is registered. The ids and what they want are AWS's: Security Hub, "AWS
//! Foundational Security Best Practices" and, marked so, those of other lists.

use serde_json::json;

use super::{Of, Stance};

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

use Stance::{Excepted, Met};

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

pub(super) const CONTROLS: &[Control] = &[
    Control {
        ids: "ECS.2, ECS.16",
        about: "no public addresses",
        types: &[SERVICE],
        holds: |it| it.at("networkConfiguration.assignPublicIp") == json!(false),
        prod: Met,
        ad_hoc: Met,
        how: "private subnets",
    },
    Control {
        ids: "ECS.3, ECS.4, ECS.17",
        about: "no host namespaces, not privileged",
        types: &[TASK_DEFINITION],
        holds: |it| {
            it.at("networkMode") == json!("awsvpc")
                && it.at("pidMode").is_null()
                && it.containers().all(|container| container["privileged"].is_null())
        },
        prod: Met,
        ad_hoc: Met,
        how: "Fargate, `awsvpc`",
    },
    Control {
        ids: "ECS.5",
        about: "read-only root file systems",
        types: &[TASK_DEFINITION],
        holds: |it| it.containers().all(|container| container["readonlyRootFilesystem"] == json!(true)),
        prod: Met,
        ad_hoc: Met,
        how: "`hardened`, the default",
    },
    Control {
        ids: "ECS.8",
        about: "no credentials as environment",
        types: &[TASK_DEFINITION],
        holds: |it| {
            let mut variables =
                it.containers().flat_map(|container| container["environment"].as_array().cloned().unwrap_or_default());
            !variables.any(|variable| {
                let name = variable["name"].as_str().unwrap_or_default();
                ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"].contains(&name)
            })
        },
        prod: Met,
        ad_hoc: Met,
        how: "refused as arguments",
    },
    Control {
        ids: "ECS.9",
        about: "log configuration in every container",
        types: &[TASK_DEFINITION],
        holds: |it| it.containers().all(|container| container["logConfiguration"]["logDriver"] == json!("awslogs")),
        prod: Met,
        ad_hoc: Met,
        how: "log groups of ours",
    },
    Control {
        ids: "ECS.10",
        about: "latest platform",
        types: &[SERVICE],
        holds: |it| it.at("platformVersion") == json!("LATEST"),
        prod: Met,
        ad_hoc: Met,
        how: "`LATEST`",
    },
    Control {
        ids: "ECS.12",
        about: "Container Insights",
        types: &[CLUSTER],
        holds: |it| it.at("settings.0.value") == json!("enabled"),
        prod: Met,
        ad_hoc: COSTS,
        how: "its log group is ours, with retention",
    },
    Control {
        ids: "ECS.13, ECS.14, ECS.15",
        about: "tags",
        types: &[SERVICE, CLUSTER, TASK_DEFINITION],
        holds: |it| it.at("tags.env").is_string(),
        prod: Met,
        ad_hoc: Met,
        how: "and propagated to tasks",
    },
    Control {
        ids: "ECS.20",
        about: "containers name a user that is not root",
        types: &[TASK_DEFINITION],
        holds: |it| it.containers().all(|container| container["user"] == json!("1000:1000")),
        prod: Met,
        ad_hoc: Met,
        how: "`hardened`, the default",
    },
    Control {
        ids: "ECS.21",
        about: "Linux is named",
        types: &[TASK_DEFINITION],
        holds: |it| it.at("runtimePlatform.operatingSystemFamily") == json!("LINUX"),
        prod: Met,
        ad_hoc: Met,
        how: "`runtimePlatform` always",
    },
    Control {
        ids: "ELB.1, ELB.18",
        about: "HTTP redirects to HTTPS, all else is HTTPS",
        types: &[LISTENER],
        holds: |it| {
            let redirects = it.at("defaultActions.0.redirect.protocol") == json!("HTTPS");
            it.at("protocol") == json!("HTTPS") || redirects
        },
        prod: Met,
        ad_hoc: Met,
        how: "301",
    },
    Control {
        ids: "ELB.4",
        about: "invalid headers dropped",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("dropInvalidHeaderFields") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "ELB.5",
        about: "access logs",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("accessLogs.enabled") == json!(true),
        prod: Met,
        ad_hoc: COSTS,
        how: "a bucket of the base, with S3's own key: load balancers write to no other",
    },
    Control {
        ids: "ELB.6",
        about: "deletion protection",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("enableDeletionProtection") == json!(true),
        prod: Met,
        ad_hoc: GOES,
        how: "`deletionProtection`, the default",
    },
    Control {
        ids: "ELB.12",
        about: "desync mitigation",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("desyncMitigationMode") == json!("defensive"),
        prod: Met,
        ad_hoc: Met,
        how: "defensive",
    },
    Control {
        ids: "ELB.13",
        about: "two zones or more",
        types: &[LOAD_BALANCER],
        holds: |it| it.at("subnets").as_array().is_some_and(|subnets| subnets.len() > 1),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "ELB.16 (not FSBP)",
        about: "WAF",
        types: &[LOAD_BALANCER],
        holds: |it| it.has("aws:wafv2/webAclAssociation:WebAclAssociation"),
        prod: Excepted("on request: `webAclArn`; its rules are the user's to choose, and to pay for"),
        ad_hoc: COSTS,
        how: "",
    },
    Control {
        ids: "ELB.17",
        about: "recommended TLS policy",
        types: &[LISTENER],
        holds: |it| {
            it.at("protocol") == json!("HTTP") || it.at("sslPolicy") == json!("ELBSecurityPolicy-TLS13-1-2-2021-06")
        },
        prod: Met,
        ad_hoc: Met,
        how: "TLS 1.3 and 1.2",
    },
    Control {
        ids: "ELB.21, ELB.22",
        about: "TLS to the target",
        types: &[TARGET_GROUP],
        holds: |it| it.at("protocol") == json!("HTTPS") && it.at("healthCheck.protocol") == json!("HTTPS"),
        prod: Excepted("TLS ends at the load balancer; its security group alone reaches the tasks"),
        ad_hoc: Excepted("TLS ends at the load balancer; its security group alone reaches the tasks"),
        how: "",
    },
    Control {
        ids: "RDS.1, RDS.3, RDS.4",
        about: "storage encrypted, and with it private snapshots",
        types: &[SERVER],
        holds: |it| it.at("storageEncrypted") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "RDS.2",
        about: "not public",
        types: &[SERVER],
        holds: |it| it.at("publiclyAccessible") == json!(false),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "RDS.5",
        about: "Multi-AZ",
        types: &[SERVER],
        holds: |it| it.at("multiAz") == json!(true),
        prod: Met,
        ad_hoc: COSTS,
        how: "`multiAz`, the default",
    },
    Control {
        ids: "RDS.6",
        about: "enhanced monitoring",
        types: &[SERVER],
        holds: |it| it.at("monitoringInterval") == json!(60.0) && it.at("monitoringRoleArn").is_string(),
        prod: Met,
        ad_hoc: COSTS,
        how: "every minute, by a role of ours; `RDSOSMetrics`, where it is kept, belongs to the account",
    },
    Control {
        ids: "RDS.8",
        about: "deletion protection",
        types: &[SERVER],
        holds: |it| it.at("deletionProtection") == json!(true),
        prod: Met,
        ad_hoc: GOES,
        how: "`deletionProtection`, the default",
    },
    Control {
        ids: "RDS.9, RDS.36",
        about: "logs exported",
        types: &[SERVER],
        holds: |it| it.at("enabledCloudwatchLogsExports") == json!(["postgresql", "upgrade"]),
        prod: Met,
        ad_hoc: Met,
        how: "into log groups of ours, with retention",
    },
    Control {
        ids: "RDS.10",
        about: "IAM authentication",
        types: &[SERVER],
        holds: |it| it.at("iamDatabaseAuthenticationEnabled") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "switched on",
    },
    Control {
        ids: "RDS.11",
        about: "backups of 7 days or more",
        types: &[SERVER],
        holds: |it| it.at("backupRetentionPeriod").as_f64().is_some_and(|days| days >= 7.0),
        prod: Met,
        ad_hoc: Excepted("one day: ad hoc data can be made again"),
        how: "`backupDays`, 14 by default",
    },
    Control {
        ids: "RDS.13",
        about: "minor upgrades",
        types: &[SERVER],
        holds: |it| it.at("autoMinorVersionUpgrade") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "RDS.17",
        about: "tags on snapshots",
        types: &[SERVER],
        holds: |it| it.at("copyTagsToSnapshot") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "RDS.20, RDS.21, RDS.22",
        about: "event subscriptions",
        types: &[SERVER],
        holds: |it| it.has("aws:rds/eventSubscription:EventSubscription"),
        prod: Excepted("alarms tell what an event would (`alarmTopicArn`); a subscription to events is the account's"),
        ad_hoc: COSTS,
        how: "",
    },
    Control {
        ids: "RDS.23",
        about: "another port",
        types: &[SERVER],
        holds: |it| it.at("port") != json!(5432.0),
        prod: Excepted("5432; only the tasks' group and the bastion's reach it"),
        ad_hoc: Excepted("5432; only the tasks' group and the bastion's reach it"),
        how: "",
    },
    Control {
        ids: "RDS.25",
        about: "administrator's name",
        types: &[SERVER],
        holds: |it| it.at("username") != json!("postgres"),
        prod: Met,
        ad_hoc: Met,
        how: "not `postgres`; with `snapshotId` it is the snapshot's",
    },
    Control {
        ids: "RDS.38 (not FSBP)",
        about: "TLS forced",
        types: &["aws:rds/parameterGroup:ParameterGroup"],
        holds: |it| it.at("parameters.0.name") == json!("rds.force_ssl") && it.at("parameters.0.value") == json!("1"),
        prod: Met,
        ad_hoc: Met,
        how: "`rds.force_ssl`",
    },
    Control {
        ids: "RDS.46",
        about: "no route to an internet gateway",
        types: &["aws:rds/subnetGroup:SubnetGroup"],
        holds: |it| {
            let ids = it.at("subnetIds").to_string();
            ids.contains("-isolated-a") && !ids.contains("-private-") && !ids.contains("-public-")
        },
        prod: Met,
        ad_hoc: Met,
        how: "isolated subnets",
    },
    Control {
        ids: "SecretsManager.1, .4",
        about: "rotation",
        types: &[SERVER],
        holds: |it| it.at("manageMasterUserPassword") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "RDS rotates its master secret; what an app makes stays until somebody makes it anew, by \
              [steps](docs/operations.md#secrets)",
    },
    Control {
        ids: "ElastiCache.1",
        about: "backups",
        types: &[CACHE],
        holds: |it| it.at("snapshotRetentionLimit").as_f64().is_some_and(|days| days >= 1.0),
        prod: Met,
        ad_hoc: Met,
        how: "`snapshotDays`, 7 by default",
    },
    Control {
        ids: "ElastiCache.2",
        about: "minor upgrades",
        types: &[CACHE],
        holds: |it| it.at("autoMinorVersionUpgrade") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "ElastiCache.3",
        about: "automatic failover",
        types: &[CACHE],
        holds: |it| it.at("automaticFailoverEnabled") == json!(true) && it.at("multiAzEnabled") == json!(true),
        prod: Met,
        ad_hoc: Met,
        how: "`replicaCount`, 1 by default; 0 is an exception that a user makes",
    },
    Control {
        ids: "ElastiCache.4, .5, .6",
        about: "encrypted at rest and on its way, with a password",
        types: &[CACHE],
        holds: |it| {
            it.at("atRestEncryptionEnabled") == json!(true)
                && it.at("transitEncryptionEnabled") == json!(true)
                && it.at("transitEncryptionMode") == json!("required")
                && it.at("authToken").is_string()
        },
        prod: Met,
        ad_hoc: Met,
        how: "TLS required; the password of the app",
    },
    Control {
        ids: "ElastiCache.7",
        about: "a subnet group of its own",
        types: &[CACHE],
        holds: |it| it.at("subnetGroupName").is_string(),
        prod: Met,
        ad_hoc: Met,
        how: "isolated subnets",
    },
    Control {
        ids: "S3.2, S3.3, S3.8",
        about: "no public access",
        types: &["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"],
        holds: |it| {
            ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
                .iter()
                .all(|name| it.at(name) == json!(true))
        },
        prod: Met,
        ad_hoc: Met,
        how: "blocked, and no ACL",
    },
    Control {
        ids: "S3.5",
        about: "TLS only",
        types: &[BUCKET_POLICY],
        holds: |it| {
            it.statements("policy").any(|statement| {
                statement["Effect"] == json!("Deny")
                    && statement["Condition"]["Bool"]["aws:SecureTransport"] == json!(["false"])
            })
        },
        prod: Met,
        ad_hoc: Met,
        how: "bucket policy",
    },
    Control {
        ids: "S3.6",
        about: "nobody of another account may change it",
        types: &[BUCKET_POLICY],
        holds: |it| {
            let mut allowed = it.statements("policy").filter(|statement| statement["Effect"] == json!("Allow"));
            allowed.all(|statement| {
                statement["Principal"]["AWS"].is_null() && statement["Action"] == json!(["s3:PutObject"])
            })
        },
        prod: Met,
        ad_hoc: Met,
        how: "services of AWS may put logs, nobody else anything",
    },
    Control {
        ids: "S3.9",
        about: "access logs of the bucket",
        types: &[BUCKET],
        holds: |it| it.has_named("aws:s3/bucketLogging:BucketLogging") || it.name().ends_with("-logs"),
        prod: Met,
        ad_hoc: COSTS,
        how: "into the base's bucket of logs, which itself is the exception: its log would never end",
    },
    Control {
        ids: "S3.12",
        about: "owner enforced, no ACLs",
        types: &["aws:s3/bucketOwnershipControls:BucketOwnershipControls"],
        holds: |it| it.at("rule.objectOwnership") == json!("BucketOwnerEnforced"),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "S3.13",
        about: "lifecycle",
        types: &["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"],
        holds: |it| it.at("rules.0.status") == json!("Enabled"),
        prod: Met,
        ad_hoc: Met,
        how: "uploads that were not finished go after 7 days, logs after `logRetentionDays`, what was overwritten after 30",
    },
    Control {
        ids: "S3.14 (not FSBP)",
        about: "versions",
        types: &[BUCKET],
        holds: |it| it.has_named("aws:s3/bucketVersioning:BucketVersioning") || it.name().ends_with("-logs"),
        prod: Met,
        ad_hoc: GOES,
        how: "of an app's bucket; logs are written once",
    },
    Control {
        ids: "S3.17 (not FSBP)",
        about: "encryption is configured",
        types: &["aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"],
        holds: |it| it.at("rules.0.applyServerSideEncryptionByDefault.sseAlgorithm").is_string(),
        prod: Met,
        ad_hoc: Met,
        how: "S3's own key, an app's bucket by `kmsKeyArn` of the base where it is given",
    },
    Control {
        ids: "EC2.2",
        about: "default security group empty",
        types: &["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"],
        holds: |it| it.at("ingress") == json!([]) && it.at("egress") == json!([]),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "EC2.6",
        about: "flow logs",
        types: &[VPC],
        holds: |it| it.has("aws:ec2/flowLog:FlowLog"),
        prod: Met,
        ad_hoc: COSTS,
        how: "of what was refused; the role that writes them may make no log group",
    },
    Control {
        ids: "EC2.3, EC2.8, EC2.9",
        about: "hosts: encrypted disk, IMDSv2, no public address",
        types: &[INSTANCE],
        holds: |it| {
            it.at("metadataOptions.httpTokens") == json!("required")
                && it.at("associatePublicIpAddress") == json!(false)
                && it.at("rootBlockDevice.encrypted") == json!(true)
        },
        prod: Met,
        ad_hoc: Met,
        how: "the bastion",
    },
    Control {
        ids: "EC2.10, EC2.55, EC2.56, EC2.57",
        about: "endpoints of EC2, ECR and SSM",
        types: &["aws:ec2/vpcEndpoint:VpcEndpoint"],
        holds: |it| ["ec2", "ecr-api", "ecr-dkr", "ssm"].iter().all(|role| it.has_role(role)),
        prod: Excepted(
            "on request: `interfaceEndpoints`; they cost per hour and zone, and TLS goes through NAT as well",
        ),
        ad_hoc: Excepted(
            "on request: `interfaceEndpoints`; they cost per hour and zone, and TLS goes through NAT as well",
        ),
        how: "",
    },
    Control {
        ids: "EC2.15",
        about: "subnets give no public addresses",
        types: &["aws:ec2/subnet:Subnet"],
        holds: |it| it.at("mapPublicIpOnLaunch") == json!(false),
        prod: Met,
        ad_hoc: Met,
        how: "",
    },
    Control {
        ids: "EC2.18, EC2.19, EC2.53",
        about: "open ingress",
        types: &[INGRESS],
        holds: |it| {
            let port = it.at("fromPort");
            it.at("cidrIpv4") != json!("0.0.0.0/0") || port == json!(80.0) || port == json!(443.0)
        },
        prod: Met,
        ad_hoc: Met,
        how: "80 and 443 of the load balancer alone",
    },
    Control {
        ids: "CKV_AWS_23, CKV_AWS_382",
        about: "rules say what for, and let out at named ports alone",
        types: &[INGRESS, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"],
        holds: |it| {
            it.at("description").is_string() && it.at("fromPort").is_number() && it.at("ipProtocol") == json!("tcp")
        },
        prod: Met,
        ad_hoc: Met,
        how: "`egressPorts`",
    },
    Control {
        ids: "IAM.1, IAM.21, KMS.1, KMS.2",
        about: "no `*:*`, no `service:*`, no `kms:Decrypt` on all keys",
        types: &[ROLE_POLICY],
        holds: |it| {
            it.statements("policy").all(|statement| {
                let texts = |key: &str| -> Vec<String> {
                    let list = statement[key].as_array().cloned().unwrap_or_default();
                    list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
                };
                let is_of_key = texts("Action").iter().any(|action| action.starts_with("kms:"));
                let starred = |key: &str| texts(key).iter().any(|text| text.contains('*'));
                let too_much = starred("Action") || (is_of_key && starred("Resource"));
                !too_much
            })
        },
        prod: Met,
        ad_hoc: Met,
        how: "one key, through one service, and only with `kmsKeyArn`",
    },
    Control {
        ids: "ACM.1, ACM.2",
        about: "renewal, key length",
        types: &[CERTIFICATE],
        holds: |it| it.at("validationMethod") == json!("DNS") && it.at("keyAlgorithm").is_null(),
        prod: Met,
        ad_hoc: Met,
        how: "DNS validation, RSA 2048",
    },
    Control {
        ids: "CKV2_AWS_34",
        about: "parameters are encrypted",
        types: &[PARAMETER],
        holds: |it| it.at("type") == json!("SecureString"),
        prod: Met,
        ad_hoc: Met,
        how: "`SecureString`",
    },
    Control {
        ids: "CloudWatch.16, CKV_AWS_338 (not FSBP)",
        about: "logs kept for a year",
        types: &[LOG_GROUP],
        holds: |it| it.at("retentionInDays").as_f64().is_some_and(|days| days >= 365.0),
        prod: Met,
        ad_hoc: Excepted("a week: `logRetentionDays`"),
        how: "`logRetentionDays`, 365 by default",
    },
    Control {
        ids: "CloudWatch.15, CloudWatch.17 (not FSBP)",
        about: "alarms tell somebody",
        types: &[ALARM],
        holds: |it| it.at("alarmActions.0").is_string() && it.at("actionsEnabled").is_null(),
        prod: Excepted(
            "with `alarmTopicArn`, also when they are over; without it two of web take deployments back in silence",
        ),
        ad_hoc: Met,
        how: "",
    },
];
