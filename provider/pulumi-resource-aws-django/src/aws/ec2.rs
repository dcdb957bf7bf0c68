//! Networks, and machines in them.

use std::collections::BTreeMap;

use pulumi_component::{objects, resources};

resources! {
    super::VERSION;

    /// A VPC.
    "aws:ec2/vpc:Vpc" Vpc {
        cidr_block: String,
        enable_dns_hostnames: bool,
        enable_dns_support: bool,
        tags: BTreeMap<String, String>,
    } => VpcState {
        cidr_block: String,
    }

    /// The security group that each VPC has by itself, taken over.
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup" DefaultSecurityGroup {
        egress: Vec<DefaultSecurityGroupEgress>,
        ingress: Vec<DefaultSecurityGroupIngress>,
        tags: BTreeMap<String, String>,
        vpc_id: String,
    } => DefaultSecurityGroupState {}

    /// A VPC's way to the internet.
    "aws:ec2/internetGateway:InternetGateway" InternetGateway {
        tags: BTreeMap<String, String>,
        vpc_id: String,
    } => InternetGatewayState {}

    /// A subnet.
    "aws:ec2/subnet:Subnet" Subnet {
        availability_zone: String,
        cidr_block: String,
        map_public_ip_on_launch: bool,
        tags: BTreeMap<String, String>,
        vpc_id: String,
    } => SubnetState {}

    /// A route table.
    "aws:ec2/routeTable:RouteTable" RouteTable {
        tags: BTreeMap<String, String>,
        vpc_id: String,
    } => RouteTableState {}

    /// One route of a route table.
    "aws:ec2/route:Route" Route {
        destination_cidr_block: String,
        gateway_id: String,
        nat_gateway_id: String,
        route_table_id: String,
    } => RouteState {}

    /// Which route table a subnet uses.
    "aws:ec2/routeTableAssociation:RouteTableAssociation" RouteTableAssociation {
        route_table_id: String,
        subnet_id: String,
    } => RouteTableAssociationState {}

    /// An address that stays.
    "aws:ec2/eip:Eip" Eip {
        domain: String,
        tags: BTreeMap<String, String>,
    } => EipState {
        allocation_id: String,
        public_ip: String,
    }

    /// A way out to the internet that lets nothing in.
    "aws:ec2/natGateway:NatGateway" NatGateway {
        allocation_id: String,
        connectivity_type: String,
        subnet_id: String,
        tags: BTreeMap<String, String>,
    } => NatGatewayState {}

    /// A record of the traffic in a VPC.
    "aws:ec2/flowLog:FlowLog" FlowLog {
        iam_role_arn: String,
        log_destination: String,
        log_destination_type: String,
        tags: BTreeMap<String, String>,
        traffic_type: String,
        vpc_id: String,
    } => FlowLogState {}

    /// An entrance to a service of AWS from within a VPC.
    "aws:ec2/vpcEndpoint:VpcEndpoint" VpcEndpoint {
        private_dns_enabled: bool,
        route_table_ids: Vec<String>,
        security_group_ids: Vec<String>,
        service_name: String,
        subnet_ids: Vec<String>,
        tags: BTreeMap<String, String>,
        vpc_endpoint_type: String,
        vpc_id: String,
    } => VpcEndpointState {}

    /// A security group; its rules are resources of their own, in `vpc`.
    "aws:ec2/securityGroup:SecurityGroup" SecurityGroup {
        description: String,
        tags: BTreeMap<String, String>,
        vpc_id: String,
    } => SecurityGroupState {}

    /// A virtual machine.
    "aws:ec2/instance:Instance" Instance {
        ami: String,
        associate_public_ip_address: bool,
        iam_instance_profile: String,
        instance_type: String,
        metadata_options: InstanceMetadataOptions,
        root_block_device: InstanceRootBlockDevice,
        subnet_id: String,
        tags: BTreeMap<String, String>,
        vpc_security_group_ids: Vec<String>,
    } => InstanceState {}
}

objects! {
    DefaultSecurityGroupEgress {}
    DefaultSecurityGroupIngress {}
    InstanceMetadataOptions { http_endpoint: String, http_put_response_hop_limit: u32, http_tokens: String }
    InstanceRootBlockDevice { encrypted: bool, tags: BTreeMap<String, String>, volume_type: String }
}
