//! How the program ends: a number for scripts.

use std::process::ExitCode;

/// The exit codes, as `cellplane --help` lists them. They are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done as asked.
    Ok = 0,
    /// Anything that has no number of its own, also a "no" to a question.
    Other = 1,
    /// The command line is wrong or incomplete.
    Usage = 2,
    /// Not signed in, or the session has ended.
    Unauthenticated = 3,
    /// The plane does not let you do or see this, or it is not there.
    ForbiddenOrMissing = 4,
    /// The plane refuses: invalid, in conflict, outdated, over a limit.
    Refused = 5,
    /// The plane does not answer or is asked too often; the same command may work later.
    Unavailable = 6,
    /// The operation was accepted, and failed.
    OperationFailed = 7,
    /// The plane asked others for their approval; it is done once they gave it.
    Waiting = 8,
    /// Ended by Ctrl-C while it watched; what was ordered goes on.
    Interrupted = 130,
}

/// The list of exit codes for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    other failure, or a question was answered with no
  2    wrong or incomplete command line
  3    not signed in, or the session has ended
  4    forbidden or not found
  5    refused: invalid, conflict, outdated preview, limit reached, …
  6    plane unavailable or asked too often; try again later
  7    the operation was accepted, and failed
  8    asked for and not done yet: it waits for an approval
  130  interrupted while watching; the operation goes on";

impl Exit {
    /// The code of a refusal by the plane (`extensions.code`).
    pub fn of_code(code: &str) -> Self {
        match code {
            "UNAUTHENTICATED" => Self::Unauthenticated,
            "FORBIDDEN" | "NOT_FOUND" => Self::ForbiddenOrMissing,
            "ALREADY_EXISTS"
            | "INVALID"
            | "CONFLICT"
            | "CYCLE"
            | "PROTECTED"
            | "OUTDATED"
            | "LIMIT_REACHED"
            | "IDEMPOTENCY_MISMATCH" => Self::Refused,
            "APPROVAL_NEEDED" => Self::Waiting,
            "TOO_MANY" | "UNAVAILABLE" => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// The number itself.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, expected: u8) {
        assert_eq!(Exit::of_code(code).number(), expected);
    }

    #[test]
    fn each_code_of_the_plane_has_its_number() {
        check("UNAUTHENTICATED", 3);
        check("FORBIDDEN", 4);
        check("NOT_FOUND", 4);
        check("INVALID", 5);
        check("OUTDATED", 5);
        check("LIMIT_REACHED", 5);
        check("IDEMPOTENCY_MISMATCH", 5);
        check("APPROVAL_NEEDED", 8);
        check("TOO_MANY", 6);
        check("UNAVAILABLE", 6);
        check("INTERNAL", 1);
        check("BAD_QUERY", 1);
        check("A_CODE_OF_A_NEWER_PLANE", 1);
    }

    #[test]
    fn help_lists_every_number() {
        for exit in [0, 1, 2, 3, 4, 5, 6, 7, 8, 130] {
            assert!(HELP.lines().any(|line| line.starts_with(&format!("  {exit:<5}"))), "{exit}");
        }
    }
}
