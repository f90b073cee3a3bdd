//! One list of words for each closed set of states or kinds: text form, parser, serde and column.

/// A text that is none of the words of a closed set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {expected}")]
pub struct WordError {
    /// The allowed words, separated by commas.
    pub expected: String,
}

/// Defines an enum whose text form is the same on the wire, in the database and in files.
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All of them, in the order of their definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The text form: on the wire, in the database, in files.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text_enum::WordError;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    let words: Vec<_> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    $crate::text_enum::WordError { expected: words.join(", ") }
                })
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str> as $crate::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err($crate::serde::de::Error::custom)
            }
        }

        $crate::text_enum_column!($name);
    };
}

/// Makes the words of a set storable in a text column.
#[cfg(feature = "db")]
#[macro_export]
macro_rules! text_enum_column {
    ($name:ident) => {
        const _: () = {
            use $crate::sea_orm::sea_query::{
                ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr,
            };
            use $crate::sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable, Value};

            impl From<$name> for Value {
                fn from(word: $name) -> Self {
                    word.as_str().into()
                }
            }

            impl TryGetable for $name {
                fn try_get_by<I: ColIdx>(
                    row: &QueryResult,
                    index: I,
                ) -> ::std::result::Result<Self, TryGetError> {
                    let text = String::try_get_by(row, index)?;
                    text.parse().map_err(|error: $crate::text_enum::WordError| {
                        TryGetError::DbErr($crate::sea_orm::DbErr::Type(format!("{text}: {error}")))
                    })
                }
            }

            impl ValueType for $name {
                fn try_from(value: Value) -> ::std::result::Result<Self, ValueTypeErr> {
                    <String as ValueType>::try_from(value)?.parse().map_err(|_| ValueTypeErr)
                }

                fn type_name() -> String {
                    stringify!($name).to_owned()
                }

                fn array_type() -> ArrayType {
                    ArrayType::String
                }

                fn column_type() -> ColumnType {
                    ColumnType::String(StringLen::N(32))
                }
            }

            impl Nullable for $name {
                fn null() -> Value {
                    Value::String(None)
                }
            }

            impl $crate::sea_orm::TryFromU64 for $name {
                fn try_from_u64(_: u64) -> ::std::result::Result<Self, $crate::sea_orm::DbErr> {
                    // A word in a key is chosen by us and never by a database.
                    Err($crate::sea_orm::DbErr::ConvertFromU64(stringify!($name)))
                }
            }
        };
    };
}

/// Without a database there is nothing to store.
#[cfg(not(feature = "db"))]
#[macro_export]
macro_rules! text_enum_column {
    ($name:ident) => {};
}
