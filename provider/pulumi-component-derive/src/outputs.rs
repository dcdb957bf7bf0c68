//! `derive(Outputs)`.

use proc_macro2::TokenStream;
use syn::{Attribute, DeriveInput};

use crate::{Errors, description, named_fields};

/// The output that an argument takes a component for.
const STANDS_FOR: &str = "outputs";

pub(crate) fn derive(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let name = &input.ident;
    let about = description(&input.attrs, name, errors);
    let schema_name = name.to_string();
    let (flattened, fields): (Vec<_>, Vec<_>) =
        named_fields(input, errors).into_iter().partition(|(.., field)| is_flattened(&field.attrs, errors));
    let abouts: Vec<_> = fields.iter().map(|(ident, _, field)| description(&field.attrs, ident, errors)).collect();
    let idents = fields.iter().map(|(ident, ..)| ident);
    let keys: Vec<_> = fields.iter().map(|(_, key, _)| key).collect();
    let types: Vec<_> = fields.iter().map(|(.., field)| &field.ty).collect();
    let part_idents: Vec<_> = flattened.iter().map(|(ident, ..)| ident).collect();
    let part_types: Vec<_> = flattened.iter().map(|(.., field)| &field.ty).collect();
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
                #({
                    let part = <#part_types as ::pulumi_component::Outputs>::properties(types);
                    types.flatten::<Self, #part_types>(&mut properties, part);
                })*
                properties
            }

            fn collect(
                &self,
            ) -> ::std::collections::BTreeMap<::std::string::String, ::pulumi_component::__private::Later> {
                let own: [(::std::string::String, ::pulumi_component::__private::Later); _] = [
                    #((::std::string::String::from(#keys), ::pulumi_component::__private::Emitted::emit(&self.#idents))),*
                ];
                let parts: [::std::collections::BTreeMap<_, _>; _] = [
                    #(::pulumi_component::Outputs::collect(&self.#part_idents)),*
                ];
                own.into_iter().chain(parts.into_iter().flatten()).collect()
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

/// Whether `#[outputs(flatten)]` stands on a field.
fn is_flattened(attributes: &[Attribute], errors: &mut Errors) -> bool {
    let mut is_flattened = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("outputs")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("flatten") {
                is_flattened = true;
            } else {
                errors.add(&meta.path, "known here: `flatten`");
            }
            Ok(())
        });
        errors.note(parsed);
    }
    is_flattened
}
