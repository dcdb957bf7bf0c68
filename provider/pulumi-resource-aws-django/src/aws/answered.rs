//! Object types that AWS answers and this package reads: they have no builders.

/// Makes a struct for each object type of a table, with the texts in it that are read, and the table itself as
/// `ANSWERED`.
macro_rules! answered {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident { $($property:ident),* $(,)? }
    )*) => {
        /// The object types of this module that are read.
        pub static ANSWERED: &[pulumi_component::ObjectInfo] = &[$(pulumi_component::ObjectInfo {
            name: stringify!($name),
            properties: &[$((stringify!($property), <String as pulumi_component::PropertyType>::KIND)),*],
        }),*];

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug)]
            pub struct $name {
                $(
                    #[doc = concat!("Its `", stringify!($property), "`.")]
                    pub $property: String,
                )*
            }

            impl pulumi_component::PropertyType for $name {
                const KIND: pulumi_component::Kind = pulumi_component::Kind::Object(stringify!($name));
            }

            impl pulumi_component::Type for $name {
                fn describe(_: &mut pulumi_component::schema::Types) -> pulumi_component::schema::TypeSpec {
                    pulumi_component::schema::TypeSpec::of("object")
                }

                fn from_value(value: &pulumi_component::Value) -> Result<Self, String> {
                    let pulumi_component::Value::Object(properties) = value else {
                        return Err("must be an object".to_owned());
                    };
                    let text = |name: &str| {
                        let text = properties.get(&pulumi_component::decode::camel(name));
                        let text = text.ok_or_else(|| format!("must have `{name}`"))?;
                        <String as pulumi_component::Type>::from_value(text)
                    };
                    Ok(Self { $($property: text(stringify!($property))?),* })
                }

                fn into_value(self) -> pulumi_component::Value {
                    let properties = [$((
                        pulumi_component::decode::camel(stringify!($property)),
                        pulumi_component::Type::into_value(self.$property),
                    )),*];
                    pulumi_component::Value::Object(properties.into())
                }
            }
        )*
    };
}

pub(crate) use answered;
