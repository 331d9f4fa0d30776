//! Who wants to know that something changed, within this process. Pages listen here, and so does what tells the other
//! processes (`relay`).
//!
//! Carries no data, only where to look again: a listener that missed a change asks anew and has lost nothing.

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use uuid::Uuid;

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Something was missed: look at everything again.
    All,
    Notice,
    Message,
    Delivery,
    People,
    Procedures,
}

/// One change, told after its commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub topic: Topic,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Uuid>,
    /// Told by another process of the installation.
    #[serde(skip)]
    pub afar: bool,
}

impl Change {
    /// For whoever missed some.
    pub const EVERYTHING: Self = Self { topic: Topic::All, notice: None, afar: false };
}

/// The hub. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub(broadcast::Sender<Change>);

impl Default for Hub {
    fn default() -> Self {
        Self(broadcast::Sender::new(256))
    }
}

impl Hub {
    /// Tells everybody who listens. With nobody there it is nothing.
    pub fn tell(&self, topic: Topic, notice: Option<Uuid>) {
        // An error only says that nobody listens.
        let _ = self.0.send(Change { topic, notice, afar: false });
    }

    /// Tells everybody here what happened in another process.
    pub fn pass_on(&self, change: Change) {
        let _ = self.0.send(Change { afar: true, ..change });
    }

    /// Listens from now on. A listener that falls 256 changes behind is told so and should look at everything again.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}
