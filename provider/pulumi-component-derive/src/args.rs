//! `derive(Args)`.

use proc_macro2::{Span, TokenStream};
use quote::format_ident;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DataEnum, DeriveInput, Expr, Field, Ident, LitStr, Path, Type};

use crate::{Errors, description, inside, named_fields};

/// What `#[args(…)]` says.
#[derive(Default)]
struct Settings {
    default: Option<Default>,
    check: Option<Path>,
    component: Option<Type>,
    unlike: Option<Type>,
    flatten: bool,
    value: Option<LitStr>,
}

enum Default {
    OfType,
    Value(Expr),
}

/// The code for one field.
struct Parts {
    /// Adds to `keys`.
    key: TokenStream,
    /// Adds to `properties`, with the help of `types`.
    property: TokenStream,
    /// Binds `local`, by means of `fields`.
    read: TokenStream,
    local: Ident,
}

pub(crate) fn derive(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    match &input.data {
        Data::Enum(data) => derive_enum(input, data, errors),
        _ => derive_struct(input, errors),
    }
}

fn derive_struct(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let name = &input.ident;
    let about = description(&input.attrs, name, errors);
    let settings = settings(&input.attrs, &["check"], errors);
    let schema_name = name.to_string();
    let schema_name = schema_name.strip_suffix("Args").unwrap_or(&schema_name);

    let fields = named_fields(input, errors);
    let parts: Vec<_> = fields.iter().map(|(ident, key, field)| derive_field(ident, field, key, errors)).collect();
    let idents = fields.iter().map(|(ident, ..)| ident);
    let types: Vec<_> = fields.iter().map(|(.., field)| &field.ty).collect();
    let locals = parts.iter().map(|parts| &parts.local);
    let keys = parts.iter().map(|parts| &parts.key);
    let properties = parts.iter().map(|parts| &parts.property);
    let reads = parts.iter().map(|parts| &parts.read);
    let check = settings.check.map(|check| {
        code! {
            for problem in #check(&decoded) {
                fields.report(problem);
            }
        }
    });

    code! {
        impl ::pulumi_component::Args for #name {
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

            fn read(fields: &mut ::pulumi_component::__private::Fields<'_>) -> ::core::option::Option<Self> {
                #(#reads)*
                let decoded = Self { #(#idents: #locals?),* };
                #check
                ::core::option::Option::Some(decoded)
            }
        }

        impl ::pulumi_component::__private::Argument for #name {
            const PLAIN: bool = false #(|| <#types as ::pulumi_component::__private::Argument>::PLAIN)*;

            fn describe(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::schema::TypeSpec {
                types.named::<Self>(#schema_name, |types| {
                    let properties = <Self as ::pulumi_component::Args>::properties(types);
                    ::pulumi_component::schema::ComplexType::object(#about, properties)
                })
            }

            fn decode(cursor: ::pulumi_component::__private::Cursor<'_>) -> ::core::option::Option<Self> {
                let mut fields = cursor.object(&<Self as ::pulumi_component::Args>::keys())?;
                <Self as ::pulumi_component::Args>::read(&mut fields)
            }
        }

        impl ::pulumi_component::__private::DefaultValue for #name {
            fn default_value() -> ::pulumi_component::value::Value {
                ::pulumi_component::value::Value::Object(::core::default::Default::default())
            }
        }
    }
}

fn derive_field(ident: &Ident, field: &Field, key: &str, errors: &mut Errors) -> Parts {
    let settings = settings(&field.attrs, &["default", "check", "component", "unlike", "flatten"], errors);
    refuse_pairs(ident, field, &settings, errors);
    let (ty, local) = (&field.ty, format_ident!("field_{}", ident, span = Span::mixed_site()));
    if settings.flatten {
        return Parts {
            key: code!(keys.extend(<#ty as ::pulumi_component::Args>::keys());),
            property: code! {
                let part = <#ty as ::pulumi_component::Args>::properties(types);
                types.flatten::<Self, #ty>(&mut properties, part);
            },
            read: code!(let #local = <#ty as ::pulumi_component::Args>::read(fields);),
            local,
        };
    }
    let about = description(&field.attrs, ident, errors);
    let default = match &settings.default {
        None => code!(::core::option::Option::None),
        Some(Default::OfType) => code! {
            ::core::option::Option::Some(<#ty as ::pulumi_component::__private::DefaultValue>::default_value())
        },
        Some(Default::Value(expr)) => {
            let inner = inside(ty, &["Input", "Output"]);
            code! {
                ::pulumi_component::__private::known(&::pulumi_component::IntoInput::<#inner>::into_later(#expr))
            }
        }
    };

    let mut of = code!(<#ty as ::pulumi_component::__private::Argument>::describe(types));
    let mut read = code!(fields.field::<#ty>(#key, #default));
    if let Some(component) = &settings.component {
        let outputs = inside(ty, &["Option"]);
        let token = code!(<#component as ::pulumi_component::Component>::TOKEN);
        let output = code!(<#component as ::pulumi_component::__private::StandsFor<#outputs>>::OUTPUT);
        of = code! {
            ::pulumi_component::schema::TypeSpec::one_of(::std::vec![
                ::pulumi_component::schema::TypeSpec::component(#token), #of,
            ])
        };
        let unlike = settings.unlike.as_ref().map_or(code!(::core::option::Option::None), |other| {
            code! {
                ::core::option::Option::Some(&::pulumi_component::__private::Unlike::new(
                    ::core::stringify!(#other),
                    <#other as ::pulumi_component::Args>::keys(),
                    &<#outputs as ::pulumi_component::Args>::keys(),
                ))
            }
        });
        read = code!(fields.field_of_component::<#ty>(#key, #token, #output, #unlike));
    }
    let required = match &settings.default {
        None => {
            code!(<#ty as ::pulumi_component::__private::Argument>::absent().is_none())
        }
        Some(_) => code!(false),
    };
    let property = code! {
        let of = #of.plain(<#ty as ::pulumi_component::__private::Argument>::PLAIN);
        let default: ::core::option::Option<::pulumi_component::value::Value> = #default;
        let required = #required;
        let property = ::pulumi_component::schema::PropertySpec::argument(#about, of, default.as_ref(), required);
        properties.add(#key, property, required);
    };
    let check = settings.check.map(|check| code!(fields.check(#key, #local.as_ref(), |known| #check(known));));
    let key = code!(keys.push(#key););
    Parts { key, property, read: code!(let #local = #read; #check), local }
}

/// Settings that mean nothing beside each other, or beside the field's type.
fn refuse_pairs(ident: &Ident, field: &Field, settings: &Settings, errors: &mut Errors) {
    let Settings { default, check, component, unlike, flatten, value: _ } = settings;
    if default.is_some() && inside(&field.ty, &["Option"]) != &field.ty {
        errors.add(ident, "with a default it is never missing: write the type without `Option`");
    }
    if component.is_some() && default.is_some() {
        errors.add(ident, "what a component can stand for has no default: write an `Option`, or `component` alone");
    }
    if unlike.is_some() && component.is_none() {
        errors.add(ident, "`unlike` tells the outputs of another component: write `component` before it");
    }
    if *flatten && (default.is_some() || check.is_some() || component.is_some()) {
        errors.add(ident, "`flatten` stands alone: the arguments of the struct have settings of their own");
    }
}

fn derive_enum(input: &DeriveInput, data: &DataEnum, errors: &mut Errors) -> TokenStream {
    let name = &input.ident;
    let about = description(&input.attrs, name, errors);
    settings(&input.attrs, &[], errors);
    let schema_name = name.to_string();
    let (mut variants, mut values, mut abouts) = (Vec::new(), Vec::new(), Vec::new());
    for variant in &data.variants {
        if !variant.fields.is_empty() {
            errors.add(&variant.ident, "a choice in a schema is a name without fields");
        }
        let value = settings(&variant.attrs, &["value"], errors).value;
        values.push(value.map_or_else(|| variant.ident.to_string(), |value| value.value()));
        abouts.push(description(&variant.attrs, &variant.ident, errors));
        variants.push(&variant.ident);
    }
    let wanted = format!("must be `{}`", values.join("` or `"));
    let has_default =
        data.variants.iter().any(|variant| variant.attrs.iter().any(|attribute| attribute.path().is_ident("default")));
    let default = has_default.then(|| {
        code! {
            impl ::pulumi_component::__private::DefaultValue for #name {
                fn default_value() -> ::pulumi_component::value::Value {
                    ::pulumi_component::IntoValue::into_value(<Self as ::core::default::Default>::default())
                }
            }
        }
    });

    code! {
        impl ::pulumi_component::FromValue for #name {
            fn from_value(value: &::pulumi_component::value::Value) -> ::core::result::Result<Self, ::std::string::String> {
                match value {
                    #(
                        ::pulumi_component::value::Value::String(text) if text == #values => {
                            ::core::result::Result::Ok(Self::#variants)
                        }
                    )*
                    _ => ::core::result::Result::Err(::std::string::String::from(#wanted)),
                }
            }
        }

        impl ::pulumi_component::Type for #name {
            fn describe(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::schema::TypeSpec {
                use ::pulumi_component::schema::{ChoiceSpec, ComplexType};
                let choices = ::std::vec![
                    #(ChoiceSpec::new(::core::stringify!(#variants), #values, #abouts)),*
                ];
                types.named::<Self>(#schema_name, |_| ComplexType::choice(#about, choices))
            }
        }

        impl ::pulumi_component::IntoValue for #name {
            fn into_value(self) -> ::pulumi_component::value::Value {
                match self {
                    #(Self::#variants => ::pulumi_component::value::Value::from(#values)),*
                }
            }
        }

        impl ::pulumi_component::__private::Argument for #name {
            fn describe(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::schema::TypeSpec {
                <Self as ::pulumi_component::Type>::describe(types)
            }

            fn decode(cursor: ::pulumi_component::__private::Cursor<'_>) -> ::core::option::Option<Self> {
                cursor.plain()
            }
        }

        impl ::pulumi_component::IntoInput<#name> for #name {
            fn into_later(self) -> ::pulumi_component::__private::Later {
                ::pulumi_component::__private::Later::ready(::pulumi_component::IntoValue::into_value(self))
            }
        }

        #default
    }
}

fn settings(attributes: &[Attribute], allowed: &[&str], errors: &mut Errors) -> Settings {
    let (mut settings, mut given) = (Settings::default(), Vec::new());
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("args")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let Some(setting) = allowed.iter().copied().find(|allowed| meta.path.is_ident(allowed)) else {
                let known =
                    if allowed.is_empty() { "nothing".to_owned() } else { format!("`{}`", allowed.join("`, `")) };
                errors.add(&meta.path, format!("known here: {known}"));
                return if meta.input.peek(syn::Token![=]) { meta.value()?.parse::<Expr>().map(drop) } else { Ok(()) };
            };
            if given.contains(&setting) {
                errors.add(&meta.path, "is given twice");
            }
            given.push(setting);
            settings.set(setting, &meta)
        });
        errors.note(parsed);
    }
    settings
}

impl Settings {
    fn set(&mut self, setting: &str, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        match setting {
            "default" if !meta.input.peek(syn::Token![=]) => self.default = Some(Default::OfType),
            "default" => self.default = Some(Default::Value(meta.value()?.parse()?)),
            "check" => self.check = Some(meta.value()?.parse()?),
            "component" => self.component = Some(meta.value()?.parse()?),
            "unlike" => self.unlike = Some(meta.value()?.parse()?),
            "value" => self.value = Some(meta.value()?.parse()?),
            _ => self.flatten = true,
        }
        Ok(())
    }
}
