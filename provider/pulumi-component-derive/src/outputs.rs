//! `derive(Outputs)`.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::{Errors, description, named_fields};

/// The output that an argument takes a component for.
const STANDS_FOR: &str = "outputs";

pub(crate) fn derive(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let name = &input.ident;
    let about = description(&input.attrs, name, errors);
    let schema_name = name.to_string();
    let fields = named_fields(input, errors);
    let abouts: Vec<_> = fields.iter().map(|(ident, _, field)| description(&field.attrs, ident, errors)).collect();
    let idents = fields.iter().map(|(ident, ..)| ident);
    let keys: Vec<_> = fields.iter().map(|(_, key, _)| key).collect();
    let types: Vec<_> = fields.iter().map(|(.., field)| &field.ty).collect();
    let stands_for = fields.iter().find(|(_, key, _)| key == STANDS_FOR).map(|(_, key, field)| {
        let outputs = &field.ty;
        code! {
            impl ::pulumi_component::__private::StandsFor<#outputs> for #name {
                const OUTPUT: &'static str = #key;
            }
        }
    });

    code! {
        impl ::pulumi_component::Outputs for #name {
            const DESCRIPTION: &'static str = #about;

            fn properties(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::__private::Properties {
                let mut properties = ::pulumi_component::__private::Properties::default();
                #({
                    let of = <#types as ::pulumi_component::__private::Emitted>::describe(types);
                    let property = ::pulumi_component::schema::PropertySpec::output(#abouts, of);
                    properties.add(#keys, property, <#types as ::pulumi_component::__private::Emitted>::REQUIRED);
                })*
                properties
            }

            fn collect(
                &self,
            ) -> ::std::collections::BTreeMap<::std::string::String, ::pulumi_component::__private::Later> {
                ::std::collections::BTreeMap::from([
                    #((::std::string::String::from(#keys), ::pulumi_component::__private::Emitted::emit(&self.#idents))),*
                ])
            }
        }

        impl ::pulumi_component::__private::Emitted for #name {
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

        #stands_for
    }
}
