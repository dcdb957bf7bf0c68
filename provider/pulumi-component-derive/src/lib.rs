//! The derives of `pulumi-component`, which documents them.

mod args;
mod interpolate;
mod outputs;

use proc_macro::TokenStream;
use syn::{Attribute, DeriveInput, Expr, ExprLit, Lit, Meta, parse_macro_input};

/// Makes a struct the arguments of a component, or an object among them; makes an enum a choice.
///
/// The doc comments become the descriptions in the schema. On a field, `#[args(…)]` takes `default = VALUE` (or
/// `default` alone, for an object all of whose fields have one), `check = FUNCTION` from the known value to
/// `Result<(), String>`, and `component = TYPE` if that component may be given in place of its output `outputs`.
/// On a struct, it takes `check = FUNCTION` from the whole to a list of `Problem`s; on an enum's variant,
/// `value = "TEXT"` where the text is not the variant's name.
#[proc_macro_derive(Args, attributes(args))]
pub fn derive_args(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    args::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct the outputs of a component, or an object among them. Every field is an `Output` or such an object.
#[proc_macro_derive(Outputs)]
pub fn derive_outputs(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    outputs::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Joins texts and outputs as `format!` does: `interpolate!("https://{host}/")`, where `host` is an `Output<String>`,
/// a reference to one, or a text; or `interpolate!("https://{host}/", host = EXPRESSION)`.
#[proc_macro]
pub fn interpolate(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as interpolate::Template);
    interpolate::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// The text of the doc comment, or an error: what has no description cannot be in a schema.
fn description(attributes: &[Attribute], what: &syn::Ident) -> syn::Result<String> {
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
        let message = format!("`{what}` needs a doc comment: it is its description in every SDK");
        return Err(syn::Error::new_spanned(what, message));
    }
    Ok(text)
}

/// The named fields of a struct.
fn named_fields<'a>(data: &'a syn::Data, input: &syn::Ident) -> syn::Result<Vec<(&'a syn::Ident, &'a syn::Field)>> {
    let syn::Data::Struct(syn::DataStruct { fields: syn::Fields::Named(fields), .. }) = data else {
        return Err(syn::Error::new_spanned(input, "wants a struct with named fields"));
    };
    Ok(fields.named.iter().filter_map(|field| field.ident.as_ref().map(|ident| (ident, field))).collect())
}

/// A name in camel case, as the schema has it.
fn camel(ident: &syn::Ident) -> String {
    let name = ident.to_string();
    let mut words = name.strip_prefix("r#").unwrap_or(&name).split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let mut letters = word.chars();
        let initial = letters.next().map(|letter| letter.to_ascii_uppercase());
        camel + &initial.into_iter().chain(letters).collect::<String>()
    })
}
