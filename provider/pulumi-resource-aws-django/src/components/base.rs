//! A base, whichever kind it is of: what it is, and what it consists of.

use pulumi_component::{Args, Context, Error, Input, Known as _, Output, Outputs, Problem, interpolate, list_of};

use super::data::Data;
use crate::aws::{index, route53};
use crate::blocks::roles::Surroundings;
use crate::blocks::{
    bastion, bucket, certificate, database, endpoints, flow_logs, load_balancer, monitoring, network, protection,
    security,
};
use crate::names::{self, Tags};

mod alarms;
pub(super) mod args;
pub(crate) mod rules;

use args::{BaseArgs, NatGateways, ServerArgs};

/// What a base is. The arguments of each kind are read as one of these, and everything after them knows this alone.
pub(super) struct Spec<'a> {
    pub(super) common: &'a BaseArgs,
    pub(super) availability_zone_count: u32,
    pub(super) nat_gateways: NatGateways,
    pub(super) database: Database<'a>,
    pub(super) log_retention_days: &'a Input<u32>,
    /// How long a connection may rest at the load balancer, if not as long as AWS lets it.
    pub(super) idle_timeout_seconds: Option<&'a Input<u32>>,
    /// Key to encrypt with, if it is not one of AWS's own.
    pub(super) kms_key_arn: Option<&'a Input<Option<String>>>,
    /// Firewall before the load balancer, if there is one.
    pub(super) web_acl_arn: Option<&'a Input<Option<String>>>,
    /// Who is told of what is not as it should be, if anybody is.
    pub(super) alarm_topic_arn: Option<&'a Input<Option<String>>>,
    pub(super) caches: Caches,
    /// Whether what happens is recorded: requests, refused traffic, and what the database server is busy with.
    pub(super) is_observed: bool,
    /// What becomes of the data when it is destroyed.
    pub(super) data: Data,
}

/// The PostgreSQL server of a base.
pub(super) struct Database<'a> {
    pub(super) instance_class: &'a Input<String>,
    pub(super) server: &'a ServerArgs,
    /// Whether a second server in another zone takes over when it fails.
    pub(super) multi_az: Input<bool>,
    pub(super) backup_days: Input<u32>,
    /// When it is backed up, if AWS does not choose.
    pub(super) backup_window: Option<&'a Input<String>>,
    /// When AWS maintains it, if AWS does not choose.
    pub(super) maintenance_window: Option<&'a Input<String>>,
    /// What it is made from, if not from nothing.
    pub(super) snapshot_id: Option<&'a str>,
}

/// Where the caches of the apps are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caches {
    /// They are tasks, and have the tasks' group.
    AmongTasks,
    /// They are servers, and have a group of their own.
    Apart,
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
    pub(super) isolated_subnet_ids: Vec<Output<String>>,
    /// Group of the apps' caches, where they have one of their own.
    pub(super) cache_security_group_id: Option<Output<String>>,
    /// Bucket of logs, where there are any.
    pub(super) log_bucket_name: Option<Output<String>>,
    /// What the last snapshot of the database server is called, where there is to be one.
    pub(super) final_snapshot_name: Option<Output<String>>,
    pub(super) bastion_instance_id: Output<Option<String>>,
    pub(super) port_forward_command: Output<Option<String>>,
}

impl Spec<'_> {
    /// All that is wrong with what is right by itself.
    pub(super) fn check(&self) -> Vec<Problem> {
        let common = self.common;
        let blocks = rules::allowed_cidr_blocks("allowedCidrBlocks", &common.allowed_cidr_blocks);
        let endpoints = rules::interface_endpoints("interfaceEndpoints", &common.interface_endpoints);
        let ports = rules::egress_ports("egressPorts", &common.egress_ports);
        let issued = common.domain_name.known().filter(|_| common.certificate_arn.is_none());
        let domain = issued.and_then(|domain| rules::common_name("domainName", &domain));
        blocks.into_iter().chain(endpoints).chain(ports).chain(domain).collect()
    }
}

/// Registers a base.
pub(super) fn build(cx: &Context, spec: &Spec<'_>) -> Built {
    let name = cx.name();
    let base = Base {
        cx,
        spec,
        tags: Tags::new(name, spec.common.tags.clone()),
        surroundings: Surroundings::ask(cx),
        kms_key_arn: spec.kms_key_arn.cloned().unwrap_or_else(|| Output::known(None)),
    };
    let (zone_id, certificate_arn) = base.domain();
    let network = base.network();
    let groups = base.security(&network);
    base.endpoints(&network, &groups);
    let logs = spec.is_observed.then(|| base.logs(&network));
    let balancer = base.load_balancer(&network, &groups, &certificate_arn, logs.as_ref());
    let final_snapshot_name = match spec.data {
        Data::Goes => None,
        Data::Stays { .. } => Some(interpolate!("{name}-final-{vpc}", vpc = network.vpc_id)),
    };
    let database = base.database(&network, &groups, final_snapshot_name.as_ref());
    if let Some(topic) = spec.alarm_topic_arn {
        alarms::build(cx, &alarms::Spec { topic_arn: &given(topic), server: spec.database.server, tags: &base.tags });
    }
    let bastion = groups.bastion.as_ref().map(|group| base.bastion(&network, group));
    let region = &base.surroundings.region;
    let port_forward_command = bastion.as_ref().map(|_| interpolate!("aws-django tunnel {name} --region {region}"));
    let lock = protection::Spec {
        surroundings: &base.surroundings,
        is_enabled: spec.data.is_protected(),
        listener_arn: Some(&balancer.listener_arn),
    };
    protection::build(cx, &lock);
    Built {
        outputs: BaseOutputs {
            name: Output::known(name),
            domain_name: spec.common.domain_name.clone(),
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
            kms_key_arn: base.kms_key_arn,
        },
        isolated_subnet_ids: network.isolated_subnet_ids,
        cache_security_group_id: groups.caches,
        log_bucket_name: logs.map(|bucket| bucket.name),
        final_snapshot_name,
        bastion_instance_id: optional(bastion),
        port_forward_command: optional(port_forward_command),
    }
}

/// What all parts of a base share.
struct Base<'a> {
    cx: &'a Context,
    spec: &'a Spec<'a>,
    tags: Tags,
    surroundings: Surroundings,
    kms_key_arn: Output<Option<String>>,
}

impl Base<'_> {
    /// The zone of the domain and its certificate, as they are given or found.
    fn domain(&self) -> (Output<String>, Output<String>) {
        let BaseArgs { domain_name, zone_id, certificate_arn, .. } = self.spec.common;
        let zone_id = match zone_id {
            Some(id) => given(id),
            None => {
                let zone = route53::GetZone::new().name(domain_name).private_zone(false);
                let advice = "give `zoneId` if the domain is a name below a public hosted zone";
                zone.advice(advice).invoke(self.cx).zone_id
            }
        };
        let certificate_arn = match certificate_arn {
            Some(arn) => given(arn),
            None => {
                let spec = certificate::Spec {
                    role: "domain",
                    domain_name,
                    alternative_names: vec![interpolate!("*.{domain_name}")],
                    proofs: vec![("domain-validation".to_owned(), domain_name.clone())],
                    zone_id: &zone_id,
                    tags: &self.tags,
                };
                certificate::build(self.cx, &spec)
            }
        };
        (zone_id, certificate_arn)
    }

    fn network(&self) -> network::Network {
        let without_opt_in =
            index::GetAvailabilityZonesFilter::new().name("opt-in-status").values(["opt-in-not-required"]);
        let zones = index::GetAvailabilityZones::new().state("available").filters([without_opt_in]);
        let names = zones.invoke(self.cx).names;
        let count = self.spec.availability_zone_count;
        let zones: Vec<_> = (0..).zip(0..count).map(|(position, _)| zone(&names, position)).collect();
        let nat_gateway_count = match self.spec.nat_gateways {
            NatGateways::Single => 1,
            NatGateways::PerAvailabilityZone => zones.len(),
        };
        network::build(
            self.cx,
            &network::Spec {
                cidr_block: &self.spec.common.cidr_block,
                zones: &zones,
                nat_gateway_count,
                protect: self.spec.data.protect(),
                tags: &self.tags,
            },
        )
    }

    fn security(&self, network: &network::Network) -> security::SecurityGroups {
        let common = self.spec.common;
        let own_addresses = network.outbound.iter().map(|nat| (format!("outbound-{}", nat.letter), &nat.address));
        security::build(
            self.cx,
            &security::Spec {
                name: self.cx.name(),
                vpc_id: &network.vpc_id,
                cidr_block: &network.cidr_block,
                allowed_cidr_blocks: &common.allowed_cidr_blocks,
                egress_ports: &common.egress_ports,
                own_addresses: own_addresses.collect(),
                has_cache_servers: self.spec.caches == Caches::Apart,
                has_endpoints: !common.interface_endpoints.is_empty(),
                has_bastion: common.bastion,
                tags: &self.tags,
            },
        )
    }

    fn endpoints(&self, network: &network::Network, groups: &security::SecurityGroups) {
        endpoints::build(
            self.cx,
            &endpoints::Spec {
                region: &self.surroundings.region,
                vpc_id: &network.vpc_id,
                route_table_ids: &network.private_route_table_ids,
                services: &self.spec.common.interface_endpoints,
                subnet_ids: &network.private_subnet_ids,
                security_group_id: groups.endpoints.as_ref(),
                tags: &self.tags,
            },
        );
    }

    /// The bucket of logs; refused traffic goes to a log group.
    fn logs(&self, network: &network::Network) -> bucket::Bucket {
        let Spec { log_retention_days, data, .. } = *self.spec;
        flow_logs::build(
            self.cx,
            &flow_logs::Spec {
                log_group: &names::traffic_log_group(self.cx.name()),
                vpc_id: &network.vpc_id,
                retention_days: log_retention_days,
                surroundings: &self.surroundings,
                kms_key_arn: &self.kms_key_arn,
                tags: &self.tags,
            },
        );
        let account = &self.surroundings.account_id;
        let of_load_balancer = bucket::Writer {
            sid: "LoadBalancer",
            service: "logdelivery.elasticloadbalancing.amazonaws.com",
            path: interpolate!("AWSLogs/{account}/*"),
            of_account: None,
        };
        let of_buckets = bucket::Writer {
            sid: "Buckets",
            service: "logging.s3.amazonaws.com",
            path: Output::known("buckets/*"),
            of_account: Some(account),
        };
        bucket::build(
            self.cx,
            &bucket::Spec {
                role: "logs",
                writers: vec![of_load_balancer, of_buckets],
                expiration_days: Some(log_retention_days),
                history_days: None,
                access_logs: None,
                // Load balancers write to no bucket that has another key than S3's own.
                kms_key_arn: &Output::known(None),
                force_destroy: !data.is_protected(),
                protect: data.protect(),
                retain_on_delete: None,
                tags: &self.tags,
            },
        )
    }

    fn load_balancer(
        &self,
        network: &network::Network,
        groups: &security::SecurityGroups,
        certificate_arn: &Output<String>,
        logs: Option<&bucket::Bucket>,
    ) -> load_balancer::LoadBalancer {
        load_balancer::build(
            self.cx,
            &load_balancer::Spec {
                subnet_ids: &network.public_subnet_ids,
                security_group_id: &groups.load_balancer,
                certificate_arn,
                internet: &network.internet,
                access_logs: logs.map(|logs| load_balancer::AccessLogs { bucket: &logs.name, policy: &logs.policy }),
                web_acl_arn: self.spec.web_acl_arn.map(given),
                idle_timeout_seconds: self.spec.idle_timeout_seconds,
                deletion_protection: self.spec.data.is_protected(),
                protect: self.spec.data.protect(),
                tags: &self.tags,
            },
        )
    }

    fn database(
        &self,
        network: &network::Network,
        groups: &security::SecurityGroups,
        final_snapshot_name: Option<&Output<String>>,
    ) -> database::Database {
        let Database { server, .. } = self.spec.database;
        let identifier = names::server(self.cx.name());
        let monitoring = self.spec.is_observed.then(|| {
            let spec = monitoring::Spec { identifier: &identifier, surroundings: &self.surroundings, tags: &self.tags };
            monitoring::build(self.cx, &spec)
        });
        database::build(
            self.cx,
            &database::Spec {
                identifier: &identifier,
                instance_class: self.spec.database.instance_class,
                engine_version: &server.engine_version,
                storage_gib: &server.storage_gib,
                max_storage_gib: &server.max_storage_gib,
                multi_az: &self.spec.database.multi_az,
                subnet_ids: &network.isolated_subnet_ids,
                security_group_id: &groups.database,
                snapshot_id: self.spec.database.snapshot_id,
                final_snapshot_name,
                backup_days: &self.spec.database.backup_days,
                backup_window: self.spec.database.backup_window,
                maintenance_window: self.spec.database.maintenance_window,
                monitoring: monitoring.as_ref(),
                log_retention_days: self.spec.log_retention_days,
                kms_key_arn: &self.kms_key_arn,
                deletion_protection: self.spec.data.is_protected(),
                protect: self.spec.data.protect(),
                tags: &self.tags,
            },
        )
    }

    /// The id of the bastion.
    fn bastion(&self, network: &network::Network, security_group_id: &Output<String>) -> Output<String> {
        bastion::build(
            self.cx,
            &bastion::Spec {
                surroundings: &self.surroundings,
                subnet_ids: &network.private_subnet_ids,
                security_group_id,
                outbound: network.outbound.iter().map(|nat| nat.route.clone()).collect(),
                tags: &self.tags,
            },
        )
    }
}

/// The zone at a position.
fn zone(names: &Output<Vec<String>>, position: usize) -> Output<String> {
    names.try_map(move |names: Vec<String>| {
        rules::zone_at(names, position).map_err(|reason| Error::argument("availabilityZoneCount", reason))
    })
}

/// An argument whose presence decides what is created, once it has been checked.
pub(super) fn given(argument: &Input<Option<String>>) -> Output<String> {
    argument.try_map(|value: Option<String>| value.ok_or_else(|| Error::Bug("an argument is null".to_owned())))
}

/// An output that is there or is not.
fn optional(output: Option<Output<String>>) -> Output<Option<String>> {
    output.map_or_else(|| Output::known(None), |output| output.map(Some))
}
