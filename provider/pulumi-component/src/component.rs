//! What a component is made of: its arguments, its outputs, and one function from the ones to the others.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::decode::Argument;
use crate::error::Error;
use crate::output::{Later, Output, Type};
use crate::schema::{PropertySpec, TypeSpec, Types};

/// A component of a package.
pub trait Component: Outputs + Sized + Send + 'static {
    /// Type token, such as `pkg:index:Thing`.
    const TOKEN: &'static str;

    /// Its arguments.
    type Args: Args + Send;

    /// Whether what it makes is called after its name for good, so that an alias must not give it another one.
    const KEEPS_NAME: bool = false;

    /// Judges the component's own name, together with its arguments.
    ///
    /// # Errors
    /// Says what is wrong with the name, and what to do.
    fn check_name(name: &str) -> std::result::Result<(), String> {
        let _ = name;
        Ok(())
    }

    /// Says which resources it consists of. Nothing is registered before this has succeeded, and nothing in it
    /// waits: a resource that is registered answers outputs that come later.
    ///
    /// # Errors
    /// Whatever is wrong with the arguments beyond what their types say.
    fn construct(cx: &Context, args: Self::Args) -> Result<Self>;
}

/// The result of parsing arguments into something more meaningful.
pub type Result<T> = std::result::Result<T, Error>;

/// The arguments of a component: a struct that derives `Args`.
pub trait Args: Argument {
    /// Its arguments, for the schema.
    fn properties(types: &mut Types) -> Properties;
}

/// The outputs of a component, or an object among them: a struct that derives `Outputs`.
pub trait Outputs {
    /// What the component is, in Markdown.
    const DESCRIPTION: &'static str;

    /// The outputs, for the schema.
    fn properties(types: &mut Types) -> Properties;

    /// The outputs by name.
    fn collect(&self) -> BTreeMap<String, Later>;
}

/// One output of a component.
pub trait Emitted {
    /// Whether it is always there.
    const REQUIRED: bool;

    /// Its form in the package's schema.
    fn describe(types: &mut Types) -> TypeSpec;

    /// Its value.
    fn emit(&self) -> Later;
}

impl<T: Type> Emitted for Output<T> {
    const REQUIRED: bool = !T::OPTIONAL;

    fn describe(types: &mut Types) -> TypeSpec {
        T::describe(types)
    }

    fn emit(&self) -> Later {
        self.later.clone()
    }
}

/// Properties of an object type, and which of them are required.
#[derive(Debug, Default)]
pub struct Properties {
    /// By name.
    pub all: BTreeMap<String, PropertySpec>,
    /// The names of those that must be there, sorted.
    pub required: Vec<String>,
}

impl Properties {
    /// Adds a property.
    pub fn add(&mut self, name: &str, property: PropertySpec, required: bool) {
        self.all.insert(name.to_owned(), property);
        if required {
            self.required.push(name.to_owned());
            self.required.sort();
        }
    }
}
