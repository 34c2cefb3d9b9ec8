//! What a file tells of how it was made, and of what was changed in it since. Facts alone: whether one of them is a
//! reason for doubt is left to rules.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::Quad;

/// How a file came to be, as far as it says so itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Everything that the file names as its maker: producer and creator, and the programs of its history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<String>,
    /// What wrote the file as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    /// What wrote the file before it was saved again, where that is still in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_producer: Option<String>,
    /// When it was made, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<DateTime>,
    /// When it was last changed, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<DateTime>,
    /// How often it was saved again behind its first end, the earlier states still being in it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub saves: u32,
    /// What was changed on its pages, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// Something on a page that was put there, or taken away, after the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The page, counted from 1 within the document.
    pub page: u32,
    /// How it was done.
    pub kind: ChangeKind,
    /// Where.
    pub quad: Quad,
    /// The words that stood there and cannot be seen any more; never more than a line's worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// The words that are seen there now; never more than a line's worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// The figures of it: sizes and names of fonts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The ways in which a page shows that it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// An earlier state of the file, which is still in it, says something else there.
    Rewritten,
    /// Words lie under a plain shape or a picture that was drawn later.
    Covered,
    /// Words are printed in the colour of paper under others.
    Whitened,
    /// A plain shape with words on it lies on a picture of the page.
    Patched,
    /// Characters of one figure are not set alike.
    Uneven,
}

impl Origin {
    /// Whether it tells anything.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    /// The same with places rounded, as it is stored.
    pub(crate) fn rounded(self) -> Self {
        let rounded = |change: Change| Change { quad: change.quad.rounded(), ..change };
        Self { changes: self.changes.into_iter().map(rounded).collect(), ..self }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
