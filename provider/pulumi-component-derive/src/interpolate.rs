//! `interpolate!`.

use std::mem;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Expr, Ident, LitStr, Token};

use crate::Errors;

/// A template and the values that are given by name.
pub(crate) struct Template {
    text: LitStr,
    given: Vec<(Ident, Expr)>,
}

/// A part of a template.
enum Piece {
    Text(String),
    /// What stands between two braces.
    Name(String),
}

impl Parse for Template {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text = input.parse()?;
        let mut given = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            if !(input.peek(Ident::peek_any) && input.peek2(Token![=])) {
                return Err(input.error("values are given by name: `NAME = EXPRESSION`"));
            }
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            given.push((name.unraw(), input.parse()?));
        }
        Ok(Self { text, given })
    }
}

pub(crate) fn expand(template: &Template, errors: &mut Errors) -> TokenStream {
    let Template { text, given } = template;
    let pieces = errors.note(pieces(&text.value()).map_err(|reason| syn::Error::new_spanned(text, reason)));
    let is_used = |name: &Ident| pieces.iter().any(|piece| matches!(piece, Piece::Name(used) if name == used));
    for (index, (name, _)) in given.iter().enumerate() {
        if given.iter().take(index).any(|(other, _)| other == name) {
            errors.add(name, format!("`{name}` is given twice"));
        } else if !is_used(name) {
            errors.add(name, format!("`{name}` is never used: the template has no `{{{name}}}`"));
        }
    }
    let parts: Vec<_> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => quote!(#text),
            Piece::Name(used) if given.iter().any(|(name, _)| name == used) => {
                let local = local(used);
                quote!(#local.clone())
            }
            Piece::Name(used) => {
                let name = errors.note(captured(used, text).map(Some));
                quote!(#name.clone())
            }
        })
        .collect();
    let locals = given.iter().map(|(name, _)| local(&name.to_string()));
    let values = given.iter().map(|(_, value)| value);
    // As in `format!`: a value is computed once, and what it borrows lives as long as the whole.
    code! {
        match (#((#values).clone(),)*) {
            (#(#locals,)*) => ::pulumi_component::__private::concat(::std::vec![
                #(::pulumi_component::IntoInput::<::std::string::String>::into_later(#parts)),*
            ]),
        }
    }
}

fn pieces(template: &str) -> Result<Vec<Piece>, &'static str> {
    let (mut pieces, mut text, mut rest) = (Vec::new(), String::new(), template);
    while let Some(brace) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(brace);
        text += before;
        rest = if let Some(after) = after.strip_prefix("{{") {
            text.push('{');
            after
        } else if let Some(after) = after.strip_prefix("}}") {
            text.push('}');
            after
        } else if let Some(after) = after.strip_prefix('{') {
            let (name, after) =
                after.split_once('}').ok_or("a `{` without its `}`; write `{{` for the brace itself")?;
            pieces.push(Piece::Text(mem::take(&mut text)));
            pieces.push(Piece::Name(name.to_owned()));
            after
        } else {
            return Err("a `}` without its `{`; write `}}` for the brace itself");
        };
    }
    pieces.push(Piece::Text(text + rest));
    Ok(pieces)
}

/// The variable of that name where the template stands.
fn captured(name: &str, template: &LitStr) -> syn::Result<Ident> {
    let fail = |reason: String| Err(syn::Error::new_spanned(template, reason));
    if let Some(name) = name.strip_prefix("r#") {
        return fail(format!("write `{{{name}}}` for `r#{name}`"));
    }
    match syn::parse_str::<Ident>(name) {
        Ok(_) => Ok(Ident::new(name, template.span())),
        Err(_) if name == "self" => Ok(Ident::new(name, template.span())),
        Err(_) if ["_", "Self", "crate", "super"].contains(&name) || Ident::parse_any.parse_str(name).is_err() => {
            fail(format!("`{{{name}}}` is not a name in braces"))
        }
        Err(_) => Ok(Ident::new_raw(name, template.span())),
    }
}

/// The variable that holds the value given by that name.
fn local(name: &str) -> Ident {
    format_ident!("given_{name}", span = Span::mixed_site())
}
