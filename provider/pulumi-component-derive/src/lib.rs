//! The derives of `pulumi-component`, which documents them.

/// Code of ours, whose variables the user's expressions in it do not see.
macro_rules! code {
    ($($code:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($code)*)
    };
}

mod args;
mod interpolate;
mod outputs;
mod record;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{
    Attribute, Data, DataStruct, DeriveInput, Expr, ExprLit, Field, Fields, GenericArgument, Ident, Lit, Meta,
    PathArguments, Type, parse_macro_input,
};

/// Makes a struct the arguments of a component, or an object among them; makes an enum a choice.
///
/// The doc comments become the descriptions in the schema. A property of the same struct or component that they name as the
/// schema does, such as `hostName`, or a part of it, such as `web.pathPatterns`, is spelled as each language spells it.
///
/// On a field, `#[args(…)]` takes
/// - `default = VALUE`, or `default` alone for what `Default` says of its type: of an object, that nothing is given;
/// - `check = FUNCTION` from the known value to `Result<(), String>`;
/// - `component = TYPE` if that component may be given in place of its output `outputs`;
/// - `unlike = TYPE` beside it for the outputs of another component, which are refused by their name;
/// - `flatten` alone: the field is a struct of arguments, which become arguments of this one.
///
/// On a struct, it takes `check = FUNCTION` from the whole to a list of `Problem`s; on an enum's variant,
/// `value = "TEXT"` where the text is not the variant's name.
#[proc_macro_derive(Args, attributes(args))]
pub fn derive_args(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input), args::derive)
}

/// Makes a struct the outputs of a component, or an object among them. Every field is an `Output` or such an object.
/// A component with an output called `outputs` can be given as an argument in place of it. `#[outputs(flatten)]` on a
/// field makes the outputs of its struct outputs of this one.
#[proc_macro_derive(Outputs, attributes(outputs))]
pub fn derive_outputs(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input), outputs::derive)
}

/// Makes a struct of plain data a record: the arguments or the state of a custom resource, the arguments or the answer
/// of a function, the configuration of a package, or an object among any of these.
///
/// The doc comments become the descriptions in the schema, as those of arguments do. An `Option` may be left out, a
/// `Secret` is seen by nobody. On a field, `#[record(…)]` takes
/// - `check = FUNCTION` from the value, once it is known, to `Result<(), String>`;
/// - `replaces` for an argument whose change replaces the resource;
/// - `stable` for a part of the state that stays as it is until the resource is replaced, which a preview then shows;
/// - `flatten` alone: the field is a record, whose properties become properties of this one.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input), record::derive)
}

/// Joins texts and outputs as `format!` does: `interpolate!("https://{host}/")`, where `host` is an `Output<String>`,
/// a reference to one, or a text; or `interpolate!("https://{host}/", host = EXPRESSION)`. A brace is written twice.
#[proc_macro]
pub fn interpolate(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let mut errors = Errors::default();
    let expanded = interpolate::expand(&parse_macro_input!(input), &mut errors);
    errors.or(expanded).into()
}

fn derive(input: &DeriveInput, expand: fn(&DeriveInput, &mut Errors) -> TokenStream) -> proc_macro::TokenStream {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        errors.add(
            &input.generics,
            "a type in a schema has no parameters: write one struct for each type that they take",
        );
    }
    let expanded = expand(input, &mut errors);
    errors.or(expanded).into()
}

/// All that is wrong with the input of a macro, for one report.
#[derive(Default)]
struct Errors(Option<syn::Error>);

impl Errors {
    fn add(&mut self, place: impl ToTokens, text: impl std::fmt::Display) {
        self.note::<()>(Err(syn::Error::new_spanned(place, text)));
    }

    /// The result, or something to go on with.
    fn note<T: Default>(&mut self, result: syn::Result<T>) -> T {
        result.unwrap_or_else(|error| {
            match &mut self.0 {
                Some(errors) => errors.combine(error),
                none => *none = Some(error),
            }
            T::default()
        })
    }

    /// The errors, or what was made if there are none.
    fn or(self, expanded: TokenStream) -> TokenStream {
        self.0.map_or(expanded, syn::Error::into_compile_error)
    }
}

/// The text of the doc comment. What has none cannot be in a schema.
fn description(attributes: &[Attribute], what: &Ident, errors: &mut Errors) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<_> = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned()).collect();
    let text = lines.join("\n").trim().to_owned();
    if text.is_empty() {
        errors.add(what, format!("`{what}` needs a doc comment: it is its description in every SDK"));
    }
    text
}

/// The fields of a struct, with their names in the schema.
fn named_fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Vec<(&'a Ident, String, &'a Field)> {
    let fields = match &input.data {
        Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) => fields.named.iter().collect(),
        Data::Struct(DataStruct { fields: Fields::Unit, .. }) => Vec::new(),
        _ => {
            errors.add(&input.ident, "wants a struct with named fields");
            Vec::new()
        }
    };
    let named = fields.into_iter().filter_map(|field| field.ident.as_ref().map(|ident| (ident, camel(ident), field)));
    let named: Vec<_> = named.collect();
    for (index, (ident, key, _)) in named.iter().enumerate() {
        if named.iter().take(index).any(|(_, other, _)| other == key) {
            errors.add(ident, format!("two fields are called `{key}` in the schema"));
        }
    }
    named
}

/// A name in camel case, as the schema has it.
fn camel(ident: &Ident) -> String {
    let name = ident.unraw().to_string();
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let mut letters = word.chars();
        let initial = letters.next().map(|letter| letter.to_ascii_uppercase());
        camel + &initial.into_iter().chain(letters).collect::<String>()
    })
}

/// The type inside these wrappers, or the type itself.
fn inside<'a>(ty: &'a Type, wrappers: &[&str]) -> &'a Type {
    let Type::Path(path) = ty else { return ty };
    let Some(last) = path.path.segments.last() else { return ty };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return ty };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if wrappers.iter().any(|name| last.ident == name) => inside(inner, wrappers),
        _ => ty,
    }
}
