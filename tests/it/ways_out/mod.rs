//! What leaves the house besides the ladder's mails, and what comes back: a file a story.

mod answers;
mod calendars;
mod counted;
mod digests;
mod hooks;
mod kept_hooks;
mod leaving;
mod loops;
mod reached;
mod receiver;
mod rehearsing;

use countersign::config::Config;
use countersign::dispatch::{Post, Sender};
use countersign::notice::procedure::Gate;

use crate::harness::sink::{Sink, Taken};
use crate::harness::{Crew, House, mails};

/// A sender that hands everything to this sink, with more configuration where a story needs it.
pub fn sender(house: &House, sink: &Sink, more: &str) -> Sender {
    let port = sink.address.port();
    let file = format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"Countersign <cs@house.example>\"\n\
         timeout_seconds = 5\n{more}"
    );
    let config = Config::from_parts(&file, &[]).unwrap();
    Sender::new(house.desk.clone(), Post::from_config(&config).unwrap(), &config).unwrap()
}

async fn asked(house: &House) -> Crew {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    crew
}

/// The first gate is signed at once: what is asked for next has time.
async fn assessed(house: &House, crew: Crew, number: u32) {
    house.prepares(crew.alice, number, Gate::Assess, crew.team).await;
    for who in [crew.alice, crew.bob, crew.carol] {
        house.signs(who, number, Gate::Assess).await;
    }
}

fn subjects(mails: &[Taken]) -> Vec<String> {
    mails.iter().map(Taken::subject).collect()
}
