//! Notices that look like one announcement although no exact key joins them. Likeness proposes, and a person decides.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseTransaction;

use crate::desk::{Desk, DeskError, World};
use crate::notice::case::Case;
use crate::notice::command::{Command, decide};
use crate::notice::event::{Actor, Cause};
use crate::notice::ids::NoticeId;
use crate::notice::text::Digest;
use crate::reading::Announcement;
use crate::store::filing::{self, Shared};

/// Likenesses are kept beside the exact keys under a name that no exact key begins with.
const SCHEME: &str = "likeness:";
/// Resources of a new notice that others are compared by.
const COMPARED: usize = 20;
/// Where more open notices than this name a resource, it tells nothing.
const MOST: u64 = 20;
/// Proposals for one notice.
const PROPOSED: usize = 3;

/// The key of what an announcement looks like.
pub(super) fn likeness_key(found: &Announcement) -> Option<String> {
    let likeness = found.correlation.likeness.as_deref()?;
    Some(format!("{SCHEME}{}", Digest::of(likeness.as_bytes())))
}

impl Desk {
    /// Says on notices that were just opened, each with one that it looks like, which open ones may be the same announcement.
    pub(super) async fn propose_alike(
        &self,
        txn: &DatabaseTransaction,
        world: &World,
        opened: Vec<(&Case, Option<NoticeId>)>,
    ) -> Result<(), DeskError> {
        let open = || opened.iter().map(|(case, _)| *case).filter(|case| case.is_open());
        let names: BTreeSet<String> = open().flat_map(compared).map(str::to_owned).collect();
        let shared = Sharing::of(filing::sharing(txn, names, MOST).await?);
        for (case, like) in &opened {
            let mut alike = Vec::new();
            if let Some(like) = like {
                alike.push(self.gone_to(txn, *like).await?.id);
            }
            if case.is_open() {
                alike.extend(shared.near(case));
                self.propose_merges(txn, world, case, alike).await?;
            }
        }
        Ok(())
    }

    async fn propose_merges(
        &self,
        txn: &DatabaseTransaction,
        world: &World,
        case: &Case,
        mut alike: Vec<NoticeId>,
    ) -> Result<(), DeskError> {
        let mut seen = BTreeSet::from([case.id]);
        alike.retain(|id| seen.insert(*id));
        let mut case = case.clone();
        let context = self.context_of(world, self.clock.now());
        for notice in alike.into_iter().take(PROPOSED) {
            let other = self.load(txn, notice).await?;
            let mergeable =
                other.is_open() && other.facts.kind == case.facts.kind && other.facts.provider == case.facts.provider;
            if !mergeable {
                continue;
            }
            let command = Command::NoteLikeness { notice };
            let made = decide(&case, command, &Actor::System, &context).map_err(DeskError::Refused)?;
            if !made.is_empty() {
                self.commit(txn, Some(&mut case), world, made, (Cause::default(), Vec::new())).await?;
            }
        }
        Ok(())
    }
}

fn compared(case: &Case) -> impl Iterator<Item = &str> {
    case.facts.resources.iter().take(COMPARED).map(|resource| resource.key.as_str())
}

/// Open notices by the resources that they name.
struct Sharing(BTreeMap<String, Vec<Shared>>);

impl Sharing {
    fn of(found: Vec<Shared>) -> Self {
        let mut by_name: BTreeMap<String, Vec<Shared>> = BTreeMap::new();
        for one in found {
            by_name.entry(one.name.clone()).or_default().push(one);
        }
        Self(by_name)
    }

    /// Notices of the same provider and kind, opened before this one, that name at least half of what it names; the nearest
    /// first.
    fn near(&self, case: &Case) -> Vec<NoticeId> {
        let (provider, kind) = (case.facts.provider.to_string(), case.facts.kind.word());
        let names: BTreeSet<&str> = compared(case).collect();
        let mut times: BTreeMap<NoticeId, usize> = BTreeMap::new();
        for shared in names.iter().filter_map(|name| self.0.get(*name)).flatten() {
            let before = shared.number < i64::from(case.number);
            if before && shared.provider == provider && shared.kind == kind {
                *times.entry(NoticeId(shared.notice)).or_default() += 1;
            }
        }
        let half = names.len().div_ceil(2);
        let mut near: Vec<(usize, NoticeId)> =
            times.into_iter().filter(|(_, times)| *times >= half).map(|(notice, times)| (times, notice)).collect();
        near.sort_by_key(|(times, notice)| (std::cmp::Reverse(*times), *notice));
        near.into_iter().map(|(_, notice)| notice).collect()
    }
}
