//! Who wants to know that something changed, within this process. Pages listen here; other replicas will be told through
//! the same door.
//!
//! Carries no data, only where to look again: a listener that missed a change asks anew and has lost nothing.

use serde::Serialize;
use tokio::sync::broadcast;
use uuid::Uuid;

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Notice,
    Message,
    Delivery,
    People,
    Procedures,
}

/// One change, told after its commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub topic: Topic,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Uuid>,
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
        let _ = self.0.send(Change { topic, notice });
    }

    /// Listens from now on. A listener that falls 256 changes behind is told so and should look at everything again.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}
