//! `AdHocBase` over the fake monitor.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use pulumi_component::testing::{Run, value};
use pulumi_component::value::{Eventual, PropertyMap, Value};
use serde_json::{Value as Json, json};

use super::{added, changes, construct_with, is_previewed, names, preview, problems, snapshot, text, up, waits_for};
use crate::components::ad_hoc_base::AdHocBase;
use crate::components::base::rules::zone_at;

const NAME: &str = "dev";
const NULL: &str =
    "is null, but whether it is given decides what is created: give a value, or leave it out in the program";

pub(super) fn minimal() -> Json {
    json!({"domainName": "example.com"})
}

/// The minimal arguments and these.
fn with(more: Json) -> Json {
    let (Json::Object(mut args), Json::Object(more)) = (minimal(), more) else { panic!("arguments are an object") };
    args.extend(more);
    Json::Object(args)
}

pub(super) fn everything() -> Json {
    json!({
        "domainName": "dev.example.com",
        "zoneId": "Z0GIVEN",
        "certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/1",
        "cidrBlock": "172.20.0.0/20",
        "availabilityZoneCount": 3,
        "natGateways": "PerAvailabilityZone",
        "interfaceEndpoints": ["ecr.api", "logs"],
        "allowedCidrBlocks": ["203.0.113.0/24", "198.51.100.7/32"],
        "egressPorts": [443, 465],
        "database": {"instanceClass": "db.t4g.small", "engineVersion": "16", "storageGib": 400, "maxStorageGib": 1000},
        "bastion": true,
        "logRetentionDays": 30,
        "tags": {"team": "shop"},
    })
}

fn run(args: Json) -> Run {
    up::<AdHocBase>(NAME, args).expect("the arguments are right")
}

#[test]
fn identities_are_a_public_contract() {
    let Json::Object(mut args) = everything() else { panic!("arguments are an object") };
    // Without it there is a certificate, and what belongs to it, too.
    args.remove("certificateArn");
    snapshot("ad_hoc_base_identity", &run(Json::Object(args)).identities());
}

#[test]
fn a_minimal_base_in_full() {
    snapshot("ad_hoc_base_minimal", &run(minimal()).text());
}

#[test]
fn a_base_with_everything_set_in_full() {
    snapshot("ad_hoc_base_everything", &run(everything()).text());
}

#[test]
fn variants_differ_from_the_minimal_base_in_what_they_say() {
    let before = run(minimal());
    let variants = [
        ("nat_per_zone", json!({"natGateways": "PerAvailabilityZone"})),
        ("four_zones", json!({"availabilityZoneCount": 4})),
        ("bastion", json!({"bastion": true})),
        ("certificate_given", json!({"certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/1"})),
        ("zone_given", json!({"zoneId": "Z0GIVEN"})),
        ("endpoints", json!({"interfaceEndpoints": ["ecr.api", "logs"]})),
        ("one_port", json!({"egressPorts": [443]})),
        ("striped_storage", json!({"database": {"storageGib": 400, "maxStorageGib": 400}})),
    ];
    for (variant, args) in variants {
        snapshot(&format!("ad_hoc_base_{variant}"), &changes(&before, &run(with(args))));
    }
}

#[test]
fn a_preview_registers_what_an_update_registers() {
    for args in [minimal(), everything()] {
        is_previewed::<AdHocBase>(NAME, &args);
    }
}

#[test]
fn what_a_preview_does_not_know_yet() {
    let run = preview::<AdHocBase>(NAME, minimal()).expect("a preview");
    let mut text = String::new();
    let outputs = ("", "outputs", &run.outputs);
    let children = run.children.iter().map(|child| (child.token.as_str(), child.name.as_str(), &child.inputs));
    for (token, name, properties) in children.chain([outputs]) {
        let unknown = properties.iter().filter(|(_, value)| value.flatten().value.is_none());
        let unknown: Vec<_> = unknown.map(|(property, _)| property.as_str()).collect();
        let _ = writeln!(text, "{token} {name}: {}", unknown.join(", "));
    }
    snapshot("ad_hoc_base_preview", &text);
}

#[test]
fn a_third_zone_adds_its_subnets_and_their_associations_and_nothing_else() {
    let added = added(&run(minimal()), &run(with(json!({"availabilityZoneCount": 3}))));
    assert_eq!(
        added,
        [
            "aws:ec2/routeTableAssociation:RouteTableAssociation dev-isolated-c",
            "aws:ec2/routeTableAssociation:RouteTableAssociation dev-private-c",
            "aws:ec2/routeTableAssociation:RouteTableAssociation dev-public-c",
            "aws:ec2/subnet:Subnet dev-isolated-c",
            "aws:ec2/subnet:Subnet dev-private-c",
            "aws:ec2/subnet:Subnet dev-public-c",
        ]
    );
}

#[test]
fn another_number_of_zones_moves_no_subnet() {
    let subnet = "aws:ec2/subnet:Subnet";
    let (two, four) = (run(minimal()), run(with(json!({"availabilityZoneCount": 4}))));
    for name in names(&two, subnet) {
        assert_eq!(two.child(subnet, name).inputs, four.child(subnet, name).inputs, "{name}");
    }
}

#[test]
fn the_block_is_cut_into_sixteen_parts_for_four_zones() {
    let run = run(with(json!({"cidrBlock": "10.1.0.0/22", "availabilityZoneCount": 4})));
    let block = |name: &str| text(&run, "aws:ec2/subnet:Subnet", name, "cidrBlock");
    assert_eq!(block("dev-public-a"), "10.1.0.0/26");
    assert_eq!(block("dev-public-d"), "10.1.0.192/26");
    assert_eq!(block("dev-private-a"), "10.1.1.0/26");
    assert_eq!(block("dev-isolated-d"), "10.1.2.192/26");
}

#[test]
fn a_zone_that_aws_adds_moves_no_subnet() {
    let run = run(minimal());
    for name in names(&run, "aws:ec2/subnet:Subnet") {
        assert_eq!(run.child("aws:ec2/subnet:Subnet", name).ignore_changes, ["availabilityZone"], "{name}");
    }
}

#[test]
fn zones_come_in_the_order_of_their_names_and_are_counted() {
    let names = ["eu-west-1c", "eu-west-1a"].map(str::to_owned).to_vec();
    assert_eq!(zone_at(names.clone(), 0).as_deref(), Ok("eu-west-1a"));
    assert_eq!(zone_at(names.clone(), 1).as_deref(), Ok("eu-west-1c"));
    let reason = "must be at most 2: the region has no more zones without opt-in";
    assert_eq!(zone_at(names, 2), Err(reason.to_owned()));
}

#[test]
fn what_needs_the_internet_waits_for_its_gateway() {
    let run = run(with(json!({"bastion": true})));
    assert_eq!(text(&run, "aws:ec2/route:Route", "dev-public", "gatewayId"), "[InternetGateway dev-internet: id]");
    for (token, name) in
        [("aws:lb/loadBalancer:LoadBalancer", "dev-lb"), ("aws:ec2/natGateway:NatGateway", "dev-outbound-a")]
    {
        let after = &run.child(token, name).dependencies;
        assert!(after.iter().any(|urn| urn.ends_with("aws:ec2/route:Route::dev-public")), "{name} waits for {after:?}");
    }
    let after = &run.child("aws:ec2/instance:Instance", "dev-bastion").dependencies;
    assert!(
        after.iter().any(|urn| urn.ends_with("aws:ec2/route:Route::dev-private-a")),
        "the bastion waits for {after:?}"
    );
}

#[test]
fn the_database_waits_for_its_log_groups() {
    let waits_for = waits_for(&run(minimal()), "aws:rds/instance:Instance", "dev-database");
    for group in ["dev-database-postgresql", "dev-database-upgrade"] {
        assert!(waits_for.contains(&group.to_owned()), "{waits_for:?}");
    }
}

#[test]
fn only_private_subnets_have_private_in_their_names() {
    let run = run(with(json!({"availabilityZoneCount": 4})));
    for child in run.children.iter().filter(|child| child.token == "aws:ec2/subnet:Subnet") {
        let Some(Value::Object(tags)) = child.inputs.get("tags") else { panic!("{} has no tags", child.name) };
        let Some(Value::String(name)) = tags.get("Name") else { panic!("{} has no name", child.name) };
        assert_eq!(name.contains("private"), child.name.contains("-private-"), "{name}");
    }
}

#[test]
fn tags_are_on_every_child_that_takes_them() {
    let run = run(everything());
    let plain = [
        "aws:acm/certificateValidation:CertificateValidation",
        "aws:ec2/route:Route",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:route53/record:Record",
        "aws-django:index:DeletionProtection",
    ];
    for child in run.children.iter().filter(|child| !plain.contains(&child.token.as_str())) {
        let Some(Value::Object(tags)) = child.inputs.get("tags") else { panic!("{} has no tags", child.name) };
        assert_eq!(tags.get("env"), Some(&Value::from(NAME)), "{}", child.name);
        assert_eq!(tags.get("team"), Some(&Value::from("shop")), "{}", child.name);
        assert!(tags.contains_key("Name"), "{}", child.name);
    }
}

#[test]
fn every_rule_lets_through_tcp_at_named_ports_and_says_what_for() {
    let run = run(everything());
    let rules = run.children.iter().filter(|child| child.token.starts_with("aws:vpc/securityGroup"));
    for rule in rules {
        assert_eq!(rule.inputs.get("ipProtocol"), Some(&Value::from("tcp")), "{}", rule.name);
        let Some(Value::String(what)) = rule.inputs.get("description") else { panic!("{} says nothing", rule.name) };
        // The letters and signs that EC2 takes in a description.
        assert!(what.chars().all(|c| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c)), "{what}");
    }
}

#[test]
fn a_certificate_that_turns_out_to_be_null_is_an_error() {
    let certificate = |arn: Option<Value>| {
        let later = Eventual {
            value: arn,
            dependencies: ["urn:pulumi:stack::project::other::x".to_owned()].into(),
            secret: false,
        };
        let Value::Object(mut args) = value(minimal()) else { panic!("arguments are an object") };
        args.insert("certificateArn".to_owned(), Value::Eventual(Box::new(later)));
        args
    };
    let unknown = construct_with::<AdHocBase>(NAME, certificate(None), true).expect("it may come later");
    assert_eq!(names(&unknown, "aws:acm/certificate:Certificate"), Vec::<&str>::new());
    let null = construct_with::<AdHocBase>(NAME, certificate(Some(Value::Null)), false);
    assert_eq!(null.err().map(|error| error.to_string()), Some(format!("`certificateArn` {NULL}")));
}

#[test]
fn what_is_unknown_in_a_preview_is_taken_as_it_comes() {
    let mut args = PropertyMap::new();
    for name in ["domainName", "zoneId", "cidrBlock", "logRetentionDays", "database"] {
        args.insert(name.to_owned(), Value::unknown());
    }
    let unknown = construct_with::<AdHocBase>(NAME, args, true).expect("all of it may come later");
    let known = preview::<AdHocBase>(NAME, with(json!({"zoneId": "Z0GIVEN"}))).expect("a preview");
    assert_eq!(unknown.identities(), known.identities());
}

#[test]
fn the_port_forward_command_can_be_pasted() {
    let run = run(with(json!({"bastion": true})));
    let Some(Value::String(command)) =
        run.outputs.get("portForwardCommand").map(|value| value.flatten().value.unwrap_or(Value::Null))
    else {
        panic!("there is no command")
    };
    assert_eq!(command, "aws-django tunnel dev --region eu-west-1");
}

#[test]
fn names_that_aws_or_other_tools_do_not_take_are_refused() {
    let cases = [
        (
            "Dev",
            "must consist of lower-case letters, digits and single hyphens, with a letter first and no hyphen last",
        ),
        ("a-base-with-a-long-name", "has 23 characters, but at most 20 fit into the names that AWS takes"),
        (
            "my-private-base",
            "must not contain `private`: delivery pipelines find the private subnets, and only them, by it; choose another \
             name",
        ),
    ];
    for (name, reason) in cases {
        assert_eq!(problems::<AdHocBase>(name, minimal()), [format!(": the component's name `{name}` {reason}")]);
    }
}

/// Each of these arguments has one problem, at this place and with this reason.
fn refuses<const N: usize>(cases: [(Json, &str, &str); N]) {
    super::refuses::<AdHocBase>(NAME, cases.map(|(args, place, reason)| (with(args), place, reason)));
}

#[test]
fn addresses_and_zones_that_aws_does_not_take_are_refused() {
    let size = "must be between /16 and /22: AWS takes no larger network, and a smaller one has too few addresses for its \
                subnets";
    let private =
        "must be private addresses, within one of `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`, `100.64.0.0/10`";
    let ipv4 = "must be a block of IPv4 addresses, such as `10.0.0.0/16`";
    let allowed = "must be a block of IPv4 addresses, such as `203.0.113.0/24`";
    let (ipv4_one, allowed_one) =
        (&format!("{ipv4}; for one address add `/32`"), &format!("{allowed}; for one address add `/32`"));
    let first = "must be the first address of a block and its length; write";
    let (network, office) = (&format!("{first} `10.0.0.0/16`"), &format!("{first} `203.0.113.0/24`"));
    let service = "must be a service as AWS calls it behind `com.amazonaws.<region>.`, such as `ecr.api`";
    let always = "is always there, without cost, as a gateway endpoint; remove it here";
    let twice = "is there twice; remove one of them";
    let zones = "must be 2, 3 or 4";
    refuses([
        (json!({"cidrBlock": "10.0.0.0"}), "cidrBlock", ipv4_one),
        (json!({"cidrBlock": "all"}), "cidrBlock", ipv4),
        (json!({"cidrBlock": "10.0.0.0/15"}), "cidrBlock", size),
        (json!({"cidrBlock": "10.0.0.0/23"}), "cidrBlock", size),
        (json!({"cidrBlock": "10.0.1.0/16"}), "cidrBlock", network),
        (json!({"cidrBlock": "8.8.0.0/16"}), "cidrBlock", private),
        (json!({"availabilityZoneCount": 1}), "availabilityZoneCount", zones),
        (json!({"availabilityZoneCount": 5}), "availabilityZoneCount", zones),
        (json!({"interfaceEndpoints": ["com.amazonaws.eu-west-1.logs"]}), "interfaceEndpoints[0]", service),
        (json!({"interfaceEndpoints": ["logs", "s3"]}), "interfaceEndpoints[1]", always),
        (json!({"interfaceEndpoints": ["logs", "logs"]}), "interfaceEndpoints[1]", twice),
        (json!({"allowedCidrBlocks": ["203.0.113.7"]}), "allowedCidrBlocks[0]", allowed_one),
        (json!({"allowedCidrBlocks": ["0.0.0.0/0", "::/0"]}), "allowedCidrBlocks[1]", allowed),
        (json!({"allowedCidrBlocks": ["203.0.113.7/24"]}), "allowedCidrBlocks[0]", office),
        (json!({"allowedCidrBlocks": ["10.0.0.0/8", "10.0.0.0/8"]}), "allowedCidrBlocks[1]", twice),
    ]);
}

#[test]
fn other_arguments_that_aws_does_not_take_are_refused() {
    let domain = "must be a domain name such as `dev.example.com`, in lower case and without a dot at its end";
    let certificate = "must be the ARN of a certificate in ACM";
    let class = "must be a class of RDS, such as `db.t4g.micro`";
    let major = "must be a major version of PostgreSQL from `15` on, such as `17`; RDS chooses the minor version";
    let storage = "must be from 20 to 65536, the sizes of gp3 storage that RDS takes for PostgreSQL";
    let days = "must be one of the numbers of days that CloudWatch takes: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, \
                400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653";
    let grown = |size: u32, least: u32| {
        format!(
            "must be `{size}`, the `storageGib`, if the storage shall not grow by itself, or at least `{least}`, a tenth more"
        )
    };
    let (grows_to_105, grows_to_22) = (&grown(95, 105), &grown(20, 22));
    let too_long = format!("{}.example.com", "a".repeat(53));
    let common_name = "has 65 characters, but ACM issues certificates for at most 64: give a shorter one, or a certificate \
                       of your own as `certificateArn`";
    let lacks_https = "lacks 443, by which tasks pull their images, read their secrets and write their logs: add it";
    let too_many_ports = "has more than 50 ports; AWS takes 60 rules in a security group";
    let set_here = "is set here, and IAM takes no two keys that differ by case alone: remove it, or rename it";
    let own_tag = |key: &str, own: &str| format!("has the key `{key}`, but `{own}` {set_here}");
    let (env_tag, name_tag) = (&own_tag("Env", "env"), &own_tag("NAME", "Name"));
    let count_tag = &own_tag("Desired-Count", "desired-count");
    let equal_tags = "has the keys `Team` and `team`, but IAM takes no two that differ by case alone: remove one";
    let reserved = "has the key `aws:team`, but AWS keeps keys that begin with `aws:` to itself: rename it";
    let version = env!("CARGO_PKG_VERSION");
    let nearest = &format!("is not known to aws-django v{version}; did you mean `natGateways`");
    refuses([
        (json!({"domainName": "Example.com"}), "domainName", domain),
        (json!({"domainName": "example.com."}), "domainName", domain),
        (json!({"domainName": "localhost"}), "domainName", domain),
        (json!({"certificateArn": "1234"}), "certificateArn", certificate),
        (json!({"database": {"instanceClass": "t4g.micro"}}), "database.instanceClass", class),
        (json!({"database": {"engineVersion": "17.2"}}), "database.engineVersion", major),
        (json!({"database": {"engineVersion": "9"}}), "database.engineVersion", major),
        (json!({"database": {"engineVersion": "14"}}), "database.engineVersion", major),
        (json!({"database": {"storageGib": 95}}), "database.maxStorageGib", grows_to_105),
        (json!({"database": {"maxStorageGib": 21}}), "database.maxStorageGib", grows_to_22),
        (json!({"domainName": too_long}), "domainName", common_name),
        (json!({"egressPorts": [587]}), "egressPorts", lacks_https),
        (json!({"egressPorts": [443, 0]}), "egressPorts[1]", "must be a port from 1 to 65535"),
        (json!({"egressPorts": [443, 25, 443]}), "egressPorts[2]", "is there twice; remove one of them"),
        (json!({"egressPorts": (400..451).collect::<Vec<_>>()}), "egressPorts", too_many_ports),
        (json!({"tags": {"Env": "x"}}), "tags", env_tag),
        (json!({"tags": {"NAME": "x"}}), "tags", name_tag),
        (json!({"tags": {"Desired-Count": "1"}}), "tags", count_tag),
        (json!({"tags": {"Team": "x", "team": "y"}}), "tags", equal_tags),
        (json!({"database": {"storageGib": 19}}), "database.storageGib", storage),
        (json!({"database": {"storageGib": 65_537}}), "database.storageGib", storage),
        (json!({"logRetentionDays": 8}), "logRetentionDays", days),
        (json!({"tags": {"aws:team": "shop"}}), "tags", reserved),
        (json!({"natGateway": "Single"}), "natGateway", nearest),
    ]);
}

#[test]
fn all_problems_are_told_at_once() {
    let args = json!({
        "domainName": "here", "cidrBlock": "10.0.0.0/8", "availabilityZoneCount": 7, "allowedCidrBlocks": ["here"], "bastion": "yes",
        "database": {"storageGib": 1},
    });
    let told = problems::<AdHocBase>(NAME, args);
    let places: Vec<_> = told.iter().filter_map(|problem| problem.split(": ").next()).collect();
    let expected =
        ["domainName", "cidrBlock", "availabilityZoneCount", "allowedCidrBlocks[0]", "database.storageGib", "bastion"];
    assert_eq!(BTreeSet::from_iter(places), BTreeSet::from(expected), "{told:?}");
}

#[test]
fn a_long_domain_is_right_with_a_certificate_of_ones_own() {
    let domain = format!("{}.example.com", "a".repeat(60));
    let arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1";
    assert_eq!(problems::<AdHocBase>(NAME, json!({"domainName": domain, "certificateArn": arn})), Vec::<String>::new());
}
