//! Why something cannot be rated: always a contradiction in what was entered, never a guess.

use types::instant::Instant;

/// A contradiction that makes a correct bill impossible. Nothing is billed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RatingError {
    /// The billing time zone is not one of the bundled tables.
    #[error("the time zone {zone} is not in the bundled tables")]
    Zone {
        /// The name that was asked for.
        zone: String,
    },
    /// Periods are not in order without holes, or one is not closed before a closed one.
    #[error("the period {period} does not follow: {problem}")]
    Periods {
        /// The period that does not fit.
        period: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An organization is above itself.
    #[error("the organization {organization} is above itself at {at}")]
    Tree {
        /// The organization.
        organization: String,
        /// From when on.
        at: Instant,
    },
    /// Something billable ran while nobody owned its project.
    #[error("nobody owns the project {project} at {at}, so {resource} cannot be billed")]
    Owner {
        /// The project.
        project: String,
        /// The resource that ran.
        resource: String,
        /// The start of the piece.
        at: Instant,
    },
    /// A price line that cannot be calculated with.
    #[error("the price line {line} cannot be used: {problem}")]
    Price {
        /// Its id.
        line: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Two price books for one organization, tenant or installation.
    #[error("there is more than one price book like {book}")]
    Book {
        /// The id of the second.
        book: String,
    },
    /// A credit in fractions of the minor unit.
    #[error("the credit {credit} has more places than the currency")]
    Credit {
        /// Its id.
        credit: String,
    },
    /// A preview was asked for a line whose price depends on what else is used in the month.
    #[error("the price line {line} is tiered and has no price per hour by itself")]
    Tiered {
        /// Its id.
        line: String,
    },
}

impl RatingError {
    /// A stable code for programs and runbooks.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Zone { .. } => "ZONE",
            Self::Periods { .. } => "PERIODS",
            Self::Tree { .. } => "TREE",
            Self::Owner { .. } => "OWNER",
            Self::Price { .. } => "PRICE",
            Self::Book { .. } => "BOOK",
            Self::Credit { .. } => "CREDIT",
            Self::Tiered { .. } => "TIERED",
        }
    }
}
