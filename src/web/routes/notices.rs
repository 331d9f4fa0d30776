//! Notices: the list, one in full, and opening one by hand.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{STATEMENT, shown, text, when};
use super::facts::announced_resource;
use crate::desk::{Asked, NoticeRef};
use crate::notice::command::Command;
use crate::notice::facts::{Announced, AnnouncedDeadline, AnnouncedWindow};
use crate::notice::ids::{PersonId, ProviderId};
use crate::notice::text::TextRef;
use crate::store::lists::Filter;
use crate::web::App;
use crate::web::extract::{Json, Query};
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::show::{self, Viewer};
use crate::web::view::common::{Cursor, limit, within};
use crate::web::view::forms::{NoticeQuery, OpenForm};
use crate::web::view::notice::{Facet, FacetValue, Notice, NoticeList};
use crate::web::who::{Eyes as _, Member, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, open)).routes(routes!(one))
}

/// Notices, newest first, with filters and full text.
#[utoipa::path(get, path = "/notices", operation_id = "notices_list", tag = "notices",
    params(NoticeQuery), responses((status = 200, body = NoticeList)))]
async fn list(
    State(app): State<App>,
    me: Reader,
    Query(query): Query<NoticeQuery>,
) -> Result<Json<NoticeList>, Problem> {
    let (wanted, after) = (limit(query.limit), Cursor::read(query.cursor.as_deref())?);
    let filter = filter(&query);
    // One more than wanted tells whether there is a next page.
    let mut rows = app.desk.list(me.sight(), &filter, after.map(Cursor::place), wanted + 1).await?;
    let next = Cursor::after(&mut rows, wanted, |notice| (notice.row.opened_at, notice.row.id));
    let now = app.desk.clock.now();
    let items = rows.into_iter().map(|listed| show::row(listed, now)).collect::<Result<_, _>>()?;
    let facets = app.desk.facets(me.sight(), &filter).await?.into_iter().map(|(name, values)| {
        let values = values.into_iter().map(|(value, label, count)| {
            let label = match name {
                "provider" => show::provider_name(&value),
                "kind" => value.parse().map_or(label, |kind| show::kind_label(kind).to_owned()),
                "stage" => value.parse().map_or(label, |stage| show::stage_label(stage).to_owned()),
                _ => label,
            };
            FacetValue { value, label, count }
        });
        Facet { name: name.to_owned(), values: values.collect() }
    });
    Ok(Json(NoticeList { items, next, facets: facets.collect() }))
}

fn filter(query: &NoticeQuery) -> Filter {
    let historic = query.historic.unwrap_or(false).then(|| "historic".to_owned());
    Filter {
        words: query.q.as_deref().map(Filter::words_of).unwrap_or_default(),
        provider: query.provider.clone(),
        kind: query.kind.map(|kind| kind.word().to_owned()),
        stage: query.stage.map(|stage| stage.word().to_owned()).or(historic),
        level: query.level.clone(),
        team: query.team,
        overdue: query.overdue.unwrap_or(false),
        unverified: query.unverified.unwrap_or(false),
    }
}

/// One notice in full, by id or number.
#[utoipa::path(get, path = "/notices/{id}", operation_id = "notices_show", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn one(State(app): State<App>, Seen(me, which): Seen<Reader>) -> Result<Json<Notice>, Problem> {
    let viewer = Viewer { id: PersonId(me.id()), role: me.role()? };
    shown(&app, which.0, viewer).await.map(Json)
}

/// Opens a notice by hand. What the provider wrote becomes its first comment; a message that waits for a person is put to it
/// as its source.
#[utoipa::path(post, path = "/notices", operation_id = "notices_open", tag = "notices",
    responses((status = 201, body = Notice)))]
async fn open(
    State(app): State<App>,
    me: Member,
    Json(form): Json<OpenForm>,
) -> Result<(StatusCode, Json<Notice>), Problem> {
    let title = text(&app, "title", &form.title, 300)?;
    let quoted = super::acting::optional(&app, "text", form.text.as_deref(), STATEMENT)?;
    let message = form.message;
    if let Some(message) = message {
        app.desk.seen_message(me.sight(), message).await?;
    }
    let announced = announced(form, title.reference)?;
    let case = app.desk.open_by_hand(me.actor(), announced, vec![title], message).await?;
    let notice = NoticeRef::Id(case.id);
    if let Some(quoted) = quoted {
        let command = Command::Comment { text: quoted.reference, mentions: Default::default() };
        app.desk.act(notice, me.actor(), Asked::with(command, [quoted])).await?;
    }
    Ok((StatusCode::CREATED, Json(shown(&app, notice, me.viewer()).await?)))
}

fn announced(form: OpenForm, title: TextRef) -> Result<Announced, Problem> {
    within("provider", &form.provider, 1, 100)?;
    let deadlines = form.deadlines.iter().enumerate().map(|(n, deadline)| {
        let when = when(&format!("deadlines[{n}].when"), &deadline.when)?;
        Ok(AnnouncedDeadline { role: deadline.role, when, as_written: None, doubtful: false })
    });
    let windows = form.windows.iter().enumerate().map(|(n, window)| {
        let start = when(&format!("windows[{n}].start"), &window.start)?;
        let end = window.end.as_ref().map(|end| when(&format!("windows[{n}].end"), end)).transpose()?;
        Ok(AnnouncedWindow { start: Some(start), end, as_written: None })
    });
    Ok(Announced {
        provider: ProviderId(form.provider.trim().to_owned()),
        kind: form.kind,
        status: crate::notice::fact::Status::Planned,
        title,
        deadlines: deadlines.collect::<Result<_, Problem>>()?,
        windows: windows.collect::<Result<_, Problem>>()?,
        resources: form
            .resources
            .into_iter()
            .enumerate()
            .map(|(n, resource)| announced_resource(&format!("resources[{n}]."), resource))
            .collect::<Result<_, Problem>>()?,
        timeline: Vec::new(),
        pages: None,
    })
}
