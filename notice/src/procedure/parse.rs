//! A procedure from TOML. Every complaint names the key by its path, and an unknown key the nearest known one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use toml::{Table, Value};

use super::{
    Distance, DueRule, DueTerm, EvidenceRule, Gate, GateRule, Ladder, Matches, PriorityRule, Procedure, Requirement,
    Scope, Size, Step,
};
use crate::facts::Priority;
use crate::ids::{LevelId, ProcedureId, ProviderId, StepId};

/// What is wrong with a procedure's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct Problem {
    /// Such as `gates.assess.due`; empty where the text is not TOML at all.
    pub path: String,
    pub message: String,
}

impl Procedure {
    /// Reads one version of a procedure. The version is the store's, not the text's.
    ///
    /// # Errors
    /// The first thing wrong, by the key's path.
    pub fn parse(text: &str, version: u32) -> Result<Self, Problem> {
        let table: Table = text
            .parse()
            .map_err(|e: toml::de::Error| Problem { path: String::new(), message: format!("this is not TOML: {e}") })?;
        let mut root = Keys::new(&table, String::new());
        let procedure = Self {
            id: ProcedureId(root.text("id")?),
            version,
            title: root.text("title")?,
            summary: root.text("summary")?,
            matches: matches(root.table("matches")?)?,
            priority: priority(root.table("priority")?)?,
            act_by: root.due("act_by")?,
            review: root.due("review")?,
            gates: gates(root.table("gates")?)?,
            steps: steps(&mut root)?,
            ladder: ladder(root.table("ladder")?)?,
        };
        root.finish()?;
        procedure.hangs_together()?;
        Ok(procedure)
    }

    /// What no single key shows: steps named once, and each under a gate that there is.
    fn hangs_together(&self) -> Result<(), Problem> {
        let mut seen = BTreeSet::new();
        for (n, step) in self.steps.iter().enumerate() {
            let at = |key: &str, message: String| Err(Problem { path: format!("steps[{n}].{key}"), message });
            if !seen.insert(&step.id) {
                return at("id", format!("two steps are called “{}”", step.id));
            }
            if !self.gates.contains_key(&step.gate) {
                return at("gate", format!("this procedure has no gate “{}”", step.gate));
            }
            let of_its_environment = step.vantage.as_deref() == Some(Step::OF_ITS_ENVIRONMENT);
            if of_its_environment && step.scope == Scope::Once {
                return at("vantage", "a step that is done once has no environment; name the vantage".to_owned());
            }
        }
        for gate in [Gate::Close, Gate::Dismiss] {
            if !self.gates.contains_key(&gate) {
                let message = "every procedure needs it, or its notices could never end".to_owned();
                return Err(Problem { path: format!("gates.{gate}"), message });
            }
        }
        Ok(())
    }
}

fn matches(mut keys: Keys<'_>) -> Result<Matches, Problem> {
    let kinds = keys.words("kind")?;
    let providers = keys.words::<String>("provider")?.into_iter().map(ProviderId).collect();
    let priorities = keys.words("priority")?;
    keys.finish()?;
    Ok(Matches { kinds, providers, priorities })
}

fn priority(mut keys: Keys<'_>) -> Result<PriorityRule, Problem> {
    let assigned = keys.word("assigned")?;
    let broad_from = keys.whole("broad_from")?;
    let mut rises = Vec::new();
    if let Some(mut table) = keys.maybe_table("rises")? {
        for priority in Priority::ALL {
            if let Some(distance) = table.maybe_word::<Distance>(priority.word())? {
                rises.push((distance, *priority));
            }
        }
        table.finish()?;
    }
    keys.finish()?;
    Ok(PriorityRule { assigned, broad_from, rises })
}

fn gates(mut keys: Keys<'_>) -> Result<BTreeMap<Gate, GateRule>, Problem> {
    let mut gates = BTreeMap::new();
    for gate in Gate::ALL {
        let Some(mut table) = keys.maybe_table(gate.word())? else { continue };
        let rule = GateRule {
            due: table.due("due")?,
            words: table.text("words")?,
            requires: requires(table.table("requires")?)?,
            independent: table.words("independent")?,
        };
        table.finish()?;
        gates.insert(*gate, rule);
    }
    keys.finish()?;
    Ok(gates)
}

fn requires(mut keys: Keys<'_>) -> Result<BTreeMap<Size, Vec<Requirement>>, Problem> {
    let mut sizes = BTreeMap::new();
    for size in Size::ALL {
        let requirements: Vec<Requirement> = keys.words(size.word())?;
        let path = keys.path_of(size.word());
        let mut levels = BTreeSet::new();
        if let Some(twice) = requirements.iter().find(|r| !levels.insert(&r.level)) {
            return Err(Problem {
                path,
                message: format!("“{}” is named twice; write “2 {}”", twice.level, twice.level),
            });
        }
        if requirements.is_empty() {
            let message = "at least one level has to sign; leave the gate out if nobody has to".to_owned();
            return Err(Problem { path, message });
        }
        sizes.insert(*size, requirements);
    }
    keys.finish()?;
    Ok(sizes)
}

impl FromStr for Requirement {
    type Err = String;

    /// `lead`, or `2 engineer`.
    fn from_str(s: &str) -> Result<Self, String> {
        let (count, level) = match s.split_once(' ') {
            Some((count, level)) => (count.parse().map_err(|_| format!("“{count}” is not a number of people"))?, level),
            None => (1, s),
        };
        if count == 0 || level.is_empty() || level.contains(' ') {
            return Err(format!(
                "“{s}” is not a requirement; write a level, or a number of people and a level: “2 engineer”"
            ));
        }
        Ok(Self { level: LevelId::from(level), count })
    }
}

fn steps(root: &mut Keys<'_>) -> Result<Vec<Step>, Problem> {
    root.tables("steps")?
        .into_iter()
        .map(|mut keys| {
            let step = Step {
                id: StepId(keys.text("id")?),
                title: keys.text("title")?,
                guidance: keys.text("guidance")?,
                gate: keys.word("gate")?,
                scope: keys.maybe_word("scope")?.unwrap_or(Scope::Once),
                evidence: keys.maybe_word("evidence")?.unwrap_or(EvidenceRule::None),
                vantage: keys.maybe_word("vantage")?,
            };
            keys.finish()?;
            Ok(step)
        })
        .collect()
}

fn ladder(mut keys: Keys<'_>) -> Result<Ladder, Problem> {
    let ladder = Ladder {
        before_due: keys.words("before_due")?,
        before_act_by: keys.words("before_act_by")?,
        before_hard: keys.words("before_hard")?,
        next_level_after: keys.maybe_word("next_level_after")?,
        everybody_after: keys.maybe_word("everybody_after")?,
        insist_from: keys.word("insist_from")?,
    };
    keys.finish()?;
    Ok(ladder)
}

/// A table that remembers which keys were asked for, so that the rest can be called unknown.
struct Keys<'t> {
    table: &'t Table,
    path: String,
    asked: Vec<String>,
}

impl<'t> Keys<'t> {
    const fn new(table: &'t Table, path: String) -> Self {
        Self { table, path, asked: Vec::new() }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn problem(&self, key: &str, message: impl Into<String>) -> Problem {
        Problem { path: self.path_of(key), message: message.into() }
    }

    fn get(&mut self, key: &str) -> Option<&'t Value> {
        self.asked.push(key.to_owned());
        self.table.get(key)
    }

    fn need(&mut self, key: &str) -> Result<&'t Value, Problem> {
        self.get(key).ok_or_else(|| self.problem(key, "is missing"))
    }

    fn text(&mut self, key: &str) -> Result<String, Problem> {
        let value = self.need(key)?;
        match value.as_str().map(str::trim) {
            Some("") => Err(self.problem(key, "is empty")),
            Some(text) => Ok(text.to_owned()),
            None => Err(self.problem(key, format!("a text is wanted, not {}", value.type_str()))),
        }
    }

    fn word<T: FromStr<Err: fmt::Display>>(&mut self, key: &str) -> Result<T, Problem> {
        self.text(key)?.parse().map_err(|e: T::Err| self.problem(key, e.to_string()))
    }

    fn maybe_word<T: FromStr<Err: fmt::Display>>(&mut self, key: &str) -> Result<Option<T>, Problem> {
        if self.get(key).is_some() { self.word(key).map(Some) } else { Ok(None) }
    }

    /// A list of words, or one; none where the key is missing.
    fn words<T: FromStr<Err: fmt::Display>>(&mut self, key: &str) -> Result<Vec<T>, Problem> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let one = std::slice::from_ref(value);
        let items = value.as_array().map_or(one, Vec::as_slice);
        items
            .iter()
            .map(|item| {
                let text = item.as_str().ok_or_else(|| {
                    self.problem(key, format!("a text or a list of texts is wanted, not {}", item.type_str()))
                })?;
                text.parse().map_err(|e: T::Err| self.problem(key, e.to_string()))
            })
            .collect()
    }

    fn due(&mut self, key: &str) -> Result<DueRule, Problem> {
        let terms: Vec<DueTerm> = self.words(key)?;
        if terms.is_empty() { Err(self.problem(key, "is missing")) } else { Ok(DueRule { terms }) }
    }

    fn whole(&mut self, key: &str) -> Result<Option<u32>, Problem> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let whole = value.as_integer().and_then(|n| u32::try_from(n).ok());
        whole.map(Some).ok_or_else(|| self.problem(key, "a whole number is wanted"))
    }

    fn maybe_table(&mut self, key: &str) -> Result<Option<Keys<'t>>, Problem> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let table = value
            .as_table()
            .ok_or_else(|| self.problem(key, format!("a table is wanted, not {}", value.type_str())))?;
        Ok(Some(Keys::new(table, self.path_of(key))))
    }

    fn table(&mut self, key: &str) -> Result<Keys<'t>, Problem> {
        self.maybe_table(key)?.ok_or_else(|| self.problem(key, "is missing"))
    }

    fn tables(&mut self, key: &str) -> Result<Vec<Keys<'t>>, Problem> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wanted = || self.problem(key, format!("write [[{}]] for each", self.path_of(key)));
        let items = value.as_array().ok_or_else(wanted)?;
        items
            .iter()
            .enumerate()
            .map(|(n, item)| Ok(Keys::new(item.as_table().ok_or_else(wanted)?, format!("{}[{n}]", self.path_of(key)))))
            .collect()
    }

    /// Complains about the first key that nobody asked for.
    fn finish(self) -> Result<(), Problem> {
        let Some(unknown) = self.table.keys().find(|key| !self.asked.contains(*key)) else { return Ok(()) };
        let nearest = self
            .asked
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, unknown).total_cmp(&strsim::jaro_winkler(b, unknown)));
        let hint = nearest.map_or_else(String::new, |near| format!("; did you mean “{near}”?"));
        Err(self.problem(unknown, format!("is not a key here{hint}")))
    }
}
