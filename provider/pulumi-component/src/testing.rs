//! For tests of packages, with the feature `testing`: a monitor that only notes what a component asks of it ([`run`]),
//! what a custom resource or a function sees of a deployment ([`operation`]), and the schema of a package to hold tables
//! and registrations against ([`Pinned`]).
//!
//! The feature `testing-engine` adds a small engine that starts a plugin as a process. Its types are those of the wire,
//! which may change with any version; it is for this framework's own tests.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that asks for what is not there has failed")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::component::Component;
use crate::construct::Request;
use crate::error::Error;
use crate::monitor::{Alias, Answer, Feature, Features, Invocation, Monitor, Registered, Registration};
use crate::operation::{Display, Operation, Session, Severity};
use crate::provider::Provider;
use crate::value::{Eventual, PropertyMap, Value};

mod pinned;

#[cfg(any(test, feature = "testing-engine"))]
pub mod engine;
#[cfg(any(test, feature = "testing-engine"))]
pub mod plugin;
#[cfg(any(test, feature = "testing-engine"))]
pub mod values;

pub use pinned::Pinned;

#[cfg(any(test, feature = "testing-engine"))]
pub use crate::generated::pulumirpc as proto;
#[cfg(any(test, feature = "testing-engine"))]
pub use tonic::{Code, Status};

/// What a provider answers: the outputs of a resource, or the result of a function, beyond its inputs.
type Answers = dyn Fn(&str, &str, &PropertyMap) -> PropertyMap + Send + Sync;

/// A run of one component over the fake monitor.
#[non_exhaustive]
pub struct Run {
    /// The component's own registration.
    pub own: Registration,
    /// The children, by type and name.
    pub children: Vec<Registration>,
    /// The functions that were called, by token.
    pub invocations: Vec<Invocation>,
    /// The component's outputs, without those that are nothing.
    pub outputs: PropertyMap,
}

/// What is asked of a component.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// Its token, name, inputs and options. The rest of its registration follows from these.
    pub own: Registration,
    /// Whether it is a preview.
    pub preview: bool,
    /// The stack's configuration, by keys such as `package:name`.
    pub config: BTreeMap<String, String>,
}

impl Asked {
    /// A component that registers itself so, in an update of a stack without configuration.
    pub fn new(own: Registration) -> Self {
        Self { own, preview: false, config: BTreeMap::new() }
    }

    /// The component `C` of that name, with arguments as a program gives them; otherwise as [`Asked::new`].
    ///
    /// # Panics
    /// If the arguments are no object.
    pub fn component<C: Component>(name: &str, arguments: serde_json::Value) -> Self {
        let Value::Object(inputs) = value(arguments) else { panic!("arguments are an object") };
        Self::new(Registration::of_component(C::TOKEN, name, inputs))
    }
}

/// Constructs a component.
///
/// `answers` says what a resource (its type, its name, its inputs) or a function (its token, nothing, its
/// arguments) answers in an update; in a preview nothing is known that is not an input.
///
/// # Errors
/// The error with which the request ends, nothing was registered then; or what is wrong with the package's schema.
///
/// # Panics
/// If the request fails after it has registered something for another reason than the monitor's.
pub fn run(
    provider: &Provider,
    asked: Asked,
    answers: impl Fn(&str, &str, &PropertyMap) -> PropertyMap + Send + Sync + 'static,
) -> Result<Run, Error> {
    provider.schema()?;
    let Asked { own, preview, config } = asked;
    let monitor = Arc::new(Fake { answers: Arc::new(answers), preview, noted: Mutex::default() });
    let dependencies = own.inputs.iter().map(|(key, value)| (key.clone(), value.dependencies())).collect();
    let registration = Registration { property_dependencies: dependencies, ..own };
    let request = Request { registration, dry_run: preview, config };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Bug(error.to_string()))?;
    let constructed = runtime.block_on(provider.construct(request, monitor.clone()));
    let mut noted = std::mem::take(&mut *monitor.noted.lock().unwrap_or_else(PoisonError::into_inner));
    match constructed {
        Ok(constructed) => {
            let own = noted.registrations.remove(0);
            noted.registrations.sort_by_key(|registration| (registration.token.clone(), registration.name.clone()));
            noted.invocations.sort_by_key(|invocation| invocation.token.clone());
            let Noted { registrations: children, invocations } = noted;
            let outputs = constructed.outputs.into_iter().filter(|(_, value)| !value.is_null()).collect();
            Ok(Run { own, children, invocations, outputs })
        }
        Err(error) => {
            assert!(noted.registrations.is_empty(), "something was registered before this was reported: {error}");
            Err(error)
        }
    }
}

/// What a custom resource or a function of a package that is configured so sees of a deployment in which nobody
/// interrupts it. What it shows is lost.
pub fn operation<C>(config: C) -> Operation<C> {
    let session =
        Session { urn: String::new(), timeout: None, cancelled: CancellationToken::new(), display: Arc::new(Nowhere) };
    Operation::new(Arc::new(config), session)
}

impl Run {
    /// The child of that type and name.
    ///
    /// # Panics
    /// If there is none; the text lists those that there are.
    pub fn child(&self, token: &str, name: &str) -> &Registration {
        let found = self.children.iter().find(|child| child.token == token && child.name == name);
        found.unwrap_or_else(|| panic!("no `{name}` of type `{token}` among\n{}", self.identities()))
    }

    /// The identities of all children, one a line: type and name. A line that changes is a replacement.
    pub fn identities(&self) -> String {
        let lines: Vec<_> = self.children.iter().map(|child| format!("{} {}", child.token, child.name)).collect();
        lines.join("\n") + "\n"
    }

    /// Everything that was registered, as text to be read by people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for child in &self.children {
            let _ = writeln!(text, "{} {}", child.token, child.name);
            for option in options(child) {
                let _ = writeln!(text, "    ({option})");
            }
            write_properties(&mut text, 1, &child.inputs);
        }
        text.push_str("outputs\n");
        write_properties(&mut text, 1, &self.outputs);
        text
    }
}

/// The options of a registration that are not the usual ones, each of several resources and properties by itself.
fn options(child: &Registration) -> Vec<String> {
    let indirect: Vec<_> = child.property_dependencies.values().flatten().collect();
    let after = child.dependencies.iter().filter(|urn| !indirect.contains(urn));
    let after = after.map(|urn| format!("after {}", short(urn)));
    let with = child.replace_with.iter().map(|urn| format!("replaced with {}", short(urn)));
    let ignored = child.ignore_changes.iter().map(|property| format!("ignoring {property}"));
    let secret = child.additional_secret_outputs.iter().map(|property| format!("secret {property}"));
    let once = child.aliases.iter().map(|alias| format!("once {}", former(alias)));
    let flags = [
        ("protected", child.protect == Some(true)),
        ("never protected", child.protect == Some(false)),
        ("retained", child.retain_on_delete == Some(true)),
        ("deleted before replaced", child.delete_before_replace == Some(true)),
    ];
    let flags = flags.into_iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag.to_owned());
    after.chain(with).chain(ignored).chain(secret).chain(once).chain(flags).collect()
}

/// What a resource was before, as far as it was something else.
fn former(alias: &Alias) -> String {
    match alias {
        Alias::Urn(urn) => short(urn),
        Alias::Spec { name, token, .. } => {
            [token, name].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
        }
    }
}

/// A URN as type's last part and name.
fn short(urn: &str) -> String {
    let mut parts = urn.rsplit("::");
    let (name, chain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{} {name}", chain.rsplit(':').next().unwrap_or_default())
}

fn write_properties(text: &mut String, depth: usize, properties: &PropertyMap) {
    for (name, value) in properties {
        let _ = write!(text, "{}{name}:", "    ".repeat(depth));
        write_value(text, depth, value);
    }
}

fn write_value(text: &mut String, depth: usize, value: &Value) {
    match value {
        Value::Object(map) if map.is_empty() => text.push_str(" {}\n"),
        Value::Object(map) => {
            text.push('\n');
            write_properties(text, depth + 1, map);
        }
        Value::Array(items) if items.is_empty() => text.push_str(" []\n"),
        Value::Array(items) => {
            text.push('\n');
            for item in items {
                let _ = write!(text, "{}-", "    ".repeat(depth + 1));
                write_value(text, depth + 1, item);
            }
        }
        Value::Eventual(eventual) => match &**eventual {
            Eventual { value: None, .. } => text.push_str(" [unknown]\n"),
            Eventual { secret: true, .. } => text.push_str(" [secret]\n"),
            Eventual { value: Some(value), .. } => write_value(text, depth, value),
        },
        Value::String(line) => match serde_json::from_str::<serde_json::Value>(line) {
            // A JSON document is read more easily when it is spread out.
            Ok(json) if json.is_object() || json.is_array() => {
                let spread = serde_json::to_string_pretty(&json).unwrap_or_default();
                let indent = format!("\n{}", "    ".repeat(depth + 1));
                let _ = writeln!(text, " JSON{indent}{}", spread.replace('\n', &indent));
            }
            _ => {
                let indent = format!("\n{}| ", "    ".repeat(depth + 1));
                let _ = writeln!(text, " {}", line.replace('\n', &indent));
            }
        },
        Value::Null => text.push_str(" null\n"),
        Value::Bool(value) => drop(writeln!(text, " {value}")),
        Value::Number(value) => drop(writeln!(text, " {value}")),
        Value::Asset(_) => text.push_str(" [asset]\n"),
        Value::Reference(reference) => drop(writeln!(text, " [reference to {}]", short(&reference.urn))),
    }
}

/// Plain data from JSON, for arguments in tests.
pub fn value(json: serde_json::Value) -> Value {
    json.into()
}

/// The lines of `after` that differ from `before`, with `-` and `+`, each behind the last line that is less indented.
pub fn difference(before: &str, after: &str) -> String {
    let (before, after) = (spell_out(before), spell_out(after));
    let count = |lines: &[String]| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines {
            *counts.entry(line.clone()).or_default() += 1;
        }
        counts
    };
    let (mut gone, mut come) = (count(&before), count(&after));
    for (line, count) in &mut gone {
        let shared = come.get_mut(line).map_or(0, |other| {
            let shared = (*other).min(*count);
            *other -= shared;
            shared
        });
        *count -= shared;
    }
    let lines = |sign: char, counts: BTreeMap<String, usize>| {
        counts.into_iter().flat_map(move |(line, count)| std::iter::repeat_n(format!("{line}\u{0}{sign}"), count))
    };
    let mut all: Vec<String> =
        lines('-', std::mem::take(&mut gone)).chain(lines('+', std::mem::take(&mut come))).collect();
    all.sort();
    all.iter()
        .map(|line| line.rsplit_once('\u{0}').map_or(String::new(), |(line, sign)| format!("{sign} {line}\n")))
        .collect()
}

/// Each line with those that it belongs to in front.
fn spell_out(text: &str) -> Vec<String> {
    let mut path: Vec<(usize, &str)> = Vec::new();
    text.lines()
        .map(|line| {
            let indent = line.len() - line.trim_start().len();
            path.retain(|(above, _)| *above < indent);
            let place: Vec<_> = path.iter().map(|(_, line)| line.trim().trim_end_matches(':')).collect();
            path.push((indent, line));
            [place.as_slice(), &[line.trim()]].concat().join(" > ")
        })
        .collect()
}

/// A display that nobody looks at.
struct Nowhere;

#[async_trait]
impl Display for Nowhere {
    async fn show(&self, _: Severity, _: &str, _: String) {}
}

/// A monitor that answers at once and notes everything.
struct Fake {
    answers: Arc<Answers>,
    preview: bool,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    registrations: Vec<Registration>,
    invocations: Vec<Invocation>,
}

#[async_trait]
impl Monitor for Fake {
    async fn features(&self) -> Result<Features, Error> {
        let all = [
            Feature::Secrets,
            Feature::ResourceReferences,
            Feature::OutputValues,
            Feature::ReplaceWith,
            Feature::InvokeParent,
        ];
        Ok(all.into())
    }

    async fn register(&self, registration: Registration) -> Result<Registered, Error> {
        let Registration { token, name, parent, custom, inputs, .. } = &registration;
        let chain = parent.split("::").nth(2).map(|chain| format!("{chain}$")).unwrap_or_default();
        let urn = format!("urn:pulumi:stack::project::{chain}{token}::{name}");
        let mut outputs = PropertyMap::new();
        if *custom {
            outputs.extend(inputs.iter().map(|(key, value)| (key.clone(), without_dependencies(value))));
            if !self.preview {
                outputs.extend((self.answers)(token, name, inputs));
            }
        }
        let known = *custom && !self.preview;
        let id = outputs.remove("id").map_or_else(|| format!("{name}-id"), |id| text_of(&id));
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).registrations.push(registration);
        Ok(Registered { urn, id: if known { id } else { String::new() }, outputs, unknown: false })
    }

    async fn register_outputs(&self, _: &str, _: PropertyMap) -> Result<(), Error> {
        Ok(())
    }

    async fn invoke(&self, invocation: Invocation) -> Result<Answer, Error> {
        let result = (self.answers)(&invocation.token, "", &invocation.args);
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).invocations.push(invocation);
        Ok(Answer { result, unknown: false })
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        _ => String::new(),
    }
}

/// A provider answers values and secrets, but knows nothing of dependencies.
fn without_dependencies(value: &Value) -> Value {
    match value {
        Value::Eventual(eventual) => {
            let value = eventual.value.as_ref().map(without_dependencies);
            Eventual { value, secret: eventual.secret, ..Eventual::default() }.into_value()
        }
        Value::Array(items) => Value::Array(items.iter().map(without_dependencies).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), without_dependencies(v))).collect()),
        plain => plain.clone(),
    }
}
