//! What the program's status says to the script that called it: one table, shown by `--help` and in the README.
//! Which of them a command ends with is left to the command.

use std::fmt;
use std::process::ExitCode;

use verify::verdict::Disposition;

/// The table of [`Exit`] as `--help` prints it.
pub const TABLE: &str = "\
Exit status:
    0  done; `verify` on one submission: verified
    1  the machine failed: a file, the disk, the network; the same call may succeed later
    2  the command line or the settings are wrong; nothing was done
    3  some input is not valid: a submission, a rule file, a label; it is named on standard error
    4  a check that was asked for did not hold
   10  `verify` on one submission: review, a caseworker should look
   20  `verify` on one submission: resubmit, the applicant can mend it
  141  whoever read the output stopped reading";

/// How the program ends.
///
/// As the context of an error it says how the error ends it: `.context(Exit::Invalid)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All that was asked for was done; for a single submission: it is verified.
    Done = 0,
    /// The machine failed, not the input. What an error without another mark means.
    Failed = 1,
    /// The command line or the settings are wrong. Clap ends with the same number.
    Usage = 2,
    /// Some input is not what it must be; the rest was done.
    Invalid = 3,
    /// A check did not hold: an example of a rule file, a figure of an evaluation.
    Unmet = 4,
    /// The single submission goes to a caseworker.
    Review = 10,
    /// The single submission goes back to the applicant.
    Resubmit = 20,
    /// Standard output was closed; as a shell reports a program that SIGPIPE ended.
    OutputClosed = 141,
}

impl Exit {
    /// How an error ends the program: as its context says, otherwise [`Exit::Failed`].
    pub fn of_error(error: &anyhow::Error) -> Self {
        error.downcast_ref::<Self>().copied().unwrap_or(Self::Failed)
    }
}

impl From<Disposition> for Exit {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Verified => Self::Done,
            Disposition::Review => Self::Review,
            Disposition::Resubmit => Self::Resubmit,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// As the first part of an error message.
impl fmt::Display for Exit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Done => "done",
            Self::Failed => "the machine failed",
            Self::Usage => "wrong command line or settings",
            Self::Invalid => "input is not valid",
            Self::Unmet => "a check did not hold",
            Self::Review => "needs a caseworker",
            Self::Resubmit => "must be sent again",
            Self::OutputClosed => "standard output was closed",
        })
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn the_table_names_every_status() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::Invalid,
            Exit::Unmet,
            Exit::Review,
            Exit::Resubmit,
            Exit::OutputClosed,
        ];
        let named: Vec<u8> =
            TABLE.lines().skip(1).filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
        assert_eq!(named, all.map(|exit| exit as u8));
    }

    #[test]
    fn an_error_ends_the_program_as_its_context_says() {
        let plain = anyhow!("disk full");
        let marked = Err::<(), _>(anyhow!("line 3")).context(Exit::Invalid).context("s.jsonl").unwrap_err();
        assert_eq!(Exit::of_error(&plain), Exit::Failed);
        assert_eq!(Exit::of_error(&marked), Exit::Invalid);
        assert_eq!(format!("{marked:#}"), "s.jsonl: input is not valid: line 3");
    }
}
