//! From what the engine sends to typed arguments: every problem is found, with its place.

use std::collections::BTreeMap;

use crate::output::{Later, Output};
use crate::problem::{Path, Problem, Problems, Step, problem};
use crate::schema::{TypeSpec, Types, camel};
use crate::types::{IntoValue, Type};
use crate::value::{Eventual, PropertyMap, Urns, Value};

/// A type that an argument can have. Bare types are plain: they must be known when the component is constructed.
/// An [`Output`] takes values that come later.
pub trait Argument: Sized {
    /// Whether it has a part that must be known when the component is constructed.
    const PLAIN: bool = true;

    /// Its form in the package's schema.
    fn describe(types: &mut Types) -> TypeSpec;

    /// Reads it, reporting each problem at its place. After a problem it may still answer something to go on with,
    /// so that more problems are found in the same run; `None` where there is nothing sensible.
    fn decode(cursor: Cursor<'_>) -> Option<Self>;

    /// What it is if it is left out; `None` if it must be given.
    fn absent() -> Option<Self> {
        None
    }
}

/// An argument of which `#[args(default)]` says enough: the value that stands for it is `Default`'s, and of an object
/// that nothing in it is given.
#[diagnostic::on_unimplemented(
    message = "`#[args(default)]` does not say what is in place of a missing `{Self}`",
    label = "has no default",
    note = "write the value, `#[args(default = VALUE)]`; an enum that derives `Default` has one"
)]
pub trait DefaultValue {
    /// The value.
    fn default_value() -> Value;
}

/// An argument whose value can be checked when it is known.
pub trait Known {
    /// What is checked.
    type Of;

    /// The value, unless it comes later.
    fn known(&self) -> Option<Self::Of>;
}

/// A place among the arguments, and what stands there.
pub struct Cursor<'a> {
    problems: &'a Problems,
    path: Path,
    value: Value,
    /// What is said about everything from here down.
    marks: Marks,
}

#[derive(Clone, Default)]
struct Marks {
    unknown: bool,
    secret: bool,
    dependencies: Urns,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(problems: &'a Problems, inputs: &PropertyMap) -> Self {
        Self { problems, path: Path::default(), value: Value::Object(inputs.clone()), marks: Marks::default() }
    }

    /// Reports a problem of what stands here.
    pub fn problem(&self, reason: impl Into<String>) {
        self.problems.add(&self.path, problem([], reason));
    }

    /// The same place with the marks around the value taken off and remembered.
    fn open(mut self) -> Self {
        while let Value::Eventual(eventual) = self.value {
            self.marks.unknown |= eventual.value.is_none();
            self.marks.secret |= eventual.secret;
            self.marks.dependencies.extend(eventual.dependencies);
            self.value = eventual.value.unwrap_or(Value::Null);
        }
        self
    }

    /// What stands here as one value, with the marks from above.
    fn into_value(self) -> Value {
        let Marks { unknown, secret, dependencies } = self.marks;
        let value = (!unknown).then_some(self.value);
        Eventual { value, secret, dependencies }.into_value()
    }

    fn at(&self, step: Step, value: Value) -> Cursor<'a> {
        let path = self.path.join([step]);
        Cursor { problems: self.problems, path, value, marks: self.marks.clone() }
    }

    /// A plain value of a primitive type.
    pub fn plain<T: Type>(self) -> Option<T> {
        let cursor = self.open();
        let reason = if cursor.marks.unknown {
            "must be known before anything is created, since it decides what is created: give a value, \
             not an output of another resource"
                .to_owned()
        } else if cursor.marks.secret {
            "must not be a secret, since it decides what is created".to_owned()
        } else if !cursor.marks.dependencies.is_empty() {
            "must be a plain value, not an output of another resource, since it decides what is created".to_owned()
        } else {
            match T::from_value(&cursor.value) {
                Ok(value) => return Some(value),
                Err(wanted) => wanted,
            }
        };
        cursor.problem(reason);
        None
    }

    /// An object of which exactly `keys` are known.
    pub fn object(self, keys: &[&'static str]) -> Option<Fields<'a>> {
        let cursor = self.open();
        let given = match &cursor.value {
            Value::Object(map) => map.clone(),
            _ if cursor.marks.unknown => PropertyMap::new(),
            _ => {
                cursor.problem("must be an object");
                return None;
            }
        };
        let mut values = PropertyMap::new();
        for (key, value) in given {
            match keys.iter().find(|known| **known == key || **known == camel(&key)) {
                None => cursor.unknown_argument(&key, keys),
                Some(known) if values.contains_key(*known) => {
                    cursor.problem(format!("has `{known}` in two spellings; give one of them"));
                }
                Some(known) => drop(values.insert((*known).to_owned(), value)),
            }
        }
        Some(Fields { cursor, values })
    }

    /// A reference to the component of that token is read as the component's output called `output`, each field of
    /// which depends on the component alone; an object stays as it is, unless it is of the kind that it is `unlike`.
    pub fn component(mut self, token: &str, output: &str, unlike: Option<&Unlike>) -> Option<Self> {
        self = self.open();
        let but = match &self.value {
            Value::Reference(reference) if reference.type_token() == token => None,
            Value::Reference(reference) => Some(format!(", not `{}`", class(reference.type_token()))),
            Value::Object(map) => {
                unlike.filter(|unlike| unlike.is_given(map)).map(|unlike| format!(", not `{}`", unlike.name))
            }
            Value::Null if self.marks.unknown => None,
            Value::Null => {
                Some(", and is null: an output of another stack is, as long as that stack does not have it".to_owned())
            }
            _ => Some(String::new()),
        };
        if let Some(but) = but {
            self.problem(format!("must be the component `{}` or its outputs{but}", class(token)));
            return None;
        }
        let Value::Reference(reference) = &self.value else { return Some(self) };
        self.marks.dependencies.insert(reference.urn.clone());
        let state = reference.state.as_ref();
        let value = state.and_then(|state| state.get(output)).cloned().unwrap_or_else(Value::unknown);
        self.value = value;
        Some(self)
    }

    fn unknown_argument(&self, key: &str, keys: &[&'static str]) {
        let likeness = |known: &str| strsim::jaro_winkler(known, key);
        let nearest = keys.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let hint = match nearest {
            // Below this likeness the two words have little in common, and all names help more than one.
            Some(nearest) if likeness(nearest) > 0.8 => format!("; did you mean `{nearest}`"),
            Some(_) => format!("; known are `{}`", keys.join("`, `")),
            None => "; nothing is known here".to_owned(),
        };
        let reason = format!("is not known to {}{hint}", self.problems.package());
        self.problems.add(&self.path, problem([key.into()], reason));
    }
}

/// The last part of a token: the name of the class in the SDKs.
fn class(token: &str) -> &str {
    token.rsplit(':').next().unwrap_or(token)
}

/// An object that is easily taken for another one.
pub struct Unlike {
    name: &'static str,
    /// What it has alone.
    keys: Vec<&'static str>,
}

impl Unlike {
    /// The one of that name and those keys, where an object of the keys `own` is wanted.
    pub fn new(name: &'static str, mut keys: Vec<&'static str>, own: &[&str]) -> Self {
        keys.retain(|key| !own.contains(key));
        Self { name, keys }
    }

    fn is_given(&self, map: &PropertyMap) -> bool {
        self.keys.iter().any(|known| map.keys().any(|key| key == known || camel(key) == *known))
    }
}

/// The fields of an object that is being read.
pub struct Fields<'a> {
    cursor: Cursor<'a>,
    values: PropertyMap,
}

impl Fields<'_> {
    /// Reads the field `key`; if it is left out, or wrong, `default` is there to go on with.
    pub fn field<A: Argument>(&mut self, key: &'static str, default: Option<Value>) -> Option<A> {
        match self.values.remove(key).filter(|value| !value.is_null()) {
            Some(value) => A::decode(self.cursor.at(key.into(), value)).or_else(|| {
                // What the default lacks is not what is wrong here.
                self.default(key, default, &Problems::new(self.cursor.problems.package().to_owned()))
            }),
            None if self.cursor.marks.unknown => A::decode(self.cursor.at(key.into(), Value::Null)),
            None => self.default(key, default, self.cursor.problems).or_else(A::absent).or_else(|| {
                let cursor = self.cursor.at(key.into(), Value::unknown());
                cursor.problem("is required and was not given");
                // What comes later may stand for it, so that the rules about the rest are heard as well.
                if A::PLAIN { None } else { A::decode(cursor) }
            }),
        }
    }

    /// What nobody has given, which carries none of the marks of what is around it.
    fn default<A: Argument>(&self, key: &'static str, default: Option<Value>, problems: &Problems) -> Option<A> {
        let path = self.cursor.path.join([key.into()]);
        A::decode(Cursor { problems, path, value: default?, marks: Marks::default() })
    }

    /// As [`Fields::field`], for an argument that may be given as a component.
    pub fn field_of_component<A: Argument>(
        &mut self,
        key: &'static str,
        token: &str,
        output: &str,
        unlike: Option<&Unlike>,
    ) -> Option<A> {
        match self.values.remove(key).filter(|value| !value.is_null()) {
            Some(value) => A::decode(self.cursor.at(key.into(), value).component(token, output, unlike)?),
            None => self.field(key, None),
        }
    }

    /// Applies a rule to a field that was read, as soon as its value is known.
    pub fn check<A: Known>(
        &self,
        key: &'static str,
        value: Option<&A>,
        rule: impl FnOnce(&A::Of) -> Result<(), String>,
    ) {
        if let Some(Err(reason)) = value.and_then(A::known).map(|value| rule(&value)) {
            self.report(problem([key.into()], reason));
        }
    }

    /// Reports a problem, whose place is below this object.
    pub fn report(&self, problem: Problem) {
        self.cursor.problems.add(&self.cursor.path, problem);
    }
}

impl<T: Type> Argument for Output<T> {
    const PLAIN: bool = false;

    fn describe(types: &mut Types) -> TypeSpec {
        T::describe(types)
    }

    fn decode(cursor: Cursor<'_>) -> Option<Self> {
        let (problems, path) = (cursor.problems, cursor.path.clone());
        let value = cursor.into_value();
        if let Some(Err(wanted)) = value.flatten().value.as_ref().map(T::from_value) {
            problems.add(&path, problem([], wanted));
            return Some(Self::new(Later::ready(Value::unknown())));
        }
        Some(Self::new(Later::ready(value)))
    }

    fn absent() -> Option<Self> {
        T::OPTIONAL.then(|| Self::new(Later::ready(Value::Null)))
    }
}

impl<T: Type> Known for Output<T> {
    type Of = T;

    fn known(&self) -> Option<T> {
        self.peek()
    }
}

impl<T: DefaultValue> DefaultValue for Output<T> {
    fn default_value() -> Value {
        T::default_value()
    }
}

impl<A: Argument> Argument for Option<A> {
    const PLAIN: bool = A::PLAIN;

    fn describe(types: &mut Types) -> TypeSpec {
        A::describe(types)
    }

    fn decode(cursor: Cursor<'_>) -> Option<Self> {
        Some(A::decode(cursor))
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<A: Known> Known for Option<A> {
    type Of = A::Of;

    fn known(&self) -> Option<A::Of> {
        self.as_ref().and_then(A::known)
    }
}

impl<T: Argument> Argument for Vec<T> {
    fn describe(types: &mut Types) -> TypeSpec {
        TypeSpec::list(T::describe(types).plain(T::PLAIN))
    }

    fn decode(cursor: Cursor<'_>) -> Option<Self> {
        let cursor = cursor.open();
        let Value::Array(items) = &cursor.value else {
            return cursor.plain::<Vec<String>>().and(None);
        };
        let items = items.iter().enumerate();
        Some(items.filter_map(|(index, item)| T::decode(cursor.at(index.into(), item.clone()))).collect())
    }
}

impl<T> DefaultValue for Vec<T> {
    fn default_value() -> Value {
        Value::Array(Vec::new())
    }
}

impl<V: Argument> Argument for BTreeMap<String, V> {
    fn describe(types: &mut Types) -> TypeSpec {
        TypeSpec::map(V::describe(types).plain(V::PLAIN))
    }

    fn decode(cursor: Cursor<'_>) -> Option<Self> {
        let cursor = cursor.open();
        let Value::Object(map) = &cursor.value else {
            return cursor.plain::<BTreeMap<String, String>>().and(None);
        };
        let entries = map.iter().filter(|(_, value)| !value.is_null());
        let decode = |(key, value): (&String, &Value)| {
            V::decode(cursor.at(Step::from(key.as_str()), value.clone())).map(|value| (key.clone(), value))
        };
        Some(entries.filter_map(decode).collect())
    }
}

impl<V> DefaultValue for BTreeMap<String, V> {
    fn default_value() -> Value {
        Value::Object(PropertyMap::new())
    }
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Argument for $type {
            fn describe(types: &mut Types) -> TypeSpec {
                <$type as Type>::describe(types)
            }

            fn decode(cursor: Cursor<'_>) -> Option<Self> {
                cursor.plain()
            }
        }

        impl DefaultValue for $type {
            fn default_value() -> Value {
                IntoValue::into_value(<$type>::default())
            }
        }

        impl Known for $type {
            type Of = Self;

            fn known(&self) -> Option<Self> {
                Some(self.clone())
            }
        }
    )*};
}

plain!(bool, u32, String);

impl<T: Clone> Known for Vec<T> {
    type Of = Self;

    fn known(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl<V: Clone> Known for BTreeMap<String, V> {
    type Of = Self;

    fn known(&self) -> Option<Self> {
        Some(self.clone())
    }
}
