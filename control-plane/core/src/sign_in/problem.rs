//! Why a sign-in through a provider was refused: one list for the audit, the counters and the page
//! that people see. No word tells anything about a token or a secret.

use control_plane_store::StoreError;
use types::text_enum;

use crate::error::Error;

text_enum! {
    /// The stable word of a refused sign-in. Described in `docs/sign-in.md`, which a test compares
    /// with this list.
    SignInProblem {
        /// The tenant has no such provider that can be used now.
        UnknownProvider = "unknown_provider",
        /// The address that was called is not as we or a provider would make it.
        Malformed = "malformed",
        /// Nobody began this sign-in, or long ago.
        UnknownState = "unknown_state",
        /// This sign-in came back before.
        StateUsed = "state_used",
        /// It took too long.
        StateExpired = "state_expired",
        /// Another browser began it.
        OtherBrowser = "other_browser",
        /// The provider refused; its own word stands in the audit.
        ProviderRefused = "provider_refused",
        /// The answer says that it comes from another issuer, or does not say from which.
        IssuerParameter = "issuer_parameter",
        /// The answer has no code.
        CodeMissing = "code_missing",
        /// The provider does not answer.
        Unreachable = "unreachable",
        /// The provider answers with an error instead of its documents.
        ProviderFailed = "provider_failed",
        /// An answer of the provider is larger than anything of use.
        Oversized = "oversized",
        /// The provider sends us elsewhere.
        Redirected = "redirected",
        /// An answer of the provider is not the JSON that it should be.
        AnswerMalformed = "answer_malformed",
        /// An address is not https, or has parts that it must not have.
        AddressRefused = "address_refused",
        /// The discovery document is of another issuer.
        IssuerMismatch = "issuer_mismatch",
        /// The provider has no authorization code flow.
        NoCodeFlow = "no_code_flow",
        /// The provider does not check code challenges with S256.
        NoS256 = "no_s256",
        /// The provider signs with nothing that we take.
        NoAlgorithm = "no_algorithm",
        /// The provider does not take the code.
        CodeRefused = "code_refused",
        /// There is no id token in the answer.
        TokenMissing = "token_missing",
        /// The id token cannot be read.
        TokenMalformed = "token_malformed",
        /// The id token is not signed, or with an algorithm that is not taken.
        Algorithm = "algorithm",
        /// The provider has no key of that name.
        KeyUnknown = "key_unknown",
        /// The signature is wrong.
        Signature = "signature",
        /// The id token is of another issuer.
        Issuer = "issuer",
        /// The id token is for somebody else, too.
        Audience = "audience",
        /// The id token was asked for by somebody else.
        AuthorizedParty = "authorized_party",
        /// The id token is of another sign-in.
        Nonce = "nonce",
        /// The id token is over.
        Expired = "expired",
        /// The id token was issued before the sign-in began: by an older one, or clocks differ.
        IssuedEarly = "issued_early",
        /// The id token is issued in the future: clocks differ.
        IssuedLate = "issued_late",
        /// The id token does not hold yet.
        NotYetValid = "not_yet_valid",
        /// The id token belongs to another access token.
        AccessTokenHash = "access_token_hash",
        /// The id token names nobody that can be kept.
        SubjectMalformed = "subject_malformed",
        /// Nobody here is this person, and people are not made at sign-in.
        UnknownPerson = "unknown_person",
        /// The id token has no name to make or find a person by.
        NameMissing = "name_missing",
        /// That name cannot be a name here.
        NameUnusable = "name_unusable",
        /// Somebody else here has that name.
        NameTaken = "name_taken",
        /// The person was disabled here.
        Disabled = "disabled",
        /// The tenant is suspended.
        TenantSuspended = "tenant_suspended",
        /// The tenant is closed.
        TenantClosed = "tenant_closed",
    }
}

/// A sign-in that does not come to an end.
#[derive(Debug)]
pub enum SignInError {
    /// It was refused.
    Refused(SignInProblem),
    /// We could not do it.
    Failed(Error),
}

impl From<SignInProblem> for SignInError {
    fn from(problem: SignInProblem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Error> for SignInError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
