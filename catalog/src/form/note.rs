//! What somebody should know about values that are allowed.

use types::instant::Instant;

use super::Values;
use crate::package::Package;
use crate::parameter::TextFormat;
use crate::pem;
use crate::text::Text;

/// Something worth a look at one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The parameter.
    pub parameter: String,
    /// A sentence, for people.
    pub message: Text,
}

/// Notes on a complete configuration: when certificates end, or that they ended.
pub fn notes(package: &Package, values: &Values, now: Instant) -> Vec<Note> {
    let certificates = package
        .parameters()
        .iter()
        .filter(|(_, parameter)| parameter.format == Some(TextFormat::Certificate));
    let noted = certificates.filter_map(|(name, _)| {
        let (from, to) = pem::validity(values.get(name)?.as_str()?)?;
        let text = |at: Instant| at.to_string().replace(".000000", "");
        let (begins, ends) = (text(from), text(to));
        let (en, zh) = if to <= now {
            (
                format!("The certificate ended at {ends}; clients will refuse it."),
                format!("证书已于 {ends} 到期，客户端会拒绝它。"),
            )
        } else if from > now {
            (
                format!("The certificate begins at {begins}; clients refuse it until then."),
                format!("证书自 {begins} 起才有效，在此之前客户端会拒绝它。"),
            )
        } else {
            (format!("The certificate ends at {ends}."), format!("证书将于 {ends} 到期。"))
        };
        let message = Text { en, zh };
        Some(Note { parameter: name.clone(), message })
    });
    noted.collect()
}
