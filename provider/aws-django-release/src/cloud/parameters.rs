//! Parameters of Systems Manager, for whoever keeps secrets in them.

use std::fmt;

use async_trait::async_trait;

use super::{Millis, Result, Tags};

/// Systems Manager. No value is ever answered.
#[async_trait]
pub trait Parameters: Send + Sync {
    /// `DescribeParameters`: those right below a path, such as `/dev/alpha`.
    async fn describe_parameters(&self, path: &str) -> Result<Vec<Parameter>>;
    /// `ListTagsForResource` of a parameter.
    async fn parameter_tags(&self, name: &str) -> Result<Tags>;
    /// `PutParameter` of an encrypted one: its new version. No error shows the value.
    async fn put_parameter(&self, put: &PutParameter) -> Result<i64>;
    /// `DeleteParameter`.
    async fn delete_parameter(&self, name: &str) -> Result<()>;
}

/// A parameter, without its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, with its path.
    pub name: String,
    /// Whether its value is encrypted.
    pub is_secure: bool,
    /// The key that encrypts it: an id, an ARN or an alias.
    pub key: Option<String>,
    /// What its value may be long, as AWS calls that: `Standard`, `Advanced`.
    pub tier: Option<String>,
    /// How often it was set.
    pub version: i64,
    /// When it was set last.
    pub at: Millis,
}

/// A parameter to set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutParameter {
    /// Its name, with its path.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The key that encrypts it, if it is not AWS's own.
    pub key: Option<String>,
    /// As AWS calls it; `None` is what the account has set.
    pub tier: Option<String>,
    /// Its tags if it is a new one; `None` if it takes the place of one.
    pub tags: Option<Tags>,
}

/// A value that nothing shows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Value(pub String);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(…)")
    }
}
