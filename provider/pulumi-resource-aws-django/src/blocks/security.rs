//! Who may talk to whom. Each arrow is two rules, one that lets out at its beginning and one that lets in at its
//! end, and each rule is a resource of its own, so that a change of one never opens or closes the others.

use std::collections::BTreeMap;

use pulumi_component::{Context, IntoInput, Output, interpolate};

use crate::aws::{ec2, vpc};
use crate::names::Tags;

/// What to build.
pub(crate) struct Spec<'a> {
    /// Name of the environment, for the one name that other tools look for.
    pub(crate) name: &'a str,
    pub(crate) vpc_id: &'a Output<String>,
    /// Addresses of the VPC.
    pub(crate) cidr_block: &'a Output<String>,
    /// Who may reach the load balancer, as canonical blocks of addresses.
    pub(crate) allowed_cidr_blocks: &'a [String],
    /// TCP ports at which tasks may call the internet.
    pub(crate) egress_ports: &'a [u32],
    /// Addresses from which the tasks themselves reach the load balancer, each with a word for it.
    pub(crate) own_addresses: Vec<(String, &'a Output<String>)>,
    /// Whether caches are servers with a group of their own, and not tasks.
    pub(crate) has_cache_servers: bool,
    /// Whether there are entrances to services of AWS that need a group.
    pub(crate) has_endpoints: bool,
    /// Whether there is a bastion.
    pub(crate) has_bastion: bool,
    pub(crate) tags: &'a Tags,
}

/// The ids of the groups.
pub(crate) struct SecurityGroups {
    pub(crate) load_balancer: Output<String>,
    pub(crate) tasks: Output<String>,
    pub(crate) database: Output<String>,
    pub(crate) caches: Option<Output<String>>,
    pub(crate) endpoints: Option<Output<String>>,
    pub(crate) bastion: Option<Output<String>>,
}

/// The ports from `0` to `1`, both included.
#[derive(Clone, Copy)]
struct Ports(u32, u32);

const HTTP: Ports = Ports(80, 80);
const HTTPS: Ports = Ports(443, 443);
const POSTGRESQL: Ports = Ports(5432, 5432);
const VALKEY: Ports = Ports(6379, 6379);
/// What a process without rights of root can listen at.
const UNPRIVILEGED: Ports = Ports(1024, 65535);
const ANYWHERE: &str = "0.0.0.0/0";

pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> SecurityGroups {
    let groups = Groups { cx, spec };
    let load_balancer = groups.group("lb", "Load balancer", spec.tags.of("lb"));
    let tasks = groups.group("tasks", "Tasks of all apps", spec.tags.named(&format!("{}-ecs-sg", spec.name)));
    let database = groups.group("database", "Database server", spec.tags.of("database"));

    for block in spec.allowed_cidr_blocks {
        let word = block.replace(['.', '/'], "-");
        groups.visitors(&load_balancer, &word, "Visitors", block);
    }
    for (word, address) in &spec.own_addresses {
        let block = interpolate!("{address}/32");
        groups.visitors(&load_balancer, word, "Tasks that call their own host name, through NAT", block);
    }
    groups.arrow("lb-to-tasks", "Load balancer to tasks", UNPRIVILEGED, &load_balancer, &tasks);
    let caches = spec.has_cache_servers.then(|| groups.group("caches", "Caches of the apps", spec.tags.of("caches")));
    match &caches {
        Some(caches) => groups.arrow("tasks-to-caches", "Tasks to caches", VALKEY, &tasks, caches),
        None => groups.arrow("tasks-to-caches", "Tasks to the caches among them", VALKEY, &tasks, &tasks),
    }
    groups.arrow("tasks-to-database", "Tasks to database server", POSTGRESQL, &tasks, &database);
    for port in spec.egress_ports {
        let (role, about) = (format!("tasks-to-port-{port}"), format!("Tasks to the internet at port {port}"));
        groups.lets_out(&role, &about, Ports(*port, *port), &tasks, ANYWHERE);
    }

    let bastion = spec.has_bastion.then(|| {
        let bastion = groups.group("bastion", "Bastion", spec.tags.of("bastion"));
        groups.arrow("bastion-to-database", "Bastion to database server", POSTGRESQL, &bastion, &database);
        groups.lets_out("bastion-to-https", "Bastion to Systems Manager", HTTPS, &bastion, ANYWHERE);
        bastion
    });
    let endpoints = spec.has_endpoints.then(|| {
        let endpoints = groups.group("endpoints", "Entrances to services of AWS", spec.tags.of("endpoints"));
        groups.lets_in("network-to-endpoints", "Everything in the VPC", HTTPS, &endpoints, spec.cidr_block);
        endpoints
    });
    SecurityGroups { load_balancer, tasks, database, caches, endpoints, bastion }
}

/// Makes groups and rules. Descriptions have none but the letters and signs that EC2 takes: no apostrophe.
struct Groups<'a> {
    cx: &'a Context,
    spec: &'a Spec<'a>,
}

impl Groups<'_> {
    fn group(&self, role: &str, description: &str, tags: BTreeMap<String, Output<String>>) -> Output<String> {
        let group = ec2::SecurityGroup::new(role).vpc_id(self.spec.vpc_id).description(description).tags(tags);
        group.register(self.cx).id
    }

    /// Visitors of the load balancer from a block of addresses; plain HTTP is answered with a redirect.
    fn visitors<B>(&self, to: &Output<String>, word: &str, who: &str, from: B)
    where
        B: IntoInput<String> + Clone,
    {
        self.lets_in(&format!("http-from-{word}"), &format!("{who}, to be sent to HTTPS"), HTTP, to, from.clone());
        self.lets_in(&format!("https-from-{word}"), who, HTTPS, to, from);
    }

    /// Connections from one group to another.
    fn arrow(&self, role: &str, description: &str, ports: Ports, from: &Output<String>, to: &Output<String>) {
        self.egress(role, description, ports, from).referenced_security_group_id(to).register(self.cx);
        self.ingress(role, description, ports, to).referenced_security_group_id(from).register(self.cx);
    }

    /// Connections from a group to a block of addresses.
    fn lets_out(&self, role: &str, description: &str, ports: Ports, from: &Output<String>, to: impl IntoInput<String>) {
        self.egress(role, description, ports, from).cidr_ipv4(to).register(self.cx);
    }

    /// Connections from a block of addresses to a group.
    fn lets_in(&self, role: &str, description: &str, ports: Ports, to: &Output<String>, from: impl IntoInput<String>) {
        self.ingress(role, description, ports, to).cidr_ipv4(from).register(self.cx);
    }

    fn egress(
        &self,
        role: &str,
        description: &str,
        Ports(from_port, to_port): Ports,
        group: &Output<String>,
    ) -> vpc::SecurityGroupEgressRule {
        vpc::SecurityGroupEgressRule::new(role)
            .security_group_id(group)
            .description(description)
            .ip_protocol("tcp")
            .from_port(from_port)
            .to_port(to_port)
            .tags(self.spec.tags.of(role))
    }

    fn ingress(
        &self,
        role: &str,
        description: &str,
        Ports(from_port, to_port): Ports,
        group: &Output<String>,
    ) -> vpc::SecurityGroupIngressRule {
        vpc::SecurityGroupIngressRule::new(role)
            .security_group_id(group)
            .description(description)
            .ip_protocol("tcp")
            .from_port(from_port)
            .to_port(to_port)
            .tags(self.spec.tags.of(role))
    }
}
