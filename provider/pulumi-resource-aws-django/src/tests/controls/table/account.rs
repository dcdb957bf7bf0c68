//! What is asked of networks, roles, keys, certificates and logs.

use serde_json::json;

use super::super::Stance::{Excepted, Met};
use super::{ALARM, CERTIFICATE, COSTS, Control, INGRESS, INSTANCE, LOG_GROUP, PARAMETER, ROLE_POLICY, VPC};

pub(super) const CONTROLS: &[Control] = &[
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
