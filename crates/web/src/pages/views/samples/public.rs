//! Pages for everybody, and the poster's own.

use chrono::Duration;
use serde_json::json;
use tablon_core::store::PlacementState;

use super::forms::form;
use super::jobs::{body, cards, tags};
use super::placements::placement;
use super::staff::{all_may, renewal_form};
use super::*;

pub(super) fn pages(locale: &'static str) -> Vec<Sample> {
    let job = |ended: bool| JobPage {
        frame: frame(locale),
        job: body(),
        job_state: if ended { "filled" } else { "published" },
        ended,
        url: "https://jobs.example.org/t/rust-sevilla/jobs/x".into(),
        summary: "Llevamos paquetes a cuatro millones de puertas.".into(),
        image: Some("https://acme.example/logo.png".into()),
        apply_host: "acme.example".into(),
        published_at: Some(now() - Duration::days(3)),
        tags: tags(),
        json_ld: (!ended).then(|| json!({"@type": "JobPosting", "title": "</script><script>alert(1)</script>"})),
    };
    let submit = |errors, preview| Submit {
        frame: frame(locale),
        csrf: "c0ffee".into(),
        submission: "00112233445566778899aabbccddeeff".into(),
        form: form(errors),
        preview,
        once_more: true,
    };
    let boards = |boards| Boards {
        frame: Frame { board: None, ..frame(locale) },
        url: "https://jobs.example.org/".into(),
        boards,
        signed_in: true,
    };
    let board = |name: &str, jobs, admin| BoardCard { name: name.into(), url: "/t/x/".into(), jobs, admin };
    vec![
        sample(
            "boards",
            "pages/boards.html",
            boards(vec![
                board("Rust Sevilla", 34, Some("/t/x/admin".into())),
                board("Python Málaga", 0, None),
                board("Datos", 1, None),
            ]),
        ),
        sample("boards-empty", "pages/boards.html", boards(vec![])),
        sample("listing", "pages/listing.html", listing(locale)),
        sample(
            "listing-found",
            "pages/listing.html",
            Listing {
                q: "rust \"<b>".into(),
                filtered: true,
                workplace: "remote".into(),
                tag: "backend".into(),
                next_url: None,
                ..listing(locale)
            },
        ),
        sample(
            "listing-none",
            "pages/listing.html",
            Listing { q: "cobol".into(), filtered: true, jobs: vec![], tags: vec![], ..listing(locale) },
        ),
        sample(
            "listing-refused",
            "pages/listing.html",
            Listing {
                q: "rust ".repeat(50),
                q_error: Some("200".into()),
                filtered: true,
                jobs: vec![],
                ..listing(locale)
            },
        ),
        sample(
            "listing-empty",
            "pages/listing.html",
            Listing { total: 0, jobs: vec![], tags: vec![], ..listing(locale) },
        ),
        sample("job", "pages/job.html", job(false)),
        sample("job-ended", "pages/job.html", job(true)),
        sample("submit", "pages/submit.html", submit(false, None)),
        sample("submit-errors", "pages/submit.html", submit(true, None)),
        sample("submit-preview", "pages/submit.html", submit(false, Some(body()))),
        sample("submitted", "pages/submitted.html", submitted(locale, None)),
        sample("submitted-published", "pages/submitted.html", submitted(locale, Some("/t/rust-sevilla/jobs/x"))),
        sample("unsubscribe", "pages/unsubscribe.html", unsubscribe(locale, Some("ana@example.org"), false)),
        sample(
            "unsubscribe-list",
            "pages/unsubscribe.html",
            UnsubscribePage { is_list: true, ..unsubscribe(locale, Some("list@example.org"), false) },
        ),
        sample("notification-stop", "pages/notification_stop.html", stop_page(locale, false)),
        sample("notification-stopped", "pages/notification_stop.html", stop_page(locale, true)),
        sample("unsubscribe-done", "pages/unsubscribe.html", unsubscribe(locale, Some("ana@example.org"), true)),
        sample("unsubscribe-gone", "pages/unsubscribe.html", unsubscribe(locale, None, true)),
        sample("my", "pages/my.html", my(locale, "published")),
        sample(
            "my-changes",
            "pages/my.html",
            MyJob {
                reason: Some("Falta el salario.".into()),
                problem: Some("Ya no se puede hacer.".into()),
                new_link: Some(
                    "https://jobs.example.org/t/rust-sevilla/edit/8Jq2mVb0Yw3nq1cTqv5k7Zr6xPsL4dFhAeUoGiKtMnB".into(),
                ),
                renewal: RenewalForm { error: Some("Ese día ya ha pasado.".into()), ..renewal_form() },
                has_pending: true,
                done: Some("edited"),
                placements: vec![],
                public_url: None,
                may: all_may(),
                ..my(locale, "changes_requested")
            },
        ),
        sample("my-filled", "pages/my.html", my(locale, "filled")),
        sample("link-ended", "pages/link_ended.html", LinkEnded { frame: frame(locale) }),
        sample(
            "my-edit",
            "pages/my_edit.html",
            MyEdit {
                frame: frame(locale),
                csrf: "c0ffee".into(),
                my_url: "/my/x".into(),
                is_live: true,
                reason: Some("Falta el salario.".into()),
                problem: Some("Son muchos cambios en poco tiempo.".into()),
                form: form(true),
                preview: Some(body()),
            },
        ),
    ]
}

fn listing(locale: &'static str) -> Listing {
    Listing {
        frame: frame(locale),
        q: String::new(),
        q_error: None,
        tag: String::new(),
        workplace: String::new(),
        cursor: false,
        filtered: false,
        total: 1234,
        tags: tags(),
        jobs: cards(),
        newest_url: Some("?".into()),
        next_url: Some("?cursor=x".into()),
        feeds: vec![FeedLink { media_type: "application/rss+xml", name: "RSS", url: "/feed.rss".into() }],
    }
}

fn my(locale: &'static str, state: &'static str) -> MyJob {
    MyJob {
        frame: frame(locale),
        csrf: "c0ffee".into(),
        done: None,
        problem: None,
        job: body(),
        job_state: state,
        ended_it: false,
        renewal: renewal_form(),
        new_link: None,
        reason: None,
        has_pending: false,
        my_url: "/t/rust-sevilla/my/x".into(),
        public_url: Some("/t/rust-sevilla/jobs/x".into()),
        may: May { edit: true, fill: true, close: true, ..May::default() },
        placements: vec![
            PlacementView { text: "following", ..placement("p1", PlacementState::Published) },
            placement("p2", PlacementState::Pending),
        ],
    }
}

fn unsubscribe(locale: &'static str, address: Option<&str>, stopped: bool) -> UnsubscribePage {
    UnsubscribePage { frame: frame(locale), address: address.map(str::to_owned), is_list: false, stopped }
}

fn stop_page(locale: &'static str, stopped: bool) -> NotificationStopPage {
    NotificationStopPage { frame: frame(locale), kind: "queue.new", stopped }
}

fn submitted(locale: &'static str, public_url: Option<&str>) -> Submitted {
    Submitted {
        frame: frame(locale),
        title: "Ingeniera de plataformas".into(),
        edit_url: "https://jobs.example.org/t/rust-sevilla/edit/8Jq2mVb0Yw3nq1cTqv5k7Zr6xPsL4dFhAeUoGiKtMnB".into(),
        public_url: public_url.map(Into::into),
    }
}
