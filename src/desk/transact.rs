//! One use case, one transaction, done again where another writer was first.

use crate::desk::DeskError;
use crate::store::is_conflict;

/// How often a use case is done again before the caller is told that the house is too busy. With writers of one stream
/// queued a conflict is rare; this is far more than any test has needed.
const TRIES: u32 = 50;

/// Counts how often one use case was done.
#[derive(Default)]
pub(crate) struct Tries(u32);

impl Tries {
    /// Whether to do it again after this error: only where another writer was first, and not for ever.
    pub(crate) fn again(&mut self, error: &DeskError) -> bool {
        self.0 += 1;
        let again = matches!(error, DeskError::Store(error) if is_conflict(error)) && self.0 < TRIES;
        if again {
            tracing::debug!(tries = self.0, "another writer was first; doing it again");
        }
        again
    }
}

/// Does the body in a transaction and commits it, as a `Result` with [`DeskError`]. Where another writer was first,
/// everything is rolled back and the body is done again from the start, so it must load what it decides upon inside and
/// must not consume what it captured.
///
/// A macro and no function: a function would take an asynchronous closure, and the compiler cannot show yet that the future
/// of one may move between threads, which a web handler's must.
macro_rules! transact {
    ($desk:expr, |$txn:ident| $body:expr) => {{
        let mut tries = $crate::desk::transact::Tries::default();
        loop {
            let open = $desk.store.begin().await?;
            let done: Result<_, $crate::desk::DeskError> = {
                let $txn = &open;
                async { $body }.await
            };
            let done = match done {
                Ok(value) => open.commit().await.map(|()| value).map_err($crate::desk::DeskError::from),
                Err(error) => {
                    // A database that failed has often rolled back by itself; what it failed over is what is told.
                    if let Err(also) = open.rollback().await {
                        tracing::debug!(%also, "rolling back failed too");
                    }
                    Err(error)
                }
            };
            match done {
                Err(error) if tries.again(&error) => {}
                done => break done,
            }
        }
    }};
}
pub(crate) use transact;

#[cfg(test)]
mod tests {
    use crate::desk::Desk;
    use crate::desk::house::NewTeam;
    use crate::notice::event::Actor;

    /// Handlers of the web server are moved between threads, and with them every use case. Compiling is the test.
    #[expect(dead_code, reason = "it only has to compile")]
    fn use_cases_can_move_between_threads(desk: &Desk) {
        fn moves(_: impl Send) {}
        moves(desk.add_team(Actor::System, NewTeam { name: String::new(), members: Vec::new(), ..NewTeam::default() }));
    }
}
