//! `derive(Outputs)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{camel, description, named_fields};

pub(crate) fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &input.ident;
    let about = description(&input.attrs, name)?;
    let schema_name = name.to_string();
    let (mut idents, mut types, mut keys, mut abouts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (ident, field) in named_fields(&input.data, name)? {
        abouts.push(description(&field.attrs, ident)?);
        idents.push(ident);
        types.push(&field.ty);
        keys.push(camel(ident));
    }

    Ok(quote! {
        impl ::pulumi_component::Outputs for #name {
            const DESCRIPTION: &'static str = #about;

            fn properties(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::Properties {
                let mut properties = ::pulumi_component::Properties::default();
                #({
                    let of = <#types as ::pulumi_component::Emitted>::describe(types);
                    let property = ::pulumi_component::schema::PropertySpec::new(#abouts, of, None);
                    properties.add(#keys, property, <#types as ::pulumi_component::Emitted>::REQUIRED);
                })*
                properties
            }

            fn collect(
                &self,
            ) -> ::std::collections::BTreeMap<::std::string::String, ::pulumi_component::__private::Later> {
                ::std::collections::BTreeMap::from([
                    #((#keys.to_owned(), ::pulumi_component::Emitted::emit(&self.#idents))),*
                ])
            }
        }

        impl ::pulumi_component::Emitted for #name {
            const REQUIRED: bool = true;

            fn describe(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::schema::TypeSpec {
                types.named::<Self>(#schema_name, |types| {
                    let properties = <Self as ::pulumi_component::Outputs>::properties(types);
                    ::pulumi_component::schema::ComplexType::object(#about, properties)
                })
            }

            fn emit(&self) -> ::pulumi_component::__private::Later {
                ::pulumi_component::__private::Later::object(::pulumi_component::Outputs::collect(self))
            }
        }
    })
}
