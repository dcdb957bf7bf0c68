//! Rules of security groups.

use std::collections::BTreeMap;

use pulumi_component::resources;

resources! {
    super::VERSION;

    /// Traffic that a security group lets out.
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule" SecurityGroupEgressRule {
        cidr_ipv4: String,
        description: String,
        from_port: u32,
        ip_protocol: String,
        referenced_security_group_id: String,
        security_group_id: String,
        tags: BTreeMap<String, String>,
        to_port: u32,
    } => SecurityGroupEgressRuleState {}

    /// Traffic that a security group lets in.
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule" SecurityGroupIngressRule {
        cidr_ipv4: String,
        description: String,
        from_port: u32,
        ip_protocol: String,
        referenced_security_group_id: String,
        security_group_id: String,
        tags: BTreeMap<String, String>,
        to_port: u32,
    } => SecurityGroupIngressRuleState {}
}
