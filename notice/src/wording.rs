//! What a proposal or an override asks, in words that finish a sentence: "proposed to …", "asked to override …".
//!
//! Owns wording that pages, mails and the record share. Names of people and free text are not here: those can be erased.

use super::event::{Bypass, Downgrade};
use super::facts::Facts;
use super::ids::ResourceId;

impl Downgrade {
    /// "lower the priority to low". Where the notice's facts are not at hand, ids stand for names.
    #[must_use]
    pub fn words(&self, facts: Option<&Facts>) -> String {
        match self {
            Self::LowerPriority { to } => format!("lower the priority to {to}"),
            Self::MoveDeadline { when, .. } => format!("move a deadline to {when}"),
            Self::DropDeadline { deadline } => format!("drop the deadline {deadline}"),
            Self::MoveWindows { .. } => "take the provider's later windows".to_owned(),
            Self::SetAside { resource } => format!("set {} aside as not ours", key(*resource, facts)),
            Self::Cancelled => "take it as cancelled".to_owned(),
            Self::ChangeKind { kind } => format!("treat it as “{}”", kind.word().replace('_', " ")),
            Self::MoveProcedure { procedure, version, size } => {
                format!("follow version {version} of the procedure “{procedure}” for {size}")
            }
        }
    }
}

fn key(resource: ResourceId, facts: Option<&Facts>) -> String {
    let known = facts.and_then(|facts| facts.resource(resource));
    known.map_or_else(|| resource.to_string(), |known| known.key.clone())
}

impl Bypass {
    /// "the step “probe”".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::SignOff { gate, level } => format!("the signatures of level {level} at the gate “{gate}”"),
            Self::Independence => "that somebody who performed no step signs the closing".to_owned(),
            Self::Window => "that the planned window lies before act-by and outside freezes".to_owned(),
            Self::Step { step } => format!("the step “{step}”"),
        }
    }
}
