//! What a preview is, whatever it was read from.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What an operation on a stack would do, or has done.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The stack's project, and the stack.
    pub project: String,
    /// See there.
    pub stack: String,
    /// Whether nothing was done.
    pub is_preview: bool,
    /// Why it is not whole.
    pub failure: Option<String>,
    /// What changes, the gravest first.
    pub changes: Vec<Change>,
    /// How many resources stay as they are, as the engine counts them.
    pub unchanged: u64,
    /// Warnings and errors.
    pub diagnostics: Vec<Diagnostic>,
}

impl Preview {
    /// `PROJECT/STACK`.
    pub fn name(&self) -> String {
        if self.project.is_empty() { self.stack.clone() } else { format!("{}/{}", self.project, self.stack) }
    }

    /// How many changes there are of each kind, the gravest first.
    pub fn totals(&self) -> BTreeMap<Operation, usize> {
        let mut totals = BTreeMap::new();
        for change in &self.changes {
            *totals.entry(change.operation.clone()).or_default() += 1;
        }
        totals
    }
}

/// What a program, a plugin or the engine has said.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Whether it is an error; else it is a warning.
    pub is_error: bool,
    /// Name of the resource that it is about, if it is about one.
    pub resource: Option<String>,
    /// The text.
    pub text: String,
}

/// What becomes of one resource. The gravest is first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// It goes.
    Delete,
    /// Another one takes its place.
    Replace,
    /// It changes.
    Update,
    /// A new revision of a task definition is registered; those before it stay.
    Revise,
    /// It is made.
    Create,
    /// It is there already, and becomes one of the stack.
    Import,
    /// It leaves the stack, and stays where it is.
    Forget,
    /// What this program does not know yet.
    Other(String),
}

impl Operation {
    /// Whether something is lost by it.
    pub fn is_destructive(&self) -> bool {
        matches!(self, Self::Delete | Self::Replace)
    }

    /// As it is said of what has been done.
    pub fn past(&self) -> &str {
        match self {
            Self::Delete => "deleted",
            Self::Replace => "replaced",
            Self::Update => "updated",
            Self::Create => "created",
            Self::Import => "imported",
            Self::Forget => "forgotten",
            Self::Revise | Self::Other(_) => self.word(),
        }
    }

    /// As it stands in a table.
    pub fn word(&self) -> &str {
        match self {
            Self::Delete => "delete",
            Self::Replace => "replace",
            Self::Update => "update",
            Self::Revise => "new revision",
            Self::Create => "create",
            Self::Import => "import",
            Self::Forget => "forget",
            Self::Other(word) => word,
        }
    }
}

/// What is lost by a change. The gravest is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Data, or a secret.
    Data,
    /// What can be made again, but not as it was.
    Unique,
    /// What can be made again.
    Resource,
    /// Nothing.
    Nothing,
}

/// What changes of one resource.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Which one.
    pub urn: String,
    /// Its type.
    pub token: String,
    /// URN of its parent.
    pub parent: String,
    /// The engine's own word for it, by which the digest goes.
    pub step: String,
    /// What becomes of it.
    pub operation: Operation,
    /// Whether it is what an earlier replacement has left behind.
    pub is_left_over: bool,
    /// Properties that differ, by path.
    pub differences: Vec<Difference>,
    /// Properties for which it is replaced.
    pub reasons: Vec<String>,
    /// What it is.
    pub old: State,
    /// What it shall be.
    pub new: State,
}

impl Default for Operation {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl Change {
    /// Its name in the program.
    pub fn name(&self) -> &str {
        name_of(&self.urn)
    }

    /// Whether data goes with it when it goes.
    pub fn holds_data(&self) -> bool {
        DATA.contains(&self.token.as_str()) && !self.is_derived() && !self.leaves_database()
    }

    /// Whether it is an address of an app, which is made again of a password that is kept beside it.
    fn is_derived(&self) -> bool {
        let role = self.name().strip_prefix(name_of(&self.parent));
        self.token == PARAMETER && self.is_of_app() && role.is_some_and(|it| DERIVED.contains(&it))
    }

    /// Whether it is a database that stays on its server when the resource goes.
    pub fn leaves_database(&self) -> bool {
        let said = self.old.get("dropOnDelete").or_else(|| self.new.get("dropOnDelete"));
        self.is_ours("AppDatabase") && said == Some(&false.into())
    }

    /// What is lost by it.
    pub fn loss(&self) -> Loss {
        match self.operation.is_destructive() {
            false => Loss::Nothing,
            true if self.holds_data() => Loss::Data,
            true if UNIQUE.contains(&self.token.as_str()) => Loss::Unique,
            true => Loss::Resource,
        }
    }

    /// Where it stands among others: by what is lost, then by its operation.
    pub fn rank(&self) -> (Loss, &Operation, &str, &str) {
        (self.loss(), &self.operation, &self.token, self.name())
    }

    /// Whether this property differs.
    pub fn differs(&self, path: &str) -> bool {
        self.differences.iter().any(|it| it.path == path)
    }

    /// Whether its parent is an app, which may be the child of another component.
    pub fn is_of_app(&self) -> bool {
        let marked = self.parent.replace("::aws-django", "::$aws-django");
        APPS.iter().any(|app| marked.contains(app))
    }

    /// Whether it is of this type of our own package.
    pub fn is_ours(&self, name: &str) -> bool {
        self.token.strip_prefix("aws-django:index:") == Some(name)
    }
}

/// One property that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Where, such as `tags.Name` or `rules[0].port`.
    pub path: String,
    /// The engine's word for it: `add`, `delete` or `update`, with `-replace` behind if the resource is replaced for it.
    pub kind: String,
    /// Whether it is compared with what the program said before, and not with what there is.
    pub of_inputs: bool,
}

impl Difference {
    /// Whether the resource is replaced for it.
    pub fn replaces(&self) -> bool {
        self.kind.ends_with("-replace")
    }
}

/// A resource at one time.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What the program says.
    pub inputs: Map<String, Value>,
    /// What there is.
    pub outputs: Map<String, Value>,
}

impl State {
    /// A property as the program says it, or else as it is.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.inputs.get(key).or_else(|| self.outputs.get(key))
    }
}

/// The last part of a URN.
pub fn name_of(urn: &str) -> &str {
    urn.splitn(4, "::").last().unwrap_or(urn)
}

/// Components that are apps.
const APPS: [&str; 2] = ["$aws-django:index:AdHocApp::", "$aws-django:index:ProdApp::"];

const PARAMETER: &str = "aws:ssm/parameter:Parameter";
/// Roles of an app's parameters that hold what is derived from others.
const DERIVED: [&str; 4] = ["-database-url", "-redis-url", "-celery-broker-url", "-celery-result-backend"];

/// Types of resources that can be made again, but not as they were: other resources and other people know them by what
/// AWS has given them.
pub const UNIQUE: [&str; 3] = ["aws:acm/certificate:Certificate", "aws:ec2/vpc:Vpc", "aws:route53/zone:Zone"];

/// Types of resources that hold data, or without which nobody reads it: what we register, and what projects add to it.
pub const DATA: [&str; 18] = [
    "aws-django:index:AppDatabase",
    "aws:backup/vault:Vault",
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:ebs/volume:Volume",
    "aws:ecr/repository:Repository",
    "aws:efs/fileSystem:FileSystem",
    "aws:elasticache/cluster:Cluster",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:kms/key:Key",
    "aws:opensearch/domain:Domain",
    "aws:rds/cluster:Cluster",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:secretsmanager/secret:Secret",
    "aws:sqs/queue:Queue",
    PARAMETER,
];
