//! The queue, and jobs as moderators see them.

use chrono::Duration;
use tablon_core::notice::{NoticeKind, Timing};

use super::channels::problem;
use super::forms::{form, small_form};
use super::jobs::{body, card, cards};
use super::placements::placements;
use super::previews::previews;
use super::*;

pub(super) fn pages(locale: &'static str) -> Vec<Sample> {
    let attention = || {
        vec![
            Attention {
                kind: "paused",
                name: "Rust Sevilla, empleo".into(),
                count: 1,
                problem: Some(problem("credential")),
                url: "#".into(),
            },
            Attention { kind: "digests", name: "Lista".into(), count: 1, problem: None, url: "#".into() },
            Attention { kind: "unverified", name: String::new(), count: 2, problem: None, url: "#".into() },
            Attention { kind: "failed", name: String::new(), count: 1, problem: None, url: "#".into() },
            Attention { kind: "drifted", name: String::new(), count: 1, problem: None, url: "#".into() },
        ]
    };
    let queue = |jobs: Vec<JobCard>, attention, has_channels| Queue {
        frame: frame(locale),
        staff: staff("queue"),
        done: Some("approved"),
        attention,
        first_steps: vec![],
        jobs,
        next_url: Some("?cursor=x".into()),
        has_channels,
        submit_url: "https://jobs.example.org/t/rust-sevilla/submit".into(),
    };
    let states = [
        "submitted",
        "changes_requested",
        "approved",
        "published",
        "filled",
        "expired",
        "closed",
        "rejected",
        "spam",
        "draft",
    ];
    let jobs = |jobs| AdminJobs {
        frame: frame(locale),
        staff: staff("jobs"),
        done: None,
        q: String::new(),
        q_error: None,
        current: Some("published"),
        states: states.iter().map(|name| StateTab { name, count: 12 }).collect(),
        jobs,
        next_url: None,
    };
    let pending = Pending {
        revision: 3,
        changes: vec![
            FieldDifference { label: "Puesto".into(), before: "Ingeniera".into(), after: "Ingeniera sénior".into() },
            FieldDifference {
                label: "Salario".into(), before: String::new(), after: "42.000–52.000 €/año".into()
            },
        ],
    };
    let notifications = |has_mail_server, server, failed| NotificationsPage {
        address_confirmed: has_mail_server,
        frame: frame(locale),
        staff: staff("notifications"),
        done: None,
        has_mail_server,
        server,
        address: "ana@example.org".into(),
        timings: Timing::ALL.map(Timing::as_str).to_vec(),
        choices: NoticeKind::FOR_STAFF
            .map(|kind| NotificationChoice { kind: kind.as_str(), timing: Timing::AtOnce.as_str() })
            .into(),
        failed,
    };
    let all_failed = || {
        let states = ["refused", "given_up", "unknown", "limited"];
        let kinds = NoticeKind::ALL.into_iter().zip(states.into_iter().cycle());
        kinds.map(|(kind, state)| FailedNotice { kind: kind.as_str(), state, ..failed_notice() }).collect()
    };
    let every_state =
        states.iter().map(|state| JobCard { state, ..card("Una oferta", "Acme", "on-site", 5) }).collect();
    vec![
        sample(
            "admin-notifications",
            "pages/admin/notifications.html",
            notifications(true, Some(mail_server()), Some(all_failed())),
        ),
        sample("admin-mail", "pages/admin/mail.html", board_mail(locale, None)),
        sample("admin-mail-server", "pages/admin/mail.html", board_mail(locale, Some(mail_server()))),
        sample("admin-mail-words", "pages/admin/mail_words.html", mail_words(locale)),
        sample("admin-notifications-no-server", "pages/admin/notifications.html", notifications(false, None, None)),
        sample("admin-queue", "pages/admin/queue.html", queue(cards(), attention(), true)),
        sample("admin-queue-empty", "pages/admin/queue.html", queue(vec![], vec![], true)),
        sample(
            "admin-queue-first",
            "pages/admin/queue.html",
            Queue { first_steps: first_steps(), ..queue(vec![], vec![], false) },
        ),
        sample("admin-settings", "pages/admin/settings.html", settings(locale, None)),
        sample(
            "admin-settings-stale",
            "pages/admin/settings.html",
            settings(
                locale,
                Some(vec![
                    SettingNow { label: "Nombre".into(), value: "Rust Sevilla <script>".into() },
                    SettingNow { label: "Frase".into(), value: String::new() },
                ]),
            ),
        ),
        sample("admin-jobs", "pages/admin/jobs.html", jobs(every_state)),
        sample("admin-jobs-none", "pages/admin/jobs.html", jobs(vec![])),
        sample("admin-job-review", "pages/admin/job.html", admin_job(locale, "submitted")),
        sample(
            "admin-job-no-channel",
            "pages/admin/job.html",
            AdminJob {
                previews: vec![],
                channels: 0,
                has_channels: false,
                problem: Some(trouble()),
                ..admin_job(locale, "submitted")
            },
        ),
        sample(
            "admin-job-left-out",
            "pages/admin/job.html",
            AdminJob { previews: vec![], channels: 0, ..admin_job(locale, "submitted") },
        ),
        sample(
            "admin-job-scheduled",
            "pages/admin/job.html",
            AdminJob { scheduled: true, ..admin_job(locale, "submitted") },
        ),
        sample(
            "admin-job-waits-for-its-time",
            "pages/admin/job.html",
            AdminJob {
                may: May { reschedule: true, reject: true, edit: true, close: true, ..May::default() },
                new_link: Some(
                    "https://jobs.example.org/t/rust-sevilla/edit/8Jq2mVb0Yw3nq1cTqv5k7Zr6xPsL4dFhAeUoGiKtMnB".into(),
                ),
                publish_at: Some(now()),
                show_previews: false,
                previews: vec![],
                problem: Some(Trouble {
                    what: "reschedule",
                    message: "Elige un día.".into(),
                    typed: "2020-01-01T10:00".into(),
                    invalid: true,
                    target: Some("publish_at".into()),
                }),
                ..admin_job(locale, "approved")
            },
        ),
        sample(
            "admin-job-live",
            "pages/admin/job.html",
            AdminJob {
                done: Some("revision-approved"),
                pending: Some(pending),
                placements: placements(),
                broken_rules: vec![FormError {
                    target: None,
                    label: "Salario".into(),
                    message: "Este tablón pide el salario.".into(),
                }],
                agreed: true,
                is_employer: true,
                public_url: Some("#".into()),
                publish_at: Some(now()),
                reason: Some("Falta el salario.".into()),
                failed_notice: Some(failed_notice()),
                live_copies: 2,
                may: all_may(),
                show_previews: false,
                previews: vec![],
                ..admin_job(locale, "published")
            },
        ),
        sample(
            "admin-job-edit",
            "pages/admin/job_edit.html",
            AdminJobEdit {
                frame: frame(locale),
                staff: staff("jobs"),
                done: None,
                title: "Ingeniera".into(),
                job_url: "#".into(),
                revision: 2,
                is_live: true,
                live_copies: 2,
                stale: true,
                form: form(true),
                preview: Some(body()),
            },
        ),
    ]
}

fn first_steps() -> Vec<FirstStep> {
    let step = |name, done| FirstStep { name, done, url: "#".into() };
    vec![
        step("describe", true),
        step("settings", true),
        step("channel", false),
        step("team", false),
        step("offer", false),
    ]
}

fn settings(locale: &'static str, meanwhile: Option<Vec<SettingNow>>) -> Settings {
    Settings {
        frame: frame(locale),
        staff: staff("settings"),
        done: None,
        address: "https://jobs.example.org/t/rust-sevilla/".into(),
        former: vec!["sevilla".into()],
        version: 3,
        form: form(meanwhile.is_some()),
        meanwhile,
    }
}

fn admin_job(locale: &'static str, state: &'static str) -> AdminJob {
    AdminJob {
        frame: frame(locale),
        staff: staff("queue"),
        done: None,
        problem: None,
        job: body(),
        job_url: "/t/rust-sevilla/admin/jobs/x".into(),
        public_url: None,
        job_state: state,
        revision: 1,
        submitted_at: Some(now() - Duration::hours(3)),
        publish_at: None,
        reason: None,
        failed_notice: None,
        may: May { approve: true, request_changes: true, reject: true, spam: true, edit: true, ..May::default() },
        renewal: renewal_form(),
        new_link: None,
        channels: 3,
        scheduled: false,
        has_channels: true,
        live_copies: 0,
        pending: None,
        broken_rules: vec![],
        agreed: false,
        is_employer: false,
        placements: vec![],
        show_previews: true,
        previews: previews(),
        history: vec![Event { at: now(), what: "job-submit".into(), who: None }],
    }
}

pub(super) fn all_may() -> May {
    May {
        approve: true,
        request_changes: true,
        reject: true,
        spam: true,
        edit: true,
        fill: true,
        close: true,
        withdraw: true,
        reopen: true,
        renew: true,
        reschedule: false,
    }
}

pub(super) fn renewal_form() -> RenewalForm {
    RenewalForm { today: "2026-11-30".parse().expect("a day"), day: "2027-01-31".into(), error: None }
}

fn trouble() -> Trouble {
    Trouble {
        what: "reject",
        message: "Escribe un motivo.".into(),
        typed: "Gracias, pero no.".into(),
        invalid: true,
        target: Some("reason-reject".into()),
    }
}

fn failed_notice() -> FailedNotice {
    FailedNotice {
        kind: NoticeKind::JobReceived.as_str(),
        recipient: Some("ana@exmaple.org".into()),
        state: "refused",
        problem: Some("550 5.1.1 no such user here".into()),
        at: now(),
        job_url: Some("#".into()),
    }
}

fn mail_server() -> MailServerNow {
    MailServerNow {
        server: "smtps://mail.example.org:465".into(),
        sender: "Rust Sevilla <empleo@example.org>".into(),
        problem: Some("535 5.7.8 Authentication credentials invalid".into()),
        since: Some(now() - Duration::hours(3)),
        waiting: 4,
    }
}

fn board_mail(locale: &'static str, server: Option<MailServerNow>) -> BoardMailPage {
    let fields = vec![
        FieldView {
            name: "secrets.smtp_url".into(),
            id: "f-url".into(),
            kind: "secret",
            label: "Dirección con usuario y contraseña".into(),
            help: Some("smtps://usuario:contraseña@mail.example.org:465".into()),
            is_set: server.is_some(),
            error: server.is_none().then(|| "Este servidor no se puede usar.".into()),
            ..FieldView::default()
        },
        FieldView {
            name: "sender".into(),
            id: "f-sender".into(),
            kind: "text",
            label: "Remitente".into(),
            value: "Rust Sevilla <empleo@example.org>".into(),
            ..FieldView::default()
        },
    ];
    let kinds = NoticeKind::for_posters();
    BoardMailPage {
        frame: frame(locale),
        staff: staff("mail"),
        done: Some("board-mail-saved"),
        has_mail_server: server.is_some(),
        installation_sends: false,
        kinds: kinds
            .map(|kind| BoardMailKind { kind: kind.as_str(), is_own: kind == NoticeKind::JobReceived })
            .collect(),
        test: server.as_ref().map(|_| MailTest { address: "ana@example.org".into(), problem: None }),
        server,
        form: small_form(fields),
    }
}

fn mail_words(locale: &'static str) -> BoardMailWords {
    BoardMailWords {
        frame: frame(locale),
        staff: staff("mail"),
        done: None,
        kind: NoticeKind::JobExpiring.as_str(),
        subject: "Gracias: {titel}".into(),
        subject_error: Some("Solo existen {title}, {board}.".into()),
        text: "Gracias.\n\nTu tablón.".into(),
        text_error: None,
        max_subject: 150,
        max_text: 2_000,
        standard_subject: "Recibida: {title}".into(),
        placeholders: "{title}, {board}, {day}".into(),
        has_mail_server: true,
        test: Some(MailTest { address: "ana@example.org".into(), problem: Some("550 5.1.1 no such user".into()) }),
        preview_subject: "Recibida: Desarrollo en Rust".into(),
        preview: "<!doctype html><p>Gracias.</p>".into(),
    }
}
