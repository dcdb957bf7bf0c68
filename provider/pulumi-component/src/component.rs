//! What a component is made of: its arguments, its outputs, and one function from the ones to the others.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::decode::{Argument, Fields};
use crate::error::Error;
use crate::monitor::Registration;
use crate::output::{Later, Output};
use crate::schema::{Properties, TypeSpec, Types};
use crate::types::Type;

/// A component of a package.
pub trait Component: Outputs + Sized + Send + 'static {
    /// Type token, such as `pkg:index:Thing`.
    const TOKEN: &'static str;

    /// Its arguments.
    type Args: Args + Send;

    /// Says what is wrong with the component's own registration beside its arguments: with its name, or with the
    /// options that the program gives it. It is told together with what is wrong with the arguments.
    ///
    /// The framework has the engine and the resources honour every option as far as it means anything for a component.
    /// What a package cannot bear it refuses here. It cannot tell who has set an option: the engine has run the
    /// program's transforms before it asks for the component, and what they set for every resource stands here too.
    fn check(own: &Registration) -> Vec<String> {
        let _ = own;
        Vec::new()
    }

    /// Says which resources it consists of. Nothing is registered before this has succeeded, and nothing in it
    /// waits: a resource that is registered answers outputs that come later.
    ///
    /// # Errors
    /// Whatever is wrong with the arguments beyond what their types say.
    fn construct(cx: &Context, args: Self::Args) -> Result<Self>;
}

/// What comes of whatever a component, a custom resource or a function does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The arguments of a component: a struct that derives `Args`.
pub trait Args: Argument {
    /// Its arguments, for the schema.
    fn properties(types: &mut Types) -> Properties;

    /// Their names in the schema.
    fn keys() -> Vec<&'static str>;

    /// Reads them, as [`Argument::decode`] does, out of an object that may have others beside them.
    #[doc(hidden)]
    fn read(fields: &mut Fields<'_>) -> Option<Self>;
}

/// The outputs of a component, or an object among them: a struct that derives `Outputs`.
pub trait Outputs {
    /// What the component is, in Markdown.
    const DESCRIPTION: &'static str;

    /// The outputs, for the schema.
    fn properties(types: &mut Types) -> Properties;

    /// The outputs by name.
    #[doc(hidden)]
    fn collect(&self) -> BTreeMap<String, Later>;
}

/// A component that may be given where an argument `A` is wanted, in place of one of its own outputs. `derive(Outputs)`
/// makes it so for an output called `outputs`.
#[diagnostic::on_unimplemented(
    message = "the component `{Self}` cannot stand for the argument `{A}`",
    label = "has no output `outputs` of this type",
    note = "`component = {Self}` reads the field `outputs` of `{Self}`, which must be a `{A}`"
)]
pub trait StandsFor<A> {
    /// The output's name in the schema.
    const OUTPUT: &'static str;
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
