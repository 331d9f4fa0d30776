//! Small shapes that several answers share: pages of a list, names, dates as providers write them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::notice::fact::{Precision, When};
use crate::store::At;
use crate::web::problem::Problem;

/// One page of a list. Hand `next` back as `cursor` to get the page after it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Opaque; null on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A list that is never cut into pages, because it is short by nature.
    #[must_use]
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// A person as they are named beside what they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonName {
    pub id: Uuid,
    /// “a former colleague” once the name has been erased.
    pub name: String,
}

impl From<(Uuid, String)> for PersonName {
    fn from((id, name): (Uuid, String)) -> Self {
        Self { id, name }
    }
}

/// Something with a stable id and a name for people: a provider, a team, a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// A point in time as the provider wrote it. A bare date stays one and is never converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = When)]
pub struct WhenView {
    /// `2024-08-22` where `precision` is `date`, else RFC 3339 in UTC.
    #[schema(examples("2024-08-22", "2024-08-22T17:08:50Z"))]
    pub at: String,
    pub precision: Precision,
    /// The zone that the message or the provider's profile gives for a bare date.
    pub zone: Option<String>,
}

impl From<When> for WhenView {
    fn from(when: When) -> Self {
        let zone = match when {
            When::Date { zone, .. } => zone.map(|z| z.to_string()),
            When::Instant(_) => None,
        };
        Self { at: when.to_string(), precision: when.precision(), zone }
    }
}

/// What changed between two states of the same thing, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// What it is, such as “Hard deadline” or “Resource prod-db-1”.
    pub label: String,
    /// Null where it is new.
    pub before: Option<String>,
    /// Null where it went away.
    pub after: Option<String>,
}

/// A label and its value, such as one line of what a signature covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Line {
    pub label: String,
    pub value: String,
}

/// Where a list goes on: the time and id of the last row seen. Opaque to whoever carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(At, Uuid);

impl Cursor {
    /// Reads what an earlier page gave out.
    ///
    /// # Errors
    /// Names the field `cursor`.
    pub fn read(written: Option<&str>) -> Result<Option<Self>, Problem> {
        let Some(written) = written else { return Ok(None) };
        let read = |(at, id): (&str, &str)| Some(Self(At(at.parse().ok()?), id.parse().ok()?));
        written.split_once('.').and_then(read).map(Some).ok_or_else(|| {
            Problem::field(
                "cursor",
                "This cursor was not given out by a page of this list; leave it out to begin anew.",
            )
        })
    }

    #[must_use]
    pub const fn place(self) -> (At, Uuid) {
        (self.0, self.1)
    }

    /// Cuts a page that was read with one row more than wanted, and says where the next one begins.
    pub fn after<T>(rows: &mut Vec<T>, wanted: u64, place: impl Fn(&T) -> (At, Uuid)) -> Option<String> {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        if rows.len() <= wanted {
            return None;
        }
        rows.truncate(wanted);
        rows.last().map(place).map(|(at, id)| format!("{}.{id}", at.0))
    }
}

/// The number of rows to read for a wanted `limit`, within what one answer may hold.
#[must_use]
pub fn limit(wanted: Option<u32>) -> u64 {
    u64::from(wanted.unwrap_or(50).clamp(1, 200))
}

/// Checks the length of a text that a person wrote, in characters without the space around it.
///
/// # Errors
/// Names the field and the limits.
pub fn within(field: &str, text: &str, least: usize, most: usize) -> Result<(), Problem> {
    let length = text.trim().chars().count();
    if length < least {
        return Err(Problem::field(
            field,
            format!("`{field}` is missing or too short: it needs at least {least} characters."),
        ));
    }
    if length > most {
        return Err(Problem::field(field, format!("`{field}` is too long: {length} characters of at most {most}.")));
    }
    if text.contains('\0') {
        return Err(Problem::field(field, format!("`{field}` holds a NUL character, which no text has.")));
    }
    Ok(())
}
