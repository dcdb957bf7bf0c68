//! `derive(Record)`.

use proc_macro2::TokenStream;
use syn::{Attribute, DeriveInput, Field, Ident, Path};

use crate::{Errors, description, inside, named_fields};

/// What `#[record(…)]` says.
#[derive(Default)]
struct Settings {
    check: Option<Path>,
    flatten: bool,
    replaces: bool,
    stable: bool,
}

/// The code for one field, each but the last over variables that its place declares.
struct Parts {
    /// Adds to `properties`, with the help of `types`.
    property: TokenStream,
    /// Adds to `keys`.
    key: TokenStream,
    /// Adds to `replacing`.
    replacing: TokenStream,
    /// Adds to `stable`.
    stable: TokenStream,
    /// Reports to `fields`.
    check: TokenStream,
    /// The field's value, out of `properties`.
    read: TokenStream,
    /// Adds `self`'s field to `properties`.
    write: TokenStream,
}

pub(crate) fn derive(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let name = &input.ident;
    let about = description(&input.attrs, name, errors);
    let types = as_type(name, &about);
    let fields = named_fields(input, errors);
    let parts: Vec<_> = fields.iter().map(|(ident, key, field)| derive_field(ident, key, field, errors)).collect();
    let idents = fields.iter().map(|(ident, ..)| ident);
    let properties = parts.iter().map(|parts| &parts.property);
    let keys = parts.iter().map(|parts| &parts.key);
    let replacing = parts.iter().map(|parts| &parts.replacing);
    let stable = parts.iter().map(|parts| &parts.stable);
    let checks = parts.iter().map(|parts| &parts.check);
    let reads = parts.iter().map(|parts| &parts.read);
    let writes = parts.iter().map(|parts| &parts.write);

    code! {
        impl ::pulumi_component::Record for #name {
            const DESCRIPTION: &'static str = #about;

            fn properties(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::__private::Properties {
                let mut properties = ::pulumi_component::__private::Properties::default();
                #(#properties)*
                properties
            }

            fn keys() -> ::std::vec::Vec<&'static str> {
                let mut keys = ::std::vec::Vec::new();
                #(#keys)*
                keys
            }

            fn replacing() -> ::std::vec::Vec<&'static str> {
                let mut replacing = ::std::vec::Vec::new();
                #(#replacing)*
                replacing
            }

            fn stable() -> ::std::vec::Vec<&'static str> {
                let mut stable = ::std::vec::Vec::new();
                #(#stable)*
                stable
            }

            fn check_known(fields: &mut ::pulumi_component::__private::Fields<'_>) {
                #(#checks)*
            }

            fn from_properties(
                properties: &::pulumi_component::value::PropertyMap,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                ::core::result::Result::Ok(Self { #(#idents: #reads?),* })
            }

            fn add_to(self, properties: &mut ::pulumi_component::value::PropertyMap) {
                #(#writes)*
            }
        }

        #types
    }
}

/// The record as the type of a property.
fn as_type(name: &Ident, about: &str) -> TokenStream {
    let schema_name = name.to_string();
    code! {
        impl ::pulumi_component::FromValue for #name {
            fn from_value(
                value: &::pulumi_component::value::Value,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                ::pulumi_component::__private::record_of_value(value)
            }
        }

        impl ::pulumi_component::IntoValue for #name {
            fn into_value(self) -> ::pulumi_component::value::Value {
                ::pulumi_component::__private::record_into_value(self)
            }
        }

        impl ::pulumi_component::PropertyType for #name {
            const KIND: ::pulumi_component::Kind = ::pulumi_component::Kind::Object(#schema_name);
        }

        impl ::pulumi_component::Type for #name {
            fn describe(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::schema::TypeSpec {
                types.named::<Self>(#schema_name, |types| {
                    let properties = <Self as ::pulumi_component::Record>::properties(types);
                    ::pulumi_component::schema::ComplexType::object(#about, properties)
                })
            }
        }
    }
}

fn derive_field(ident: &Ident, key: &str, field: &Field, errors: &mut Errors) -> Parts {
    let settings = settings(&field.attrs, errors);
    let ty = &field.ty;
    if settings.flatten {
        if settings.check.is_some() || settings.replaces || settings.stable {
            errors.add(ident, "`flatten` stands alone: the properties of the struct have settings of their own");
        }
        return flattened(ident, ty);
    }
    if inside(ty, &["Input", "Output"]) != ty {
        errors.add(ident, "a record is plain data, which nobody waits for: write the type without `Input`");
    }
    let about = description(&field.attrs, ident, errors);
    let Settings { check, replaces, stable, .. } = settings;
    let check = check.map(|check| {
        code! {
            fields.check(#key, field.as_ref(), |known| {
                ::pulumi_component::Known::known(known).map_or(::core::result::Result::Ok(()), |known| #check(&known))
            });
        }
    });
    // Without a rule nobody looks at what was read.
    let binding = check.as_ref().map_or_else(|| code!(_), |_| code!(field));
    Parts {
        property: code! {
            let of = <#ty as ::pulumi_component::Type>::describe(types);
            let property = ::pulumi_component::schema::PropertySpec::property(
                #about, of, <#ty as ::pulumi_component::Type>::SECRET, #replaces,
            );
            properties.add(#key, property, !<#ty as ::pulumi_component::Type>::OPTIONAL);
        },
        key: code!(keys.push(#key);),
        replacing: if replaces { code!(replacing.push(#key);) } else { TokenStream::new() },
        stable: if stable { code!(stable.push(#key);) } else { TokenStream::new() },
        check: code! {
            let #binding = fields.field::<::pulumi_component::Output<#ty>>(#key, ::core::option::Option::None);
            #check
        },
        read: code!(::pulumi_component::__private::property::<#ty>(properties, #key)),
        write: code! {
            properties.insert(
                ::std::string::String::from(#key), ::pulumi_component::IntoValue::into_value(self.#ident),
            );
        },
    }
}

fn flattened(ident: &Ident, ty: &syn::Type) -> Parts {
    let record = code!(<#ty as ::pulumi_component::Record>);
    Parts {
        property: code! {
            let part = #record::properties(types);
            types.flatten::<Self, #ty>(&mut properties, part);
        },
        key: code!(keys.extend(#record::keys());),
        replacing: code!(replacing.extend(#record::replacing());),
        stable: code!(stable.extend(#record::stable());),
        check: code!(#record::check_known(fields);),
        read: code!(#record::from_properties(properties)),
        write: code!(#record::add_to(self.#ident, properties);),
    }
}

fn settings(attributes: &[Attribute], errors: &mut Errors) -> Settings {
    let mut settings = Settings::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("record")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            match meta.path.get_ident().map(Ident::to_string).as_deref() {
                Some("check") => settings.check = Some(meta.value()?.parse()?),
                Some("flatten") => settings.flatten = true,
                Some("replaces") => settings.replaces = true,
                Some("stable") => settings.stable = true,
                _ => return Err(meta.error("known here: `check`, `flatten`, `replaces`, `stable`")),
            }
            Ok(())
        });
        errors.note(parsed);
    }
    settings
}
