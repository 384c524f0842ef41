//! Copies of jobs: what needs somebody, and lists of the others.

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::store::{Channel, ChannelState, PlacementQuery, PlacementState, Presence};
use tablon_core::{Role, TenantScope};
use uuid::Uuid;

use super::channels::problem;
use crate::auth::{AsModerator, Staff};
use crate::error::PageError;
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::params::{Params, with_query};
use crate::pages::placement_view;
use crate::pages::views::{ChannelChoice, PlacementGroup, PlacementTab, Placements, StoppedChannel};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many copies of a kind the overview shows.
const OVERVIEW: u64 = 20;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/placements", get(list))
}

/// What the list is narrowed to.
struct Filter {
    /// `None`: what needs a person. `Some(None)`: all.
    state: Option<Option<PlacementState>>,
    channel: Option<Uuid>,
}

impl Filter {
    fn of(params: &Params, channels: &[Channel]) -> Self {
        let state = match params.text("state") {
            "all" => Some(None),
            name => name.parse().ok().map(Some),
        };
        let channel = params.text("channel").parse().ok();
        Self { state, channel: channel.filter(|id| channels.iter().any(|channel| channel.id == *id)) }
    }

    fn state_name(&self) -> &'static str {
        match self.state {
            None => "",
            Some(None) => "all",
            Some(Some(state)) => state.as_str(),
        }
    }

    fn query(&self, state: Option<PlacementState>) -> PlacementQuery {
        PlacementQuery { state, channel_id: self.channel, ..PlacementQuery::default() }
    }
}

async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    params: Params,
) -> Result<Response, PageError> {
    let admin = admin_root(&visitor);
    let channels = tenant.channels().list().await?;
    let filter = Filter::of(&params, &channels);
    let channel_text = filter.channel.map(|id| id.to_string()).unwrap_or_default();
    let address = |state: &str, cursor: &str| {
        let list = format!("{admin}/placements");
        with_query(&list, &[("state", state), ("channel", &channel_text), ("cursor", cursor)])
    };
    let counts: HashMap<PlacementState, u64> =
        tenant.placements().counts_on(filter.channel).await?.into_iter().collect();
    let mut view = Placements {
        frame: frame(&state, &visitor),
        staff: staff_view(&visitor, &tenant, &staff, "placements").await?,
        done: params.done(),
        tabs: tabs(&filter, &counts, |state| address(state, "")),
        state: filter.state_name(),
        channels: channels
            .iter()
            .map(|channel| ChannelChoice {
                id: channel.id.to_string(),
                name: channel.name.clone(),
                chosen: filter.channel == Some(channel.id),
            })
            .collect(),
        overview: filter.state.is_none(),
        groups: Vec::new(),
        placements: Vec::new(),
        next_url: None,
    };
    match filter.state {
        None => {
            let may_mend = staff.may(Role::Admin);
            let narrowed = (&filter, channels.as_slice(), &counts);
            view.groups = overview((&state, &visitor), &tenant, narrowed, may_mend, |s| address(s, "")).await?;
        }
        Some(wanted) => {
            let cursor = params.some("cursor").map(str::to_owned);
            let found = tenant.placements().list(&PlacementQuery { cursor, ..filter.query(wanted) }).await?;
            view.placements = placement_view::listed(&tenant, found.items, &admin).await?;
            view.next_url = found.next_cursor.map(|cursor| address(filter.state_name(), &cursor));
        }
    }
    page(&state, &visitor, "pages/admin/placements.html", view)
}

fn tabs(filter: &Filter, counts: &HashMap<PlacementState, u64>, address: impl Fn(&str) -> String) -> Vec<PlacementTab> {
    let tab = |name: &'static str, label: String, count| PlacementTab {
        label,
        url: address(name),
        count,
        current: filter.state_name() == name,
    };
    let states = PlacementState::ALL.into_iter().filter_map(|state| {
        let count = counts.get(&state).copied().filter(|count| *count > 0);
        // A state that nothing is in is no place to go to, unless one is there already.
        let shown = count.is_some() || filter.state == Some(Some(state));
        shown.then(|| tab(state.as_str(), format!("placement-state-{}", state.as_str()), Some(count.unwrap_or(0))))
    });
    let needed = tab("", "placements-attention".to_owned(), None);
    let all = tab("all", "placements-all".to_owned(), Some(counts.values().sum()));
    [needed, all].into_iter().chain(states).collect()
}

/// What needs a person, by what it needs, the most pressing first.
async fn overview(
    (state, visitor): (&AppState, &Visitor),
    tenant: &TenantScope,
    (filter, channels, counts): (&Filter, &[Channel], &HashMap<PlacementState, u64>),
    may_mend: bool,
    address: impl Fn(&str) -> String,
) -> Result<Vec<PlacementGroup>, PageError> {
    let admin = &admin_root(visitor);
    let mut groups = Vec::new();
    for stuck in [PlacementState::Unverified, PlacementState::Failed] {
        let count = counts.get(&stuck).copied().unwrap_or_default();
        if count > 0 {
            let query = PlacementQuery { limit: Some(OVERVIEW), ..filter.query(Some(stuck)) };
            let found = tenant.placements().list(&query).await?;
            groups.push(PlacementGroup {
                kind: stuck.as_str(),
                count,
                more_url: found.next_cursor.map(|_| address(stuck.as_str())),
                placements: placement_view::listed(tenant, found.items, admin).await?,
                channels: Vec::new(),
            });
        }
    }
    let altered = tenant.placements().altered_on(filter.channel).await?;
    if altered > 0 {
        let query = PlacementQuery { presence: Some(Presence::Altered), limit: Some(OVERVIEW), ..filter.query(None) };
        let mut found = tenant.placements().list(&query).await?;
        let is_live = |state| matches!(state, PlacementState::Published | PlacementState::Outdated);
        found.items.retain(|copy| is_live(copy.state));
        groups.push(PlacementGroup {
            kind: "drifted",
            count: altered,
            more_url: found.next_cursor.map(|_| address(PlacementState::Published.as_str())),
            placements: placement_view::listed(tenant, found.items, admin).await?,
            channels: Vec::new(),
        });
    }
    // What waits for a channel is mended there, once for all.
    let mut stopped = Vec::new();
    for channel in channels.iter().filter(|channel| channel.state == ChannelState::Paused) {
        if filter.channel.is_some_and(|id| id != channel.id) {
            continue;
        }
        let counts = tenant.placements().counts_on(Some(channel.id)).await?;
        let count = counts.iter().find(|(state, _)| *state == PlacementState::Blocked).map_or(0, |(_, count)| *count);
        if count > 0 {
            stopped.push(StoppedChannel {
                name: channel.name.clone(),
                url: may_mend.then(|| format!("{admin}/channels/{}", channel.id)),
                problem: problem(state, visitor, channel),
                count,
            });
        }
    }
    if !stopped.is_empty() {
        groups.push(PlacementGroup {
            kind: "blocked",
            count: stopped.iter().map(|channel| channel.count).sum(),
            placements: Vec::new(),
            more_url: Some(address("blocked")),
            channels: stopped,
        });
    }
    Ok(groups)
}
