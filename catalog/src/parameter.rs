//! Parameters of a package: JSON Schema (draft 2020-12) with keywords of ours.
//!
//! `x-apply` says how a change arrives, `x-format: bytes` makes texts like `64mb` comparable,
//! `x-maximum-of` and `x-default-of` follow the plan. A list has rows of `items`, whose fields are
//! parameters of their own ([`crate::parameter::Row`]). Whole forms are judged in [`crate::form`].

mod row;

use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::{Value, json};
use types::size::Size;

pub use self::row::Row;
use crate::text::Text;
use crate::{amount, pem};

/// The type of a parameter's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A text of one line.
    String,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// Rows of fields.
    Array,
}

/// How the text of a value is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextFormat {
    /// An amount of bytes, see [`crate::amount`].
    Bytes,
    /// Certificates in PEM, the server's own first, see [`crate::pem`].
    Certificate,
    /// A private key in PEM, see [`crate::pem`].
    PrivateKey,
}

/// When a changed value becomes effective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// By a command to the running process.
    Hot,
    /// When the process starts again.
    Restart,
    /// Never: it is chosen at the order.
    Immutable,
}

/// A figure of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Thousandths of a vCPU.
    Millivcpu,
    /// Memory in MiB.
    MemoryMib,
    /// Storage in MiB.
    StorageMib,
}

/// A part of a figure of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The figure.
    pub of: Figure,
    /// How much of it.
    pub percent: u16,
}

/// One parameter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The value it has unless another is given.
    pub default: Option<Value>,
    /// The only allowed texts.
    #[serde(rename = "enum")]
    pub choices: Option<Vec<String>>,
    /// The least number.
    pub minimum: Option<i64>,
    /// The greatest number.
    pub maximum: Option<i64>,
    /// What a text must look like.
    pub pattern: Option<String>,
    /// The most characters of a text; 4096 if absent.
    #[serde(rename = "maxLength")]
    pub max_length: Option<usize>,
    /// Values that are right.
    #[serde(default)]
    pub examples: Vec<Value>,
    /// What a row of a list is made of.
    pub items: Option<Row>,
    /// The most rows of a list.
    #[serde(rename = "maxItems")]
    pub rows_max: Option<usize>,
    /// The parameter with the certificate that this private key belongs to: both are given, or
    /// none.
    #[serde(rename = "x-key-of")]
    pub key_of: Option<String>,
    /// How its text is to be understood.
    #[serde(rename = "x-format")]
    pub format: Option<TextFormat>,
    /// The least amount, written like the values.
    #[serde(rename = "x-minimum")]
    pub least: Option<String>,
    /// The greatest amount, written like the values.
    #[serde(rename = "x-maximum")]
    pub most: Option<String>,
    /// A limit that follows the plan, beside the fixed one.
    #[serde(rename = "x-maximum-of")]
    pub maximum_of: Option<Share>,
    /// A default that follows the plan.
    #[serde(rename = "x-default-of")]
    pub default_of: Option<Share>,
    /// A symbol such as `s`, `ms`, `%`, `Hz`, the same in all languages.
    #[serde(rename = "x-unit")]
    pub unit: Option<String>,
    /// When a changed value becomes effective.
    #[serde(rename = "x-apply")]
    pub effect: Effect,
    /// Whether its value must not be seen.
    #[serde(rename = "x-secret", default)]
    pub is_secret: bool,
    /// The topologies it is for; all if absent.
    #[serde(rename = "x-topologies")]
    pub topologies: Option<Vec<String>>,
    /// The software versions it is for; all if absent.
    #[serde(rename = "x-versions")]
    pub versions: Option<Vec<String>>,
    /// For people.
    #[serde(rename = "x-title")]
    pub title: Text,
    /// What it does, in a sentence or two.
    #[serde(rename = "x-help")]
    pub help: Text,
    #[serde(skip)]
    rule: OnceLock<Arc<jsonschema::Validator>>,
}

impl Parameter {
    /// Whether its values are amounts of bytes.
    pub fn is_bytes(&self) -> bool {
        self.format == Some(TextFormat::Bytes)
    }

    /// Whether its values are texts of many lines.
    pub fn is_pem(&self) -> bool {
        matches!(self.format, Some(TextFormat::Certificate | TextFormat::PrivateKey))
    }

    /// Whether it exists in this topology and software version.
    pub fn is_for(&self, topology: &str, software_version: &str) -> bool {
        let has = |list: &Option<Vec<String>>, word: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|entry| entry == word))
        };
        has(&self.topologies, topology) && has(&self.versions, software_version)
    }

    /// The least number or amount.
    pub fn least(&self) -> Option<i64> {
        if self.is_bytes() { amount::parse(self.least.as_ref()?) } else { self.minimum }
    }

    /// The greatest number or amount for a size.
    pub fn most(&self, size: Size) -> Option<i64> {
        let fixed = if self.is_bytes() {
            self.most.as_deref().and_then(amount::parse)
        } else {
            self.maximum
        };
        let share = self.maximum_of.map(|share| self.share(share, size));
        [fixed, share].into_iter().flatten().min()
    }

    /// The default for a size; none if a value has to be given.
    pub fn default(&self, size: Size) -> Option<Value> {
        match self.default_of {
            None => self.default.clone(),
            Some(share) => {
                let number = self.share(share, size);
                let number = self.most(size).map_or(number, |most| number.min(most));
                let is_bytes = self.is_bytes();
                Some(if is_bytes { amount::format(number).into() } else { number.into() })
            }
        }
    }

    /// A part of the plan in the unit of the parameter: bytes, or the plan's own unit for numbers.
    fn share(&self, share: Share, size: Size) -> i64 {
        let (figure, bytes) = match share.of {
            Figure::Millivcpu => (size.millivcpu, 1),
            Figure::MemoryMib => (size.memory_mib, 1 << 20),
            Figure::StorageMib => (size.storage_mib, 1 << 20),
        };
        let unit = if self.is_bytes() { bytes } else { 1 };
        let part = i128::from(figure) * unit * i128::from(share.percent) / 100;
        i64::try_from(part).unwrap_or(i64::MAX)
    }

    /// The value as it is kept if its type and form are right, whatever its range.
    pub fn read(&self, value: &Value) -> Result<Value, Misread> {
        match (self.kind, value) {
            (Kind::Boolean, Value::Bool(_)) => Ok(value.clone()),
            (Kind::Integer, Value::Number(number)) if number.is_i64() => Ok(value.clone()),
            (Kind::Array, Value::Array(rows)) => self.read_rows(rows),
            (Kind::String, Value::String(text)) if self.is_bytes() => {
                amount::parse(text).map(|bytes| amount::format(bytes).into()).ok_or(Misread::Form)
            }
            (Kind::String, Value::String(text)) if self.is_pem() => self.read_pem(text),
            (Kind::String, Value::String(text)) => {
                let is_fine = self.is_word(text);
                if is_fine { Ok(value.clone()) } else { Err(Misread::Form) }
            }
            _ => Err(Misread::Type),
        }
    }

    fn read_rows(&self, rows: &[Value]) -> Result<Value, Misread> {
        let row = self.items.as_ref().ok_or(Misread::Type)?;
        if rows.len() > self.rows_max.unwrap_or(usize::MAX) {
            return Err(Misread::Form);
        }
        rows.iter().map(|value| row.read(value)).collect()
    }

    /// One spelling: lines end with a line feed, and nothing stands around the blocks. Empty is
    /// none.
    fn read_pem(&self, text: &str) -> Result<Value, Misread> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        let is_fine = text.is_empty()
            || match self.format {
                Some(TextFormat::PrivateKey) => pem::is_private_key(text),
                _ => pem::is_certificate(text),
            };
        let is_short = text.len() <= self.max_length.unwrap_or(pem::BYTES_MAX);
        match (is_fine && is_short, text.is_empty()) {
            (false, _) => Err(Misread::Form),
            (true, true) => Ok("".into()),
            (true, false) => Ok(format!("{text}\n").into()),
        }
    }

    /// Whether a text is one line and allowed by `enum`, `pattern` and `maxLength`.
    fn is_word(&self, text: &str) -> bool {
        // No product takes a line break in the middle of a value, and some would obey what follows.
        if text.chars().any(char::is_control) {
            return false;
        }
        self.text_rule().is_ok_and(|rule| rule.is_valid(&json!(text)))
    }

    /// The standard keywords for texts, compiled when they are asked for first. Fails if the
    /// pattern is not a pattern.
    pub(crate) fn text_rule(&self) -> Result<&jsonschema::Validator, String> {
        if let Some(rule) = self.rule.get() {
            return Ok(rule);
        }
        let rule = self.compile()?;
        Ok(self.rule.get_or_init(|| Arc::new(rule)))
    }

    fn compile(&self) -> Result<jsonschema::Validator, String> {
        let mut rule = json!({ "maxLength": self.max_length.unwrap_or(4096) });
        if let Some(choices) = &self.choices {
            rule["enum"] = json!(choices);
        }
        if let Some(pattern) = &self.pattern {
            rule["pattern"] = json!(pattern);
        }
        jsonschema::draft202012::new(&rule).map_err(|error| error.to_string())
    }
}

/// Why a value is not one of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misread {
    /// Another type of JSON.
    Type,
    /// The right type, written in a way that is not allowed.
    Form,
}

/// The number that a kept value stands for in comparisons with limits.
pub(crate) fn quantity(parameter: &Parameter, value: &Value) -> Option<i64> {
    if parameter.is_bytes() { amount::parse(value.as_str()?) } else { value.as_i64() }
}
