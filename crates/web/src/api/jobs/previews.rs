//! What each channel would show, to the byte.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::{ForStaff, List};
use crate::api::path::Id;
use crate::api::placements::ChannelRef;
use crate::auth::{AsModerator, Bearer};
use crate::previews::{self, ChannelPreview};
use crate::problem::Problem;
use crate::state::AppState;

/// What one channel would show.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub(crate) struct PreviewOut {
    channel: ChannelRef,
    /// How `content` is to be read.
    #[schema(example = "telegram-html")]
    format: String,
    /// Exactly what is sent.
    content: String,
    /// In `unit`, by the platform's own rule.
    length: u32,
    /// The most that the platform takes, in `unit`.
    limit: u32,
    #[schema(example = "utf16")]
    unit: String,
    /// What a moderator should know.
    warnings: Vec<String>,
}

pub(in crate::api) fn shown(preview: ChannelPreview) -> Vec<PreviewOut> {
    let channel = ChannelRef::from(&preview.channel);
    match preview.rendered {
        Ok(messages) => messages
            .into_iter()
            .map(|message| PreviewOut {
                channel: channel.clone(),
                format: message.format,
                content: message.content,
                length: message.length,
                limit: message.limit,
                unit: message.unit,
                warnings: message.warnings,
            })
            .collect(),
        // A channel that can't be previewed must not hide the others: it says why instead.
        Err(why) => vec![PreviewOut {
            channel,
            format: "none".to_owned(),
            content: String::new(),
            length: 0,
            limit: 0,
            unit: "characters".to_owned(),
            warnings: vec![why],
        }],
    }
}

/// Preview an offer on every channel that gets it.
///
/// What is sent if the offer, or its pending revision, is approved now. Channels that are paused or whose rules leave
/// the offer out aren't among them.
#[utoipa::path(
    get, path = "/jobs/{id}/previews", operation_id = "list_previews", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses((status = 200, description = "The previews, in the order of the channels.", body = List<PreviewOut>), ForStaff)
)]
pub(crate) async fn previews(
    State(state): State<AppState>,
    caller: Bearer<AsModerator>,
    Id(id): Id,
) -> Result<Json<List<PreviewOut>>, Problem> {
    let job = caller.tenant.jobs().get(id).await?.ok_or_else(Problem::not_found)?;
    let posting = caller.tenant.jobs().posting(id).await?.ok_or_else(Problem::not_found)?;
    let previews = previews::of_posting(&state, &caller.tenant, &job, &posting).await?;
    Ok(Json(List::whole(previews.into_iter().flat_map(shown).collect())))
}
