//! Secrets Manager.

use pulumi_component::functions;

functions! {
    super::VERSION;

    /// A random text, made by AWS.
    "aws:secretsmanager/getRandomPassword:getRandomPassword" GetRandomPassword {
        exclude_punctuation: bool,
        password_length: u32,
    } => RandomPassword {
        random_password: String,
    }
}
