//! Cloud Map: names for what runs.

use std::collections::BTreeMap;

use pulumi_component::{objects, resources};

resources! {
    super::VERSION;

    /// A private zone of names in a VPC.
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace" PrivateDnsNamespace {
        description: String,
        name: String,
        tags: BTreeMap<String, String>,
        vpc: String,
    } => PrivateDnsNamespaceState {
        arn: String,
        name: String,
    }

    /// One name in such a zone.
    "aws:servicediscovery/service:Service" Service {
        description: String,
        dns_config: ServiceDnsConfig,
        force_destroy: bool,
        name: String,
        tags: BTreeMap<String, String>,
    } => ServiceState {
        arn: String,
        name: String,
    }
}

objects! {
    ServiceDnsConfig { dns_records: Vec<ServiceDnsConfigDnsRecord>, namespace_id: String, routing_policy: String }
    ServiceDnsConfigDnsRecord { ttl: u32, r#type: String }
}
