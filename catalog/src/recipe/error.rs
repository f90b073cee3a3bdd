//! Why a specification cannot become a recipe.

use types::id::MemberId;

use crate::package::PackageError;
use crate::template::TemplateError;

/// Why a specification cannot become a recipe. No retry helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// The specification was made for another package, or other content of it.
    #[error("the specification is for package {wanted}, not for this one")]
    PackageDiffers {
        /// Name and version in the specification.
        wanted: String,
    },
    /// A name in the specification that the package does not have.
    #[error("the package has no {kind} `{name}`")]
    Unknown {
        /// What kind of thing: `topology`, `role`, `parameter`, `software version`, `member`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A secret that the package needs was not handed over.
    #[error("secret `{name}` is missing")]
    SecretMissing {
        /// Its name.
        name: String,
    },
    /// The runtime has not yet placed a member.
    #[error("member {member} has no place")]
    PlaceMissing {
        /// The member.
        member: MemberId,
    },
    /// A template could not be rendered with these values.
    #[error("{0}")]
    Template(PackageError),
}

impl RecipeError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PackageDiffers { .. } => "PACKAGE_DIFFERS",
            Self::Unknown { .. } => "PACKAGE_LACKS",
            Self::SecretMissing { .. } => "SECRET_MISSING",
            Self::PlaceMissing { .. } => "PLACE_MISSING",
            Self::Template(_) => "TEMPLATE_FAILED",
        }
    }

    /// A template in a field of `package.toml`.
    pub(crate) fn in_manifest(field: &str, error: TemplateError) -> Self {
        let problem = error.problem;
        let (file, field) = ("package.toml".to_owned(), field.to_owned());
        Self::Template(PackageError { file, line: None, field, problem })
    }

    /// A condition that is neither true nor false.
    pub(crate) fn not_a_condition(field: &str) -> Self {
        let problem = "`when` must come to true or false".to_owned();
        Self::in_manifest(field, TemplateError { line: None, problem })
    }

    /// A template of a file.
    pub(crate) fn in_file(file: &str, error: TemplateError) -> Self {
        let TemplateError { line, problem } = error;
        let (file, field) = (file.to_owned(), String::new());
        Self::Template(PackageError { file, line, field, problem })
    }
}
