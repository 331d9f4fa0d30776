//! Server-sent events: tells an open page that something changed, so that it asks again. Carries no content.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use super::App;
use crate::desk::Change;
use crate::notice::sight::Sight;

/// A stream ends after so long and the browser comes back by itself: whoever was signed out meanwhile is then not let in.
const LASTS: Duration = Duration::from_secs(15 * 60);
const PING: Duration = Duration::from_secs(20);

/// What changed from now on, as these eyes see it: that something happened is told of every notice, and of which one only
/// where it may be seen.
pub fn changes(app: &App, sight: Sight) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let closing = app.site.closing.clone();
    let end = async move {
        tokio::select! { () = closing.cancelled() => (), () = tokio::time::sleep(LASTS) => () }
    };
    let hello = futures_util::stream::once(async { Ok(Event::default().event("hello").data("{}")) });
    let desk = app.desk.clone();
    let changes = BroadcastStream::new(app.desk.hub.listen()).then(move |change| {
        let desk = desk.clone();
        async move {
            Ok(match change {
                Ok(change) => changed(&desk.seen_change(sight, change).await),
                // Whoever fell behind looks at everything again.
                Err(BroadcastStreamRecvError::Lagged(_)) => changed(&Change::EVERYTHING),
            })
        }
    });
    Sse::new(hello.chain(changes).take_until(Box::pin(end))).keep_alive(KeepAlive::new().interval(PING))
}

fn changed(change: &Change) -> Event {
    Event::default().event("changed").json_data(change).unwrap_or_default()
}
