//! `derive(Args)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Expr, Field, GenericArgument, Ident, LitStr, Path, PathArguments, Type};

use crate::{camel, description, named_fields};

/// What `#[args(…)]` says.
#[derive(Default)]
struct Settings {
    default: Option<Default>,
    check: Option<Path>,
    component: Option<Type>,
    value: Option<LitStr>,
}

enum Default {
    /// An object whose fields have defaults of their own.
    Empty,
    Of(Expr),
}

pub(crate) fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    match &input.data {
        Data::Enum(data) => derive_enum(input, data),
        _ => derive_struct(input),
    }
}

fn derive_struct(input: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &input.ident;
    let about = description(&input.attrs, name)?;
    let settings = settings(&input.attrs, &["check"])?;
    let schema_name = name.to_string();
    let schema_name = schema_name.strip_suffix("Args").unwrap_or(&schema_name);

    let (mut idents, mut types, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    let (mut properties, mut reads) = (Vec::new(), Vec::new());
    for (ident, field) in named_fields(&input.data, name)? {
        let key = camel(ident);
        let (property, read) = derive_field(ident, field, &key)?;
        properties.push(property);
        reads.push(read);
        idents.push(ident);
        types.push(&field.ty);
        keys.push(key);
    }
    let check = settings.check.map(|check| {
        quote! {
            for problem in #check(&decoded) {
                fields.report(problem);
            }
        }
    });

    Ok(quote! {
        impl ::pulumi_component::Args for #name {
            fn properties(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::Properties {
                let mut properties = ::pulumi_component::Properties::default();
                #(#properties)*
                properties
            }
        }

        impl ::pulumi_component::Argument for #name {
            const PLAIN: bool = #(<#types as ::pulumi_component::Argument>::PLAIN)||*;

            fn describe(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::schema::TypeSpec {
                types.named::<Self>(#schema_name, |types| {
                    let properties = <Self as ::pulumi_component::Args>::properties(types);
                    ::pulumi_component::schema::ComplexType::object(#about, properties)
                })
            }

            fn decode(cursor: ::pulumi_component::Cursor<'_>) -> ::core::option::Option<Self> {
                let mut fields = cursor.object(&[#(#keys),*])?;
                #(#reads)*
                let decoded = Self { #(#idents: #idents?),* };
                #check
                ::core::option::Option::Some(decoded)
            }
        }
    })
}

/// How a field is described in the schema, and how it is read.
fn derive_field(ident: &Ident, field: &Field, key: &str) -> syn::Result<(TokenStream, TokenStream)> {
    let about = description(&field.attrs, ident)?;
    let settings = settings(&field.attrs, &["default", "check", "component"])?;
    let ty = &field.ty;
    let default = match &settings.default {
        None => quote!(::core::option::Option::None),
        Some(Default::Empty) => {
            quote!(::core::option::Option::Some(::pulumi_component::Value::Object(::core::default::Default::default())))
        }
        Some(Default::Of(expr)) => {
            let inner = innermost(ty);
            quote!(::pulumi_component::__private::known(&::pulumi_component::IntoInput::<#inner>::into_later(#expr)))
        }
    };

    let mut of = quote!(<#ty as ::pulumi_component::Argument>::describe(types));
    let mut read = quote!(fields.field::<#ty>(#key, #default));
    if let Some(component) = &settings.component {
        let token = quote!(<#component as ::pulumi_component::Component>::TOKEN);
        of = quote! {
            ::pulumi_component::schema::TypeSpec::one_of(vec![
                ::pulumi_component::schema::TypeSpec::component(#token), #of,
            ])
        };
        read = quote!(fields.field_of_component::<#ty>(#key, #token, "outputs"));
    }
    let required = match &settings.default {
        None => quote!(<#ty as ::pulumi_component::Argument>::absent().is_none()),
        Some(_) => quote!(false),
    };
    let property = quote! {
        let of = #of.plain(<#ty as ::pulumi_component::Argument>::PLAIN);
        let default: ::core::option::Option<::pulumi_component::Value> = #default;
        let property = ::pulumi_component::schema::PropertySpec::new(#about, of, default.as_ref());
        properties.add(#key, property, #required);
    };
    let check = settings.check.map(|check| quote!(fields.check(#key, #ident.as_ref(), |known| #check(known));));
    Ok((property, quote! { let #ident = #read; #check }))
}

fn derive_enum(input: &DeriveInput, data: &syn::DataEnum) -> syn::Result<TokenStream> {
    let name = &input.ident;
    let about = description(&input.attrs, name)?;
    let schema_name = name.to_string();
    let (mut variants, mut values, mut abouts) = (Vec::new(), Vec::new(), Vec::new());
    for variant in &data.variants {
        if !variant.fields.is_empty() {
            return Err(syn::Error::new_spanned(&variant.ident, "a choice in a schema is a name without fields"));
        }
        let value = settings(&variant.attrs, &["value"])?.value;
        values.push(value.map_or_else(|| variant.ident.to_string(), |value| value.value()));
        abouts.push(description(&variant.attrs, &variant.ident)?);
        variants.push(&variant.ident);
    }
    let wanted = format!("must be `{}`", values.join("` or `"));

    Ok(quote! {
        impl ::pulumi_component::Type for #name {
            fn describe(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::schema::TypeSpec {
                use ::pulumi_component::schema::{ChoiceSpec, ComplexType};
                let choices = vec![
                    #(ChoiceSpec { name: stringify!(#variants), value: #values, description: #abouts }),*
                ];
                types.named::<Self>(#schema_name, |_| ComplexType::choice(#about, choices))
            }

            fn from_value(
                value: &::pulumi_component::Value,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                match value {
                    #(::pulumi_component::Value::String(text) if text == #values => Ok(Self::#variants),)*
                    _ => Err(#wanted.to_owned()),
                }
            }

            fn into_value(self) -> ::pulumi_component::Value {
                match self {
                    #(Self::#variants => ::pulumi_component::Value::from(#values)),*
                }
            }
        }

        impl ::pulumi_component::Argument for #name {
            fn describe(types: &mut ::pulumi_component::schema::Types) -> ::pulumi_component::schema::TypeSpec {
                <Self as ::pulumi_component::Type>::describe(types)
            }

            fn decode(cursor: ::pulumi_component::Cursor<'_>) -> ::core::option::Option<Self> {
                cursor.plain()
            }
        }

        impl ::pulumi_component::IntoInput<#name> for #name {
            fn into_later(self) -> ::pulumi_component::__private::Later {
                ::pulumi_component::__private::Later::ready(::pulumi_component::Type::into_value(self))
            }
        }
    })
}

fn settings(attributes: &[Attribute], allowed: &[&str]) -> syn::Result<Settings> {
    let mut settings = Settings::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("args")) {
        attribute.parse_nested_meta(|meta| {
            let setting = allowed.iter().find(|allowed| meta.path.is_ident(allowed));
            match setting {
                Some(&"default") if !meta.input.peek(syn::Token![=]) => settings.default = Some(Default::Empty),
                Some(&"default") => settings.default = Some(Default::Of(meta.value()?.parse()?)),
                Some(&"check") => settings.check = Some(meta.value()?.parse()?),
                Some(&"component") => settings.component = Some(meta.value()?.parse()?),
                Some(&"value") => settings.value = Some(meta.value()?.parse()?),
                _ => return Err(meta.error(format!("known here: `{}`", allowed.join("`, `")))),
            }
            Ok(())
        })?;
    }
    Ok(settings)
}

/// The type inside `Input`, `Output` and `Option`: that of a default.
fn innermost(ty: &Type) -> &Type {
    let Type::Path(path) = ty else { return ty };
    let Some(last) = path.path.segments.last() else { return ty };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return ty };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if ["Input", "Output", "Option"].iter().any(|name| last.ident == name) => {
            innermost(inner)
        }
        _ => ty,
    }
}
