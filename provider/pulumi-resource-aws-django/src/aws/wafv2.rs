//! Web application firewalls.

use pulumi_component::resources;

resources! {
    super::VERSION;

    /// Whose requests the rules of a web ACL look at.
    "aws:wafv2/webAclAssociation:WebAclAssociation" WebAclAssociation {
        resource_arn: String,
        web_acl_arn: String,
    } => WebAclAssociationState {}
}
