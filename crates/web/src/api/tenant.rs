//! The board itself.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use tablon_core::board::{BoardRules, MAX_DEFAULT_DAYS};
use tablon_core::form::LANGUAGE_PATTERN;
use tablon_core::{MAX_SLUG, TenantScope};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use super::answers::{ForBodies, ForRevisions, ForStaff};
use super::body::{Body, Member, Text, Whole, documented, formed_text, nullable, one_of, patched, with_example};
use super::if_match::{IfRevision, with_revision};
use crate::auth::{AsAdmin, AsModerator, Bearer};
use crate::language::{LOCALES, offered};
use crate::problem::Problem;
use crate::state::AppState;

/// A board.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Board)]
pub(crate) struct TenantOut {
    id: Uuid,
    /// Its short name in addresses.
    #[schema(example = "acme")]
    slug: String,
    name: String,
    /// Where it is.
    url: String,
    /// Its language, BCP 47.
    #[schema(example = "es")]
    locale: String,
    /// The languages in which visitors can read its pages; its own is always among them.
    #[schema(example = json!(["es", "en"]))]
    locales: Vec<String>,
    /// Its time zone (IANA).
    #[schema(example = "Europe/Madrid")]
    time_zone: String,
    /// Its accent colour.
    #[schema(example = "#0f766e")]
    accent: String,
    /// A sentence about it.
    description: Option<String>,
    /// The currency (ISO 4217) that the pay field begins with.
    #[schema(example = "EUR")]
    currency: String,
    /// How many days an offer without a last day stays.
    #[schema(example = 60)]
    default_days: u64,
    /// Whether the installation's front page and sitemap name it.
    listed: bool,
    /// Whether people may register as members, if there is a mail server.
    registration: bool,
    /// What its offers must keep to.
    rules: BoardRules,
    /// The host names it answers at, beside the base address.
    hosts: Vec<String>,
}

impl From<&TenantScope> for TenantOut {
    fn from(tenant: &TenantScope) -> Self {
        Self {
            id: tenant.id,
            slug: tenant.slug.to_string(),
            name: tenant.name.clone(),
            url: tenant.public_url(),
            locale: tenant.locale.clone(),
            locales: offered(tenant).into_iter().map(str::to_owned).collect(),
            time_zone: tenant.time_zone.name().to_owned(),
            accent: tenant.accent.clone(),
            description: tenant.description.clone(),
            currency: tenant.currency.clone(),
            default_days: tenant.default_days,
            listed: tenant.listed,
            registration: tenant.registration,
            rules: tenant.rules.clone(),
            hosts: tenant.hosts.clone(),
        }
    }
}

fn now(tenant: &TenantScope) -> Response {
    with_revision(tenant.version, TenantOut::from(tenant))
}

/// Read the board.
#[utoipa::path(
    get, path = "/tenant", operation_id = "get_board", tag = "board", security(("token" = [])),
    responses(
        (status = 200, description = "The board as it is now.", body = TenantOut, headers(("ETag" = String, description = "The version of its settings, for `If-Match`."))),
        ForStaff,
    )
)]
pub(crate) async fn read(caller: Bearer<AsModerator>) -> Response {
    now(&caller.tenant)
}

/// The body of `PATCH /tenant`, which core reads.
#[derive(Debug)]
pub(crate) enum TenantPatch {}

impl PartialSchema for TenantPatch {
    fn schema() -> RefOr<Schema> {
        let member = |described: RefOr<Schema>, words: &str| documented(described, words);
        let locales = ArrayBuilder::new().items(one_of(LOCALES)).build();
        let flag = || RefOr::T(ObjectBuilder::new().schema_type(Type::Boolean).build().into());
        let days = Whole::<1, { MAX_DEFAULT_DAYS }>::describe();
        let about = "What can be changed about a board, as a merge patch: what is left out stays as it is, and `rules` is \
                     merged member by member.";
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(about))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .property(
                "slug",
                with_example(
                    member(
                        formed_text(MAX_SLUG, "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"),
                        "Its short name in addresses; the old one leads there from then on.",
                    ),
                    "acme",
                ),
            )
            .property("name", member(Text::<100>::describe(), ""))
            .property("description", member(Option::<Text<300>>::describe(), "`null` or blank takes it away."))
            .property("locale", with_example(member(formed_text(35, LANGUAGE_PATTERN), "BCP 47."), "es"))
            .property(
                "locales",
                member(
                    nullable(RefOr::T(locales.into())),
                    "The languages offered to visitors; its own is offered besides. `null` and an empty list: every language.",
                ),
            )
            .property("time_zone", member(chrono_tz::Tz::describe(), "IANA."))
            .property("accent", with_example(member(formed_text(7, "^#[0-9A-Fa-f]{6}$"), "`#rrggbb`."), "#0f766e"))
            .property("currency", with_example(member(formed_text(3, "^[A-Za-z]{3}$"), "ISO 4217."), "EUR"))
            .property("default_days", member(days, "How many days an offer without a last day stays."))
            .property("listed", member(nullable(flag()), "`null`: it is."))
            .property("registration", member(nullable(flag()), "`null`: they may not."))
            .property("rules", member(nullable(patched(BoardRules::schema())), "`null`: no rules."))
            .into()
    }
}

impl ToSchema for TenantPatch {
    fn name() -> std::borrow::Cow<'static, str> {
        "BoardPatch".into()
    }
}

/// The header that [`IfRevision`] reads.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes a header, which `IfRevision` reads")]
pub(crate) struct IfSettings {
    /// Only if the settings are still at the version of this `ETag`. `*` and no header: whatever version they are at.
    #[param(
        rename = "If-Match",
        required = false,
        nullable = false,
        example = "\"3\"",
        pattern = r#"^(\*|(W/)?"[0-9]{1,18}"|(W/)?[0-9]{1,18})$"#
    )]
    if_match: String,
}

/// Change the board.
///
/// Takes a JSON merge patch; needs the role admin. With `If-Match`, only if the settings are still at that version.
#[utoipa::path(
    patch, path = "/tenant", operation_id = "update_board", tag = "board", security(("token" = [])),
    request_body(content((TenantPatch = "application/merge-patch+json"), (TenantPatch = "application/json"))),
    params(IfSettings),
    responses(
        (status = 200, description = "The board as it is now.", body = TenantOut, headers(("ETag" = String, description = "The version of its settings, for `If-Match`."))),
        ForStaff, ForBodies, ForRevisions,
    )
)]
pub(crate) async fn update(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    IfRevision(seen): IfRevision,
    Body(patch): Body,
) -> Result<Response, Problem> {
    let tenant = state.store.tenants().update(&caller.tenant, &patch, seen, LOCALES, caller.audited()).await?;
    state.tenants.forget();
    Ok(now(&tenant))
}
