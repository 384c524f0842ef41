//! Copies of jobs.

use chrono::Duration;
use tablon_core::store::{Desired, Operation, PlacementState as P, Presence};

use super::channels::problem;
use super::*;

pub(super) fn placement(id: &str, state: P) -> PlacementView {
    let attempt = |operation, outcome: &str, went_well| AttemptView {
        at: now() - Duration::minutes(2),
        operation,
        outcome: outcome.into(),
        went_well,
        status: Some(502),
        duration_ms: Some(812),
        message: Some("Bad Gateway".into()),
    };
    PlacementView {
        id: id.into(),
        channel: "Rust Sevilla, empleo".into(),
        channel_url: Some("https://t.me/rustsevilla".into()),
        job_title: None,
        job_url: None,
        state,
        text: state.as_str(),
        drift: None,
        url: (state == P::Published).then(|| "https://t.me/rustsevilla/42".into()),
        problem: (state == P::Failed)
            .then(|| "Bad Request: not enough rights to send text messages to the chat".into()),
        link_error: (state == P::Unverified).then(|| "Escribe un enlace a un mensaje de este canal.".into()),
        link_typed: if state == P::Unverified { "https://t.me/otro/1".into() } else { String::new() },
        due_at: (state == P::Pending).then(|| now() + Duration::minutes(3)),
        published_at: (state == P::Published).then(|| now() - Duration::days(2)),
        checked_at: (state == P::Published).then(|| now() - Duration::hours(1)),
        updated_at: now() - Duration::minutes(20),
        attempts: vec![
            attempt(Operation::Publish, "Falló, se reintenta", false),
            attempt(Operation::Update, "Al día", true),
        ],
        may: PlacementMay {
            answer: state == P::Unverified,
            adopt: matches!(state, P::Failed | P::Blocked),
            retry: match state {
                P::Failed => Some("retry"),
                P::Retracted => Some("resend"),
                P::Pending => Some("now"),
                _ => None,
            },
            retract: state == P::Published,
            check: state == P::Published,
        },
    }
}

/// What else may be said of a copy in one of the states.
const TEXTS: [(P, &str); 10] = [
    (P::Published, "following"),
    (P::Unverified, "unverified-plugin"),
    (P::Failed, "failed-unreachable"),
    (P::Failed, "failed-elsewhere"),
    (P::Failed, "failed-channel"),
    (P::Failed, "failed-plugin-trapped"),
    (P::Failed, "failed-plugin-timeout"),
    (P::Failed, "failed-plugin-oversized"),
    (P::Failed, "failed-plugin-fault"),
    (P::Failed, "failed-other"),
];

pub(super) fn placements() -> Vec<PlacementView> {
    let mut all: Vec<_> = P::ALL.iter().enumerate().map(|(i, state)| placement(&format!("p{i}"), *state)).collect();
    all.extend(
        TEXTS
            .iter()
            .enumerate()
            .map(|(i, (state, text))| PlacementView { text, ..placement(&format!("t{i}"), *state) }),
    );
    all.push(altered());
    all
}

fn altered() -> PlacementView {
    let may = PlacementMay { retry: Some("restore"), retract: true, check: true, ..PlacementMay::default() };
    PlacementView { drift: Some(Presence::Altered), text: "altered", may, ..placement("a1", P::Published) }
}

fn titled(p: PlacementView) -> PlacementView {
    PlacementView {
        job_title: Some("Ingeniera de plataformas".into()),
        job_url: Some("#".into()),
        attempts: vec![],
        ..p
    }
}

fn listed(locale: &'static str, overview: bool) -> Placements {
    let tab = |label: &str, count, current| PlacementTab { label: label.into(), url: "?".into(), count, current };
    let mut tabs = vec![tab("placements-attention", None, overview), tab("placements-all", Some(1234), !overview)];
    tabs.extend(P::ALL.iter().map(|state| tab(&format!("placement-state-{state}"), Some(7), false)));
    let choice = |name: &str, chosen| ChannelChoice { id: name.into(), name: name.into(), chosen };
    Placements {
        frame: frame(locale),
        staff: staff("placements"),
        done: None,
        tabs,
        state: if overview { "" } else { "all" },
        channels: vec![choice("Rust Sevilla, empleo", true), choice("#empleo", false)],
        overview,
        groups: vec![],
        placements: vec![],
        next_url: None,
    }
}

fn groups() -> Vec<PlacementGroup> {
    let group = |kind, placements: Vec<PlacementView>| PlacementGroup {
        kind,
        count: 23,
        placements: placements.into_iter().map(titled).collect(),
        more_url: Some("?".into()),
        channels: vec![],
    };
    let stopped = |kind: Option<&'static str>, url: Option<&str>, count| StoppedChannel {
        name: "Rust Sevilla, empleo".into(),
        url: url.map(str::to_owned),
        problem: kind.map(problem),
        count,
    };
    let vanished = PlacementView { drift: Some(Presence::Absent), text: "absent", ..placement("a2", P::Failed) };
    vec![
        group("unverified", vec![placement("p1", P::Unverified)]),
        group("failed", vec![placement("p2", P::Failed), vanished]),
        group("drifted", vec![altered()]),
        PlacementGroup {
            channels: vec![stopped(Some("secrets"), Some("#"), 1), stopped(None, None, 12)],
            ..group("blocked", vec![])
        },
    ]
}

fn page(locale: &'static str, copy: PlacementView, problem: Option<Trouble>) -> PlacementPage {
    let done = |what: &str| Moment { at: now(), attempt: None, what: Some(what.into()), who: Some("Lucía".into()) };
    let mut timeline: Vec<Moment> = copy
        .attempts
        .iter()
        .map(|attempt| Moment { at: attempt.at, attempt: Some(attempt.clone()), what: None, who: None })
        .collect();
    timeline.extend(["retry", "resolve", "retract", "check"].map(|what| done(&format!("placement-{what}"))));
    PlacementPage {
        frame: frame(locale),
        staff: staff("placements"),
        done: Some("checking"),
        problem,
        desired: Desired::Present,
        plugin_name: "Telegram".into(),
        channel_page: Some("#".into()),
        copy: titled(copy),
        timeline,
    }
}

pub(super) fn pages(locale: &'static str) -> Vec<Sample> {
    let trouble = Trouble {
        what: "adopt",
        message: "Escribe un enlace a un mensaje de este canal.".into(),
        typed: "https://t.me/otro/1".into(),
        invalid: true,
        target: Some("url-p1".into()),
    };
    let list = "pages/admin/placements.html";
    let one = "pages/admin/placement.html";
    let all = placements().into_iter().map(titled).collect();
    vec![
        sample("admin-placements", list, Placements { groups: groups(), ..listed(locale, true) }),
        sample("admin-placements-nothing", list, listed(locale, true)),
        sample(
            "admin-placements-all",
            list,
            Placements { placements: all, next_url: Some("?".into()), ..listed(locale, false) },
        ),
        sample("admin-placements-none", list, listed(locale, false)),
        sample("admin-placement", one, page(locale, placement("p0", P::Published), None)),
        sample("admin-placement-altered", one, page(locale, altered(), None)),
        sample("admin-placement-failed", one, page(locale, placement("p2", P::Failed), None)),
        sample("admin-placement-unverified", one, page(locale, placement("p1", P::Unverified), Some(trouble))),
        sample(
            "admin-placement-new",
            one,
            page(locale, PlacementView { job_title: None, attempts: vec![], ..placement("p3", P::Pending) }, None),
        ),
    ]
}
