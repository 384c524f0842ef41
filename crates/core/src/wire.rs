//! Enums that are stored and sent by their names.

/// A name that isn't in the enum: another program or a newer version wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no {set}")]
pub struct UnknownValue {
    /// The name of the enum.
    pub set: &'static str,
    /// The unknown name.
    pub text: String,
}

/// Makes an enum whose values have one name each: in JSON, in the OpenAPI document, and in a column of the database
/// (rows hold the enum itself, so that a column is never compared with a text).
macro_rules! wire_enum {
    ($(#[doc = $meta:literal])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $wire:literal),+ $(,)? }) => {
        $(#[doc = $meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sea_orm::DeriveValueType,
        )]
        #[sea_orm(value_type = "String", column_type = "Text")]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $wire)] $variant),+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: [Self; [$($wire),+].len()] = [$(Self::$variant),+];
            /// The value's name on the wire and in the database.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $wire),+ } }
        }
        // Utoipa's derive can't read a name that comes out of a macro: it would describe the variants' names.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(concat!($($meta, "\n"),*).trim()))
                    .enum_values(Some(Self::ALL.map(Self::as_str)))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::wire::UnknownValue;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let unknown = || $crate::wire::UnknownValue { set: stringify!($name), text: text.to_owned() };
                Self::ALL.into_iter().find(|v| v.as_str() == text).ok_or_else(unknown)
            }
        }
    };
}
pub(crate) use wire_enum;
