//! What a provider's API says against what the notices say.
//!
//! The API is asked about all that there is; a mail named what there was when it was written. What the API shows as done is
//! ticked off with its answer as evidence, and what it shows as not done is taken back, whoever had ticked it off.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::desk::file::key_rows;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::case::{Case, Life};
use crate::notice::chain::Stream;
use crate::notice::command::{Command, decide};
use crate::notice::context::Context;
use crate::notice::deadline;
use crate::notice::event::{Actor, Cause, Evidence, Place};
use crate::notice::fact::Kind;
use crate::notice::facts::Resource;
use crate::notice::ids::{NoticeId, StepId};
use crate::notice::procedure::{Gate, Scope};
use crate::store::entity::notices;
use crate::store::texts::Draft;
use crate::store::{filing, record};

/// A certificate that is valid for so much longer than the old one is a new one.
const RENEWED: TimeDelta = TimeDelta::days(1);
/// One that runs out so near to a notice's date, which may be a bare one in any zone, is of the authority that it is about.
const SAME: TimeDelta = TimeDelta::days(2);

/// A database instance as the provider's API tells of it.
#[derive(Debug, Clone)]
pub struct Instance {
    pub arn: String,
    /// The authority that its certificate is of.
    pub authority: String,
    pub valid_till: Option<DateTime<Utc>>,
    /// What the API said of it, as it stands as evidence.
    pub said: String,
}

impl Instance {
    fn is(&self, resource: &Resource) -> bool {
        let key = resource.key.as_str();
        key == self.arn || self.arn.rsplit_once(":db:").is_some_and(|(_, name)| name == key)
    }

    /// Whether it is in the account and region of a resource.
    fn is_beside(&self, resource: &Resource) -> bool {
        let place = |arn: &str| arn.splitn(6, ':').skip(3).take(2).map(str::to_owned).collect::<Vec<_>>();
        let known = [resource.region.clone(), resource.account.clone()].into_iter().flatten().collect::<Vec<_>>();
        let there = place(&resource.key);
        place(&self.arn) == if there.len() == 2 { there } else { known }
    }

    /// The key under which the reader files what the API says of this authority's certificates.
    fn key(&self) -> Option<String> {
        let mut parts = self.arn.split(':').skip(3);
        let (region, account) = (parts.next()?, parts.next()?);
        Some(format!("rds-certificate:{account}/{region}/{}", self.authority))
    }
}

impl Desk {
    /// Compares all instances of an account and region with the notices about rotating certificates, and says which
    /// instances none of them knows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reconcile_certificates(&self, instances: &[Instance]) -> Result<BTreeSet<String>, DeskError> {
        let mut unheard: BTreeSet<String> = instances.iter().map(|instance| instance.arn.clone()).collect();
        let rows = notices::Entity::find()
            .filter(notices::Column::Provider.eq("aws"))
            .filter(notices::Column::Kind.eq(Kind::CertificateRotation.word()))
            .all(self.store.reader())
            .await?;
        for row in rows {
            let id = NoticeId(row.id);
            let touched = transact!(self, |txn| self.reconcile_one(txn, id, instances).await)?;
            touched.iter().for_each(|arn| {
                unheard.remove(arn);
            });
            if !touched.is_empty() {
                self.tell_notice(id);
            }
        }
        Ok(unheard)
    }

    /// Reconciles one notice; gives the instances that it knows.
    async fn reconcile_one(
        &self,
        txn: &DatabaseTransaction,
        id: NoticeId,
        instances: &[Instance],
    ) -> Result<Vec<String>, DeskError> {
        record::queue(txn, Stream::Notice(id)).await?;
        let mut case = self.load(txn, id).await?;
        let Some(hard) = deadline::hard(&case).map(|hard| hard.passed_at) else { return Ok(Vec::new()) };
        if matches!(case.life, Life::Merged { .. } | Life::Dismissed { .. }) {
            return Ok(Vec::new());
        }
        let resources = case.facts.resources.clone();
        let known: Vec<(&Instance, &Resource)> = instances
            .iter()
            .filter_map(|one| Some((one, resources.iter().find(|resource| one.is(resource))?)))
            .collect();
        let world = self.world(txn).await?;
        let context = self.context_of(&world, self.clock.now());
        // Whatever appears on this authority belongs to this notice too, and reopens it.
        let old = |one: &&Instance| one.valid_till.is_some_and(|till| till <= hard + RENEWED);
        let same = |one: &Instance| one.valid_till.is_some_and(|till| (till - hard).abs() <= SAME);
        let named = |one: &Instance| known.iter().any(|(known, _)| known.arn == one.arn);
        let beside = |one: &Instance| resources.iter().any(|resource| one.is_beside(resource));
        let of_it = instances.iter().filter(old).filter(|one| named(one) || (same(one) && beside(one)));
        let keys: BTreeSet<String> = of_it.filter_map(Instance::key).collect();
        filing::add_keys(txn, key_rows(keys, id, context.now.into())).await?;
        for (instance, resource) in &known {
            let Some(till) = instance.valid_till else { continue };
            let renewed = till > hard + RENEWED;
            for (command, draft) in self.differences(&case, &context, instance, (resource, renewed)) {
                let made = decide(&case, command, &Actor::System, &context).map_err(DeskError::Refused)?;
                if !made.is_empty() {
                    self.commit(txn, Some(&mut case), &world, made, (Cause::default(), vec![draft])).await?;
                }
            }
        }
        Ok(known.iter().map(|(instance, _)| instance.arn.clone()).collect())
    }

    /// What has to be put right for one resource, with the words for it.
    fn differences(
        &self,
        case: &Case,
        context: &Context,
        instance: &Instance,
        (resource, renewed): (&Resource, bool),
    ) -> Vec<(Command, Draft)> {
        let place = Place::Resource(resource.id);
        let steps = rotating(case, context);
        let done = |step: &StepId| case.steps.get(&(step.clone(), place.clone())).is_some_and(|state| state.done);
        let wrong: Vec<StepId> = steps.into_iter().filter(|step| done(step) != renewed).collect();
        if wrong.is_empty() || (renewed && !case.is_open()) {
            return Vec::new();
        }
        let mut asked = Vec::new();
        if !renewed && !case.is_open() {
            let said = format!("The API says that {} still has its old certificate: {}", instance.arn, instance.said);
            let reason = self.draft(&said);
            asked.push((Command::Reopen { reason: reason.reference }, reason));
        }
        for step in wrong {
            let words = self.draft(&format!("The API says: {}", instance.said));
            let text = words.reference;
            let command = if renewed {
                Command::DoStep { step, place: place.clone(), evidence: vec![Evidence::Note { text }] }
            } else {
                Command::UndoStep { step, place: place.clone(), reason: text }
            };
            asked.push((command, words));
        }
        asked
    }
}

/// The steps that are done for each resource before closing: what the API can see the outcome of.
fn rotating(case: &Case, context: &Context) -> Vec<StepId> {
    let Some(procedure) = context.procedure(case) else { return Vec::new() };
    let each = procedure.steps.iter().filter(|step| step.gate == Gate::Close && step.scope == Scope::Resource);
    each.map(|step| step.id.clone()).collect()
}
