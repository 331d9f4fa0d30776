//! The addresses of the API, one file a noun: what it takes, what it answers, and the handler.
//!
//! A handler turns a session into an actor, hands over to the desk, and turns what comes back into a view. It decides
//! nothing, and none of the GETs changes anything.

mod absences;
mod account;
mod acting;
mod attention;
mod calendar;
mod channels;
mod decisions;
mod deliveries;
mod duties;
mod erasures;
mod events;
mod evidence;
mod facts;
mod feeds;
mod home;
mod hooks;
mod invitations;
mod levels;
mod mail_choices;
mod messages;
mod notices;
mod ownership_rules;
mod people;
mod probes;
mod procedures;
mod providers;
mod proving;
mod record;
mod rehearsals;
mod session;
mod setup;
mod several;
mod sign_offs;
mod steps;
mod teams;
mod tokens;

pub use feeds::feeds;
use utoipa_axum::router::OpenApiRouter;

use super::App;

/// Everything under `/api/v1`.
pub fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(absences::router())
        .merge(account::router())
        .merge(attention::router())
        .merge(calendar::router())
        .merge(channels::router())
        .merge(decisions::router())
        .merge(deliveries::router())
        .merge(erasures::router())
        .merge(duties::router())
        .merge(events::router())
        .merge(evidence::router())
        .merge(facts::router())
        .merge(feeds::router())
        .merge(home::router())
        .merge(hooks::router())
        .merge(invitations::router())
        .merge(levels::router())
        .merge(mail_choices::router())
        .merge(messages::router())
        .merge(notices::router())
        .merge(ownership_rules::router())
        .merge(people::router())
        .merge(probes::router())
        .merge(procedures::router())
        .merge(providers::router())
        .merge(proving::router())
        .merge(record::router())
        .merge(rehearsals::router())
        .merge(session::router())
        .merge(setup::router())
        .merge(several::router())
        .merge(sign_offs::router())
        .merge(steps::router())
        .merge(teams::router())
        .merge(tokens::router())
}
