//! `interpolate!`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, LitStr, Token};

/// A template and the values that are given by name.
pub(crate) struct Template {
    text: LitStr,
    given: Vec<(Ident, Expr)>,
}

impl Parse for Template {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text = input.parse()?;
        let mut given = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let name = input.parse()?;
            input.parse::<Token![=]>()?;
            given.push((name, input.parse()?));
        }
        Ok(Self { text, given })
    }
}

pub(crate) fn expand(template: &Template) -> syn::Result<TokenStream> {
    let text = template.text.value();
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return Err(syn::Error::new_spanned(&template.text, "a `{` without its `}`"));
        };
        let name: Ident = syn::parse_str(name)
            .map_err(|_| syn::Error::new_spanned(&template.text, format!("`{{{name}}}` is not a name in braces")))?;
        let name = Ident::new(&name.to_string(), template.text.span());
        parts.push(quote!(#before));
        parts.push(match template.given.iter().find(|(given, _)| *given == name) {
            Some((_, value)) => quote!((#value).clone()),
            None => quote!(#name.clone()),
        });
        rest = after;
    }
    parts.push(quote!(#rest));
    Ok(quote! {
        ::pulumi_component::__private::concat(vec![
            #(::pulumi_component::IntoInput::<::std::string::String>::into_later(#parts)),*
        ])
    })
}
