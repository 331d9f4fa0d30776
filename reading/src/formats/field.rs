//! Reads one field after the other and keeps the evidence: which pointer, what stood there, which rule took it.

use std::fmt::Display;

use serde_json::Value;

use super::{Draft, Structured, time};
use crate::{Fact, PartText, Span, Trace};
use countersign_notice::fact::When;

/// An object of a payload with the JSON pointer that leads to it.
pub(super) struct Fields<'a> {
    format: &'static str,
    pub(super) value: &'a Value,
    pointer: String,
    texts: Vec<PartText>,
    trail: Vec<Trace>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(format: &'static str, value: &'a Value, pointer: impl Into<String>) -> Self {
        Self { format, value, pointer: pointer.into(), texts: Vec::new(), trail: Vec::new() }
    }

    /// The first of these fields that is there and not empty; each a path such as `data/essentials/alertId`.
    pub(super) fn get(&self, paths: &[&str]) -> Option<(String, &'a Value)> {
        paths.iter().find_map(|path| {
            let value = self.value.pointer(&format!("/{path}")).filter(|v| !is_empty(v))?;
            Some((format!("{}/{path}", self.pointer), value))
        })
    }

    pub(super) fn text(&self, paths: &[&str]) -> Option<&'a str> {
        self.get(paths).and_then(|(_, v)| v.as_str()).map(str::trim).filter(|t| !t.is_empty())
    }

    /// A fact from a field, with the field's own text as evidence.
    pub(super) fn fact<T: Display>(&mut self, fact: &'static str, value: T, path: &[&str], confidence: f32) -> Fact<T> {
        let span = self.span(path);
        self.trace(fact, &value, path.first().copied().unwrap_or_default(), span.clone());
        Fact { value, span, confidence }
    }

    pub(super) fn trace(&mut self, fact: &'static str, value: &impl Display, rule: &str, span: Option<Span>) {
        let rule = format!("{}/{rule}", self.format);
        self.trail.push(Trace { fact: fact.into(), value: value.to_string(), rule, span });
    }

    /// The field's text as a part of its own, and the span that is all of it.
    pub(super) fn span(&mut self, paths: &[&str]) -> Option<Span> {
        let (part, value) = self.get(paths)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let span = Span { part: part.clone(), start: 0, end: text.len(), quote: text.clone() };
        if !self.texts.iter().any(|t| t.part == part) {
            self.texts.push(PartText { part, text });
        }
        Some(span)
    }

    /// Hands a finished draft over with all the evidence for it.
    pub(super) fn close(self, draft: Draft, found: &mut Structured) {
        self.leave(found);
        found.drafts.push(draft);
    }

    /// Hands the evidence over, where the draft goes on to take in other fields.
    pub(super) fn leave(mut self, found: &mut Structured) {
        found.texts.append(&mut self.texts);
        found.trail.append(&mut self.trail);
    }

    /// A date with the way it was written.
    pub(super) fn when(&mut self, paths: &[&str]) -> Option<(When, String, Option<Span>)> {
        let (_, value) = self.get(paths)?;
        let at = time::when(value)?;
        let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some((at, written, self.span(paths)))
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.trim().is_empty(),
        _ => false,
    }
}
