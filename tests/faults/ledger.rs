//! The reckoning after a fault: what was acknowledged against what is there.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;

use countersign::store::Store;
use countersign::store::entity::{message_notices, messages, notices};
use countersign::store::intake::state;
use sea_orm::{EntityTrait as _, PaginatorTrait as _, QuerySelect as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::load::Load;

/// What a message's row says that matters here.
struct Kept {
    id: Uuid,
    repeats: Option<Uuid>,
    state: String,
    reason: Option<String>,
}

/// Everything that is kept, by the digest of its bytes.
async fn kept(store: &Store) -> BTreeMap<String, Vec<Kept>> {
    let rows = messages::Entity::find()
        .select_only()
        .columns([messages::Column::Id, messages::Column::Sha256, messages::Column::DuplicateOf])
        .columns([messages::Column::State, messages::Column::Reason])
        .into_tuple::<(Uuid, String, Option<Uuid>, String, Option<String>)>();
    let mut kept: BTreeMap<String, Vec<Kept>> = BTreeMap::new();
    for (id, sha256, repeats, state, reason) in rows.all(store.reader()).await.expect("the database answers") {
        kept.entry(sha256).or_default().push(Kept { id, repeats, state, reason });
    }
    kept
}

/// Every acknowledged mail is there exactly once, what is there besides is marked as its repeat, and every event has one
/// notice with all its messages. Gives a sentence with the counts.
pub async fn holds(store: &Store, load: &Load) -> String {
    let kept = kept(store).await;
    let acknowledged = load.acknowledged().clone();
    assert_eq!(acknowledged.len(), load.count, "not every mail was acknowledged");
    assert_eq!(kept.len(), load.count, "there are other mails than were sent");
    let mut rows = 0;
    for (number, id) in &acknowledged {
        let sha256 = hex::encode(Sha256::digest(load.mail(*number)));
        let same = kept.get(&sha256).unwrap_or_else(|| panic!("mail {number} was acknowledged and is not there"));
        rows += same.len();
        let there = same.iter().filter(|one| one.id == *id).count();
        assert_eq!(there, 1, "mail {number} was acknowledged as {id} and is there {there} times");
        let firsts = same.iter().filter(|one| one.repeats.is_none()).count();
        assert_eq!(firsts, 1, "mail {number} counts as {firsts} messages");
        for one in same {
            let reason = one.reason.as_deref().unwrap_or("no reason");
            assert_eq!(one.state, state::FILED, "mail {number} is not on a notice: {reason}");
        }
    }
    let (repeats, torn) = (rows - load.count, load.torn.load(Relaxed));
    assert!(repeats <= torn, "{repeats} mails are there twice, and only {torn} answers were lost");
    let notices = notices::Entity::find().count(store.reader()).await.expect("the database answers");
    assert_eq!(notices, load.count.div_ceil(2) as u64, "not every event has one notice");
    let placed = message_notices::Entity::find().count(store.reader()).await.expect("the database answers");
    assert_eq!(placed, rows as u64, "a message is on no notice, or on several");
    format!(
        "{} acknowledged, all there once; {torn} answers lost, {repeats} of these mails kept before and marked as repeats; \
         {} put off; {notices} notices",
        load.count,
        load.put_off.load(Relaxed)
    )
}
