//! A base, whichever kind it is of: what it is, and what it consists of.

use pulumi_component::{Args, Context, Error, Input, Known as _, Output, Outputs, Problem, interpolate, list_of};

use super::app::Variables;
use crate::aws::{index, route53};
use crate::blocks::{bastion, certificate, database, endpoints, load_balancer, network, security};
use crate::names::{self, Tags};

pub(crate) mod rules;

/// What a base is. The arguments of each kind are read as one of these, and everything after them knows this alone.
pub(super) struct Spec<'a> {
    pub(super) domain_name: &'a Input<String>,
    /// Public hosted zone, if it is not called as the domain.
    pub(super) zone_id: Option<&'a Input<Option<String>>>,
    /// Certificate, if none is to be issued.
    pub(super) certificate_arn: Option<&'a Input<Option<String>>>,
    pub(super) cidr_block: &'a Input<String>,
    pub(super) availability_zone_count: u32,
    pub(super) nat_gateways: NatGateways,
    /// Services that are reached inside the network, as AWS calls them.
    pub(super) interface_endpoints: &'a [String],
    /// Who may reach the load balancer.
    pub(super) allowed_cidr_blocks: &'a [String],
    /// Where tasks may call the internet.
    pub(super) egress_ports: &'a [u32],
    pub(super) database: Database<'a>,
    pub(super) has_bastion: bool,
    pub(super) log_retention_days: &'a Input<u32>,
    pub(super) tags: &'a Variables,
}

/// The PostgreSQL server of a base.
pub(super) struct Database<'a> {
    pub(super) instance_class: &'a Input<String>,
    pub(super) engine_version: &'a Input<String>,
    pub(super) storage_gib: &'a Input<u32>,
    pub(super) max_storage_gib: &'a Input<u32>,
    pub(super) backup_days: u32,
}

/// How private subnets get out to the internet.
#[derive(Args, Clone, Copy, PartialEq, Eq)]
pub enum NatGateways {
    /// One NAT gateway for all zones: cheaper, but if its zone fails nothing gets out.
    Single,
    /// One NAT gateway in each zone: a zone that fails takes none of the others with it.
    PerAvailabilityZone,
}

/// What an app needs to know of a base, whichever kind that is of.
#[derive(Args, Outputs)]
pub struct BaseOutputs {
    /// Name of the base: its environment's name.
    pub name: Input<String>,
    /// Domain of the base. Apps answer at one label below it.
    pub domain_name: Input<String>,
    /// Public hosted zone in which the apps' addresses are recorded.
    pub zone_id: Input<String>,
    /// VPC of the base.
    pub vpc_id: Input<String>,
    /// Private subnets, in which the tasks run.
    pub private_subnet_ids: Input<Vec<String>>,
    /// DNS name of the load balancer.
    pub load_balancer_dns_name: Input<String>,
    /// Hosted zone of the load balancer's own name, for alias records.
    pub load_balancer_zone_id: Input<String>,
    /// Last part of the load balancer's ARN, by which CloudWatch's metrics name it.
    pub load_balancer_arn_suffix: Input<Option<String>>,
    /// HTTPS listener, to which the apps add their rules.
    pub listener_arn: Input<String>,
    /// Security group of the tasks, which may reach the database and each other's caches.
    pub app_security_group_id: Input<String>,
    /// Host name of the PostgreSQL server.
    pub database_host: Input<String>,
    /// Port of the PostgreSQL server.
    pub database_port: Input<u32>,
    /// Secret of the server's master user: JSON with `username` and `password`. Only the task that makes an app's
    /// own database may read it.
    pub database_secret_arn: Input<String>,
    /// KMS key with which the base encrypts, if it is not one of AWS's own.
    pub kms_key_arn: Input<Option<String>>,
}

/// What was registered.
pub(super) struct Built {
    pub(super) outputs: BaseOutputs,
    pub(super) bastion_instance_id: Output<Option<String>>,
    pub(super) port_forward_command: Output<Option<String>>,
}

impl Spec<'_> {
    /// All that is wrong with what is right by itself.
    pub(super) fn check(&self) -> Vec<Problem> {
        let blocks = rules::allowed_cidr_blocks("allowedCidrBlocks", self.allowed_cidr_blocks);
        let endpoints = rules::interface_endpoints("interfaceEndpoints", self.interface_endpoints);
        let ports = rules::egress_ports("egressPorts", self.egress_ports);
        let issued = self.domain_name.known().filter(|_| self.certificate_arn.is_none());
        let domain = issued.and_then(|domain| rules::common_name("domainName", &domain));
        blocks.into_iter().chain(endpoints).chain(ports).chain(domain).collect()
    }
}

/// Registers a base.
pub(super) fn build(cx: &Context, spec: &Spec<'_>) -> Built {
    let tags = Tags::new(cx.name(), spec.tags.clone());
    let region = index::GetRegion::new().invoke(cx).region;
    let (zone_id, certificate_arn) = build_domain(cx, spec, &tags);
    let network = build_network(cx, spec, &tags);
    let groups = build_security(cx, spec, &network, &tags);
    endpoints::build(
        cx,
        &endpoints::Spec {
            region: &region,
            vpc_id: &network.vpc_id,
            route_table_ids: &network.private_route_table_ids,
            services: spec.interface_endpoints,
            subnet_ids: &network.private_subnet_ids,
            security_group_id: groups.endpoints.as_ref(),
            tags: &tags,
        },
    );
    let balancer = load_balancer::build(
        cx,
        &load_balancer::Spec {
            subnet_ids: &network.public_subnet_ids,
            security_group_id: &groups.load_balancer,
            certificate_arn: &certificate_arn,
            internet: &network.internet,
            tags: &tags,
        },
    );
    let database = build_database(cx, spec, &network, &groups, &tags);
    let bastion = groups.bastion.map(|group| build_bastion(cx, &network, &group, &region, &tags));
    let port_forward_command =
        bastion.as_ref().map(|_| interpolate!("aws-django tunnel {base} --region {region}", base = cx.name()));
    Built {
        outputs: BaseOutputs {
            name: Output::known(cx.name()),
            domain_name: spec.domain_name.clone(),
            zone_id,
            vpc_id: network.vpc_id,
            private_subnet_ids: list_of(network.private_subnet_ids),
            load_balancer_dns_name: balancer.dns_name,
            load_balancer_zone_id: balancer.zone_id,
            load_balancer_arn_suffix: balancer.arn_suffix.map(Some),
            listener_arn: balancer.listener_arn,
            app_security_group_id: groups.tasks,
            database_host: database.host,
            database_port: database.port,
            database_secret_arn: database.secret_arn,
            kms_key_arn: Output::known(None),
        },
        bastion_instance_id: optional(bastion),
        port_forward_command: optional(port_forward_command),
    }
}

/// The zone of the domain and its certificate, as they are given or found.
fn build_domain(cx: &Context, spec: &Spec<'_>, tags: &Tags) -> (Output<String>, Output<String>) {
    let zone_id = match spec.zone_id {
        Some(id) => given(id),
        None => {
            let zone = route53::GetZone::new().name(spec.domain_name).private_zone(false);
            zone.advice("give `zoneId` if the domain is a name below a public hosted zone").invoke(cx).zone_id
        }
    };
    let certificate_arn = match spec.certificate_arn {
        Some(arn) => given(arn),
        None => {
            let spec = certificate::Spec { domain_name: spec.domain_name, zone_id: &zone_id, tags };
            certificate::build(cx, &spec)
        }
    };
    (zone_id, certificate_arn)
}

fn build_network(cx: &Context, spec: &Spec<'_>, tags: &Tags) -> network::Network {
    let without_opt_in = index::GetAvailabilityZonesFilter::new().name("opt-in-status").values(["opt-in-not-required"]);
    let names = index::GetAvailabilityZones::new().state("available").filters([without_opt_in]).invoke(cx).names;
    let zones: Vec<_> =
        (0..).zip(0..spec.availability_zone_count).map(|(position, _)| zone(&names, position)).collect();
    let nat_gateway_count = match spec.nat_gateways {
        NatGateways::Single => 1,
        NatGateways::PerAvailabilityZone => zones.len(),
    };
    network::build(cx, &network::Spec { cidr_block: spec.cidr_block, zones: &zones, nat_gateway_count, tags })
}

/// The zone at a position.
fn zone(names: &Output<Vec<String>>, position: usize) -> Output<String> {
    names.try_map(move |names: Vec<String>| {
        rules::zone_at(names, position).map_err(|reason| Error::argument("availabilityZoneCount", reason))
    })
}

fn build_security(cx: &Context, spec: &Spec<'_>, network: &network::Network, tags: &Tags) -> security::SecurityGroups {
    let own_addresses = network.outbound.iter().map(|nat| (format!("outbound-{}", nat.letter), &nat.address));
    security::build(
        cx,
        &security::Spec {
            name: cx.name(),
            vpc_id: &network.vpc_id,
            cidr_block: &network.cidr_block,
            allowed_cidr_blocks: spec.allowed_cidr_blocks,
            egress_ports: spec.egress_ports,
            own_addresses: own_addresses.collect(),
            has_endpoints: !spec.interface_endpoints.is_empty(),
            has_bastion: spec.has_bastion,
            tags,
        },
    )
}

fn build_database(
    cx: &Context,
    spec: &Spec<'_>,
    network: &network::Network,
    groups: &security::SecurityGroups,
    tags: &Tags,
) -> database::Database {
    database::build(
        cx,
        &database::Spec {
            identifier: &names::server(cx.name()),
            instance_class: spec.database.instance_class,
            engine_version: spec.database.engine_version,
            storage_gib: spec.database.storage_gib,
            max_storage_gib: spec.database.max_storage_gib,
            subnet_ids: &network.isolated_subnet_ids,
            security_group_id: &groups.database,
            backup_days: spec.database.backup_days,
            log_retention_days: spec.log_retention_days,
            tags,
        },
    )
}

/// The id of the bastion.
fn build_bastion(
    cx: &Context,
    network: &network::Network,
    security_group_id: &Output<String>,
    region: &Output<String>,
    tags: &Tags,
) -> Output<String> {
    bastion::build(
        cx,
        &bastion::Spec {
            partition: &index::GetPartition::new().invoke(cx).partition,
            region,
            account_id: &index::GetCallerIdentity::new().invoke(cx).account_id,
            subnet_ids: &network.private_subnet_ids,
            security_group_id,
            outbound: network.outbound.iter().map(|nat| nat.route.clone()).collect(),
            tags,
        },
    )
}

/// An argument whose presence decides what is created, once it has been checked.
fn given(argument: &Input<Option<String>>) -> Output<String> {
    argument.try_map(|value: Option<String>| value.ok_or_else(|| Error::Bug("an argument is null".to_owned())))
}

/// An output that is there or is not.
fn optional(output: Option<Output<String>>) -> Output<Option<String>> {
    output.map_or_else(|| Output::known(None), |output| output.map(Some))
}
