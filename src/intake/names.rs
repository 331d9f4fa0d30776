//! What name servers have said, kept for as long as they said it holds. In tests it is all there is to know: a resolver
//! that is a value and not the network.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use mail_auth::{ResolverCache, Txt};

/// As many names as all providers and colleagues have together, many times over.
const MAX_NAMES: usize = 10_000;

/// The TXT records known.
#[derive(Default)]
pub struct Names(RwLock<HashMap<Box<str>, (Txt, Instant)>>);

impl ResolverCache<Box<str>, Txt> for Names {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(name).filter(|(_, until)| *until > Instant::now()).map(|(txt, _)| txt.clone())
    }

    fn remove<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(name).map(|(txt, _)| txt)
    }

    fn insert(&self, name: Box<str>, txt: Txt, until: Instant) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_NAMES {
            let now = Instant::now();
            known.retain(|_, (_, until)| *until > now);
            if known.len() >= MAX_NAMES {
                // Somebody makes us look up names without end; forgetting all costs a few questions again.
                known.clear();
            }
        }
        known.insert(name, (txt, until));
    }
}
