//! What concerns several notices: forms to merge, split and sign together, and what came of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::Change;
use super::gate::GateView;
use super::notice::NoticeRow;
use crate::notice::event::Verdict;
use crate::notice::fact::Kind;
use crate::notice::procedure::Gate;

/// Into which notice this one goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeForm {
    /// Its number (`12`, `N-12`) or id.
    pub into: String,
}

/// Which resources go on in a notice of their own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitForm {
    /// Ids within the notice, such as `r1`. Some, and not all.
    #[schema(min_items = 1)]
    pub resources: Vec<String>,
}

/// Which notice looks like this one and is another announcement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LikenessForm {
    pub notice: Uuid,
}

/// Which signatures: of one gate, of one kind.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TogetherQuery {
    pub gate: Gate,
    pub kind: Kind,
}

/// One notice that waits for the signature of who is signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WaitingTogether)]
pub struct Waiting {
    pub notice: NoticeRow,
    /// At which level they are asked.
    pub level: String,
    /// With the subject that a signature covers.
    pub gate: GateView,
}

/// One verdict on several notices of one kind, each as it was shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignTogetherForm {
    pub gate: Gate,
    pub verdict: Verdict,
    /// Kept with each; an objection needs one.
    #[schema(max_length = 10_000)]
    pub comment: Option<String>,
    #[schema(min_items = 1, max_items = 50)]
    pub items: Vec<TogetherItem>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TogetherItem {
    /// Its number or id.
    pub notice: String,
    /// The `subject.digest` that was shown for this notice.
    #[schema(min_length = 64, max_length = 64)]
    pub subject_digest: String,
    /// At which of one's levels; left out: the highest one that the gate asks for.
    pub level: Option<String>,
}

/// What came of signing together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedTogether {
    /// In the order asked.
    pub items: Vec<TogetherOutcome>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TogetherOutcome {
    pub number: u32,
    pub signed: bool,
    /// Why not, as a stable word and as a sentence.
    pub code: Option<String>,
    pub detail: Option<String>,
    /// What changed since it was shown.
    pub difference: Vec<Change>,
}
