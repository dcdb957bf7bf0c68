//! Systems Manager.

use std::collections::BTreeMap;

use pulumi_component::{functions, resources};

resources! {
    super::VERSION;

    /// A value in the parameter store.
    "aws:ssm/parameter:Parameter" Parameter {
        description: String,
        key_id: String,
        name: String,
        tags: BTreeMap<String, String>,
        r#type: String,
        value: String,
    } => ParameterState {
        arn: String,
        value: String,
        version: u32,
    }
}

functions! {
    super::VERSION;

    /// A parameter that somebody else keeps, such as the image ids that AWS publishes.
    "aws:ssm/getParameter:getParameter" GetParameter {
        name: String,
    } => FoundParameter {
        insecure_value: String,
    }
}
