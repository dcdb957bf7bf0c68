//! DNS.

use pulumi_component::{functions, objects, resources};

resources! {
    super::VERSION;

    /// A record of a hosted zone.
    "aws:route53/record:Record" Record {
        aliases: Vec<RecordAlias>,
        allow_overwrite: bool,
        name: String,
        records: Vec<String>,
        ttl: u32,
        r#type: String,
        zone_id: String,
    } => RecordState {
        fqdn: String,
        name: String,
    }
}

objects! {
    RecordAlias { evaluate_target_health: bool, name: String, zone_id: String }
}

functions! {
    super::VERSION;

    /// A hosted zone, by its name.
    "aws:route53/getZone:getZone" GetZone {
        name: String,
        private_zone: bool,
    } => Zone {
        zone_id: String,
    }
}
