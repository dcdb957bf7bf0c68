//! A VPC with public, private and isolated subnets in each of its zones.
//!
//! What is public has addresses of the internet, what is private gets out through NAT, and what is isolated has no
//! way out. The block of addresses is cut for four zones whatever their number, and everything of a zone is called
//! after its position, so that nothing moves when there are more or fewer of them.

use ipnet::Ipv4Net;
use pulumi_component::{Context, Error, Handle, Options, Output};

use crate::aws::ec2;
use crate::names::Tags;

/// What to build.
pub(crate) struct Spec<'a> {
    /// Addresses of the whole.
    pub(crate) cidr_block: &'a Output<String>,
    /// Names of the zones: at most four.
    pub(crate) zones: &'a [Output<String>],
    /// Zones that have a NAT gateway of their own, from the first one on. The others use that of the first.
    pub(crate) nat_gateway_count: usize,
    /// Whether the engine refuses to delete the VPC, if not as the component's own options say.
    pub(crate) protect: Option<bool>,
    pub(crate) tags: &'a Tags,
}

/// What others need of it.
pub(crate) struct Network {
    pub(crate) vpc_id: Output<String>,
    pub(crate) cidr_block: Output<String>,
    pub(crate) public_subnet_ids: Vec<Output<String>>,
    pub(crate) private_subnet_ids: Vec<Output<String>>,
    pub(crate) isolated_subnet_ids: Vec<Output<String>>,
    pub(crate) private_route_table_ids: Vec<Output<String>>,
    /// The NAT gateways, each by the letter of its zone.
    pub(crate) outbound: Vec<Outbound>,
    /// The route to the internet, for what AWS accepts only in a VPC that has one.
    pub(crate) internet: Handle,
}

/// A way out to the internet from private subnets.
pub(crate) struct Outbound {
    pub(crate) letter: char,
    /// The address that the other side sees.
    pub(crate) address: Output<String>,
    /// The route, for what needs the internet as soon as it starts.
    pub(crate) route: Handle,
}

/// The letters by which the positions of zones are called.
const LETTERS: [char; 4] = ['a', 'b', 'c', 'd'];

/// The parts of the block of addresses at which the subnets of each kind begin.
const PUBLIC: usize = 0;
const PRIVATE: usize = 4;
const ISOLATED: usize = 8;

/// Everywhere.
const INTERNET: &str = "0.0.0.0/0";

pub(crate) fn build(cx: &Context, spec: &Spec<'_>) -> Network {
    let vpc = ec2::Vpc::new("network")
        .cidr_block(spec.cidr_block)
        .enable_dns_support(true)
        .enable_dns_hostnames(true)
        .tags(spec.tags.of("network"))
        .register_with(cx, Options::default().protect(spec.protect));
    // Without rules, so that whatever is put into a VPC without a group can talk to nothing.
    ec2::DefaultSecurityGroup::new("default")
        .vpc_id(&vpc.id)
        .ingress(Vec::<ec2::DefaultSecurityGroupIngress>::new())
        .egress(Vec::<ec2::DefaultSecurityGroupEgress>::new())
        .tags(spec.tags.of("default"))
        .register(cx);
    let gateway = ec2::InternetGateway::new("internet").vpc_id(&vpc.id).tags(spec.tags.of("internet")).register(cx);

    let tables = Tables { cx, spec, vpc_id: &vpc.id };
    let public = tables.table("public");
    let internet = ec2::Route::new("public")
        .route_table_id(&public)
        .destination_cidr_block(INTERNET)
        .gateway_id(&gateway.id)
        .register(cx)
        .handle;
    let public_subnet_ids = tables.subnets("public", PUBLIC, &[public]);

    let mut private = Vec::new();
    let mut outbound = Vec::new();
    for ((letter, subnet), _) in LETTERS.into_iter().zip(&public_subnet_ids).zip(0..spec.nat_gateway_count) {
        let table = tables.table(&format!("private-{letter}"));
        outbound.push(nat(cx, spec, letter, subnet, &table, &internet));
        private.push(table);
    }
    let private_subnet_ids = tables.subnets("private", PRIVATE, &private);
    let isolated_subnet_ids = tables.subnets("isolated", ISOLATED, &[tables.table("isolated")]);

    Network {
        vpc_id: vpc.id,
        cidr_block: vpc.cidr_block,
        public_subnet_ids,
        private_subnet_ids,
        isolated_subnet_ids,
        private_route_table_ids: private,
        outbound,
        internet,
    }
}

/// A NAT gateway in a public subnet, and the route to it from a private one.
fn nat(
    cx: &Context,
    spec: &Spec<'_>,
    letter: char,
    subnet_id: &Output<String>,
    route_table_id: &Output<String>,
    internet: &Handle,
) -> Outbound {
    let role = format!("outbound-{letter}");
    let address = ec2::Eip::new(&role).domain("vpc").tags(spec.tags.of(&role)).register(cx);
    let gateway = ec2::NatGateway::new(&role)
        .connectivity_type("public")
        .subnet_id(subnet_id)
        .allocation_id(&address.allocation_id)
        .tags(spec.tags.of(&role))
        // A public NAT gateway fails in a VPC without an internet gateway, which in turn cannot be detached while
        // an address of the VPC is in use.
        .register_with(cx, Options::default().depends_on([internet.clone()]));
    let route = ec2::Route::new(format!("private-{letter}"))
        .route_table_id(route_table_id)
        .destination_cidr_block(INTERNET)
        .nat_gateway_id(&gateway.id)
        .register(cx)
        .handle;
    Outbound { letter, address: address.public_ip, route }
}

/// Makes the subnets of a kind and their route tables.
struct Tables<'a> {
    cx: &'a Context,
    spec: &'a Spec<'a>,
    vpc_id: &'a Output<String>,
}

impl Tables<'_> {
    fn table(&self, role: &str) -> Output<String> {
        ec2::RouteTable::new(role).vpc_id(self.vpc_id).tags(self.spec.tags.of(role)).register(self.cx).id
    }

    /// One subnet in each zone, with the route table of its zone, or with the first one where it has none.
    fn subnets(&self, kind: &str, first_part: usize, route_tables: &[Output<String>]) -> Vec<Output<String>> {
        let zones = LETTERS.into_iter().zip(self.spec.zones).enumerate();
        zones
            .map(|(position, (letter, zone))| {
                let role = format!("{kind}-{letter}");
                let subnet = ec2::Subnet::new(&role)
                    .vpc_id(self.vpc_id)
                    .availability_zone(zone)
                    .cidr_block(part(self.spec.cidr_block, first_part + position))
                    .map_public_ip_on_launch(false)
                    .tags(self.spec.tags.of(&role))
                    // A subnet stays in the zone in which AWS made it: a zone that AWS adds to the region, and that
                    // comes earlier in the order of names, must not replace it.
                    .register_with(self.cx, Options::default().ignore_changes(&["availability_zone"]));
                let table = route_tables.get(position).or_else(|| route_tables.first());
                ec2::RouteTableAssociation::new(role).subnet_id(&subnet.id).route_table_id(table).register(self.cx);
                subnet.id
            })
            .collect()
    }
}

/// One of the sixteen equal parts of a block of addresses.
fn part(block: &Output<String>, index: usize) -> Output<String> {
    block.try_map(move |block: String| {
        let part = block.parse().ok().and_then(|block: Ipv4Net| block.subnets(block.prefix_len() + 4).ok()?.nth(index));
        let part = part.map(|part| part.to_string());
        part.ok_or_else(|| Error::Bug(format!("`{block}` cannot be cut into sixteen parts")))
    })
}
