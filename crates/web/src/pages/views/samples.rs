//! One sample of every page, for the test that renders them all in every language.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde_json::json;

use super::*;

/// A template and what it is given.
pub(crate) struct Sample {
    /// What this sample shows: the template's name, or the name and a case.
    pub(crate) name: &'static str,
    pub(crate) template: &'static str,
    pub(crate) view: serde_json::Value,
}

fn sample(name: &'static str, template: &'static str, view: impl Serialize) -> Sample {
    Sample { name, template, view: serde_json::to_value(view).expect("a view serialises") }
}

fn now() -> DateTime<Utc> {
    "2026-11-20T10:30:00Z".parse().expect("a time")
}

fn frame(locale: &'static str) -> Frame {
    Frame {
        locale,
        now: now(),
        board: Some(BoardView {
            name: "Rust Sevilla".into(),
            description: Some("Empleo para quien programa en Rust, en Sevilla y desde Sevilla.".into()),
            root: "/t/rust-sevilla".into(),
            url: "https://jobs.example.org/t/rust-sevilla/".into(),
            zone: "Europe/Madrid".into(),
            brand_css: "/t/rust-sevilla/brand.css".into(),
        }),
        home: "/t/rust-sevilla/".into(),
        login_url: "https://jobs.example.org/login".into(),
    }
}

fn staff(section: &'static str) -> StaffView {
    StaffView {
        user: "Lucía Prado".into(),
        csrf: "c0ffee".into(),
        admin: "/t/rust-sevilla/admin".into(),
        section,
        may_admin: true,
        queue: 3,
        trouble: 1,
        paused: 1,
    }
}

fn place(city: &str, country: &str) -> Place {
    Place { city: Some(city.into()), region: None, country: Some(country.into()) }
}

fn card(title: &str, organization: &str, workplace: &'static str, hours: i64) -> JobCard {
    JobCard {
        title: title.into(),
        organization: organization.into(),
        url: "/t/rust-sevilla/jobs/x".into(),
        workplace,
        locations: if workplace == "remote" { vec![] } else { vec![place("Sevilla", "ES")] },
        remote_countries: vec![],
        pay: Some("42.000–52.000 €/año".into()),
        published_at: Some(now() - Duration::hours(hours)),
        submitted_at: Some(now() - Duration::hours(hours)),
        at: Some(now() - Duration::hours(hours)),
        state: "published",
        has_pending: false,
    }
}

fn cards() -> Vec<JobCard> {
    vec![
        card("Ingeniera de plataformas (Rust)", "Acme Logística", "hybrid", 2),
        JobCard {
            pay: None,
            locations: vec![place("Madrid", "ES"), place("Lisboa", "PT")],
            ..card("Backend engineer, payments", "Girasol", "on-site", 26)
        },
        JobCard {
            remote_countries: vec!["ES".into(), "PT".into(), "BR".into()],
            pay: Some("from US$90/hour".into()),
            state: "submitted",
            has_pending: true,
            ..card("Developer advocate", "Ferrous Labs International Cooperative", "remote", 24 * 6)
        },
        JobCard {
            remote_countries: ["ES", "PT", "FR", "DE", "IT"].map(String::from).to_vec(),
            state: "filled",
            ..card(
                "Responsable de infraestructura y operaciones para un equipo pequeño con guardias pagadas",
                "Cooperativa Ítaca",
                "remote",
                24 * 40,
            )
        },
        card("Prácticas de desarrollo embebido", "Tierra Firme", "on-site", 24 * 90),
    ]
}

fn body() -> JobBody {
    JobBody {
        title: "Ingeniera de plataformas (Rust)".into(),
        organization: "Acme Logística".into(),
        organization_url: Some("https://acme.example".into()),
        description: "Llevamos paquetes a **cuatro millones** de puertas. Nuestro planificador de rutas está escrito \
            en Rust y calcula cada noche el reparto del día siguiente.\n\n## Qué harás\n\n- Cuidar el servicio que \
            reparte 12.000 rutas\n- Medir antes de optimizar, y contar lo que mediste\n- Revisar código con calma; \
            véase [cómo trabajamos](https://acme.example/como)\n\n## Qué pedimos\n\nHaber llevado algún servicio \
            en producción. `async` no debería darte miedo.\n\n> Aquí nadie está de guardia sin cobrarla."
            .into(),
        workplace: "hybrid",
        locations: vec![place("Sevilla", "ES")],
        remote_countries: vec!["ES".into(), "PT".into()],
        employment_types: vec!["FULL_TIME", "PART_TIME"],
        pay: Some("42.000–52.000 €/año".into()),
        tags: vec!["rust".into(), "postgres".into(), "logística".into()],
        apply_url: Some("https://acme.example/jobs/1".into()),
        apply_email: Some("talento@acme.example".into()),
        language: Some("es".into()),
        valid_through: Some("2026-12-31".parse().expect("a day")),
        custom: vec![CustomField { label: "Tamaño del equipo".into(), value: "8".into() }],
        contact_email: Some("hr@acme.example".into()),
    }
}

fn tags() -> Vec<TagLink> {
    ["rust", "backend", "embedded", "postgres", "remoto", "prácticas"]
        .iter()
        .enumerate()
        .map(|(i, name)| TagLink { name: (*name).into(), url: format!("?tag={name}"), current: i == 1 })
        .collect()
}

fn field(name: &str, kind: &'static str, label: &str) -> FieldView {
    FieldView {
        name: name.into(),
        id: format!("f-{}", name.replace('.', "-")),
        kind,
        label: label.into(),
        ..FieldView::default()
    }
}

fn options(values: &[&str]) -> Vec<OptionView> {
    let option = |(i, v): (usize, &&str)| OptionView { value: (*v).into(), label: (*v).into(), chosen: i == 1 };
    values.iter().enumerate().map(option).collect()
}

fn form(with_errors: bool) -> FormView {
    let help = |text: &str| Some(text.to_owned());
    let wrong = |text: &str| with_errors.then(|| text.to_owned());
    let group = |legend: &str, fields| Group { legend: Some(legend.into()), fields };
    FormView {
        groups: vec![
            group(
                "El puesto",
                vec![
                    FieldView {
                        required: true,
                        max: Some(150),
                        help: help("Lo que alguien buscaría. Sin mayúsculas ni «urgente»."),
                        value: "Ingeniera <script> \"de\" plataformas".into(),
                        ..field("title", "text", "Puesto")
                    },
                    FieldView {
                        required: true,
                        error: wrong("Hace falta."),
                        ..field("organization.name", "text", "Empresa")
                    },
                    field("organization.url", "url", "Su página web"),
                    FieldView {
                        required: true,
                        value: "Una línea\n</textarea>".into(),
                        ..field("description", "markdown", "Descripción")
                    },
                ],
            ),
            group(
                "Dónde",
                vec![
                    FieldView {
                        options: options(&["Presencial", "Híbrido", "En remoto"]),
                        value: "x".into(),
                        required: true,
                        ..field("workplace", "select", "Modalidad")
                    },
                    FieldView {
                        rows: vec![
                            PlaceRow {
                                index: 0,
                                city: "Sevilla".into(),
                                region: "Andalucía".into(),
                                country: "ES".into(),
                            },
                            PlaceRow { index: 1, ..PlaceRow::default() },
                        ],
                        may_grow: true,
                        ..field("locations", "locations", "Lugares")
                    },
                    FieldView {
                        chosen: vec!["ES".into(), "PT".into()],
                        help: help("Si no eliges ninguno: desde cualquiera."),
                        ..field("remote_countries", "countries", "Países en remoto")
                    },
                ],
            ),
            group(
                "Condiciones",
                vec![
                    FieldView {
                        options: options(&["Jornada completa", "Media jornada", "Prácticas"]),
                        ..field("employment_types", "multi_select", "Tipo de trabajo")
                    },
                    FieldView {
                        money: Some(MoneyView {
                            min: "42000".into(),
                            max: "52k".into(),
                            currency: "XAU".into(),
                            currency_is_rare: true,
                            period: "MONTH".into(),
                        }),
                        error: wrong("Escribe un importe como 42000 o 42000.50."),
                        help: help("Bruto. Las ofertas que dicen el salario se leen más."),
                        ..field("salary", "money_range", "Salario")
                    },
                    FieldView { value: "rust, backend".into(), ..field("tags", "tags", "Etiquetas") },
                    FieldView { value: "true".into(), ..field("silent", "boolean", "Sin sonido") },
                    FieldView { value: "2026-12-31".into(), ..field("valid_through", "date", "Último día") },
                    FieldView { value: "3".into(), ..field("topic", "number", "Tema") },
                    FieldView { is_set: true, ..field("bot_token", "secret", "Token") },
                    FieldView { options: options(&["Español", "Inglés"]), ..field("language", "language", "Idioma") },
                    field("organization.logo_url", "image", "Logotipo"),
                    FieldView {
                        autocomplete: Some("current-password"), ..field("password", "password", "Contraseña")
                    },
                    FieldView {
                        autocomplete: Some("email"),
                        placeholder: Some("a@b.example".into()),
                        ..field("email", "email", "Correo")
                    },
                ],
            ),
        ],
        errors: if with_errors {
            vec![
                FormError {
                    target: Some("f-organization-name".into()),
                    label: "Empresa".into(),
                    message: "Hace falta.".into(),
                },
                FormError {
                    target: Some("f-salary".into()),
                    label: "Salario".into(),
                    message: "Escribe un importe.".into(),
                },
                FormError { target: None, label: String::new(), message: "Algo más.".into() },
            ]
        } else {
            vec![]
        },
    }
}

fn small_form(fields: Vec<FieldView>) -> FormView {
    FormView { groups: vec![Group { legend: None, fields }], errors: vec![] }
}

fn previews() -> Vec<PreviewView> {
    let content = "<b>Ingeniera de plataformas (Rust)</b>\nAcme Logística · Sevilla, ES · híbrido\n💶 42.000–52.000 €/año\n\n\
        Llevamos paquetes a cuatro millones de puertas. Nuestro planificador de rutas está escrito en Rust…\n\n\
        #rust #postgres\n\n<a href=\"https://jobs.example.org/t/rust-sevilla/jobs/x\">Ver la oferta</a>";
    vec![
        PreviewView {
            channel: "Rust Sevilla, empleo".into(),
            plugin: "Telegram".into(),
            problem: None,
            messages: vec![PreviewMessage {
                format: "telegram-html".into(),
                content: content.into(),
                length: 214,
                limit: 4096,
                unit: "UTF-16".into(),
                warnings: vec!["The description was shortened.".into()],
            }],
        },
        PreviewView {
            channel: "Boletín".into(),
            plugin: "E-mail".into(),
            problem: None,
            messages: vec![PreviewMessage {
                format: "text".into(),
                content: "Ingeniera de plataformas\nAcme".into(),
                length: 30,
                limit: 1000,
                unit: "characters".into(),
                warnings: vec![],
            }],
        },
        PreviewView {
            channel: "Otro".into(),
            plugin: "Otro".into(),
            problem: Some("the plugin trapped".into()),
            messages: vec![],
        },
    ]
}

fn placement(id: &str, state: &'static str) -> PlacementView {
    PlacementView {
        id: id.into(),
        channel: "Rust Sevilla, empleo".into(),
        channel_url: Some("https://t.me/rustsevilla".into()),
        job_title: None,
        job_url: None,
        state,
        follows: false,
        url: (state == "published").then(|| "https://t.me/rustsevilla/42".into()),
        problem: (state == "failed").then(|| "Bad Request: not enough rights to send text messages to the chat".into()),
        link_error: (state == "unverified").then(|| "Escribe un enlace a un mensaje de este canal.".into()),
        link_typed: if state == "unverified" { "https://t.me/otro/1".into() } else { String::new() },
        due_at: (state == "pending").then(|| now() + Duration::minutes(3)),
        attempts: vec![
            AttemptView {
                at: now() - Duration::minutes(2),
                operation: "publish".into(),
                outcome: "transient".into(),
                status: Some(502),
                duration_ms: Some(812),
                message: Some("Bad Gateway".into()),
            },
            AttemptView {
                at: now(),
                operation: "update".into(),
                outcome: "started".into(),
                status: None,
                duration_ms: None,
                message: None,
            },
        ],
        may: PlacementMay { answer: state == "unverified", retry: state == "failed", retract: state == "published" },
    }
}

fn placements() -> Vec<PlacementView> {
    ["published", "unverified", "failed", "pending", "blocked", "sending", "closed", "retracted"]
        .iter()
        .enumerate()
        .map(|(i, state)| placement(&format!("p{i}"), state))
        .collect()
}

fn all_may() -> May {
    May {
        approve: true,
        request_changes: true,
        reject: true,
        spam: true,
        edit: true,
        fill: true,
        close: true,
        withdraw: true,
    }
}

fn my(locale: &'static str, state: &'static str) -> MyJob {
    MyJob {
        frame: frame(locale),
        csrf: "c0ffee".into(),
        done: None,
        job: body(),
        job_state: state,
        reason: None,
        has_pending: false,
        my_url: "/t/rust-sevilla/my/x".into(),
        public_url: Some("/t/rust-sevilla/jobs/x".into()),
        may: May { edit: true, fill: true, close: true, ..May::default() },
        placements: vec![PlacementView { follows: true, ..placement("p1", "published") }, placement("p2", "pending")],
    }
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
        may: May { approve: true, request_changes: true, reject: true, spam: true, edit: true, ..May::default() },
        channels: 3,
        live_copies: 0,
        pending: None,
        placements: vec![],
        show_previews: true,
        previews: previews(),
        history: vec![Event { at: now(), what: "job-submit".into(), who: None }],
    }
}

fn channel_card(name: &str, state: &'static str) -> ChannelCard {
    ChannelCard {
        name: name.into(),
        url: "/t/rust-sevilla/admin/channels/x".into(),
        plugin_name: "Telegram".into(),
        state,
        problem: (state == "paused").then(|| "Unauthorized".into()),
        account: Some("@tablon_bot".into()),
        account_url: Some("https://t.me/tablon_bot".into()),
    }
}

fn channel_page(locale: &'static str, verified: Option<Verified>) -> ChannelPage {
    ChannelPage {
        frame: frame(locale),
        staff: staff("channels"),
        done: None,
        edit: ChannelEdit {
            channel: channel_card("Rust Sevilla, empleo", if verified.is_some() { "active" } else { "paused" }),
            verified,
            form: small_form(vec![
                FieldView { required: true, value: "@rustsevilla".into(), ..field("settings.chat_id", "text", "Chat") },
                FieldView { required: true, is_set: true, ..field("secrets.bot_token", "secret", "Bot token") },
                FieldView {
                    help: Some("The message makes no sound.".into()),
                    ..field("settings.silent", "boolean", "Silent")
                },
            ]),
            previews: previews(),
            preview_of: "Ingeniera de plataformas".into(),
        },
    }
}

/// Every page in every state that looks different.
pub(crate) fn all(locale: &'static str) -> Vec<Sample> {
    let mut samples = public(locale);
    samples.extend(entrance(locale));
    samples.extend(for_staff(locale));
    samples
}

fn listing(locale: &'static str) -> Listing {
    Listing {
        frame: frame(locale),
        q: String::new(),
        tag: String::new(),
        workplace: String::new(),
        cursor: false,
        filtered: false,
        total: 1234,
        tags: tags(),
        jobs: cards(),
        newest_url: Some("?".into()),
        next_url: Some("?cursor=x".into()),
    }
}

fn public(locale: &'static str) -> Vec<Sample> {
    let job = |ended: bool| JobPage {
        frame: frame(locale),
        job: body(),
        job_state: if ended { "filled" } else { "published" },
        ended,
        url: "https://jobs.example.org/t/rust-sevilla/jobs/x".into(),
        summary: "Llevamos paquetes a cuatro millones de puertas.".into(),
        apply_host: "acme.example".into(),
        published_at: Some(now() - Duration::days(3)),
        tags: tags(),
        json_ld: (!ended).then(|| json!({"@type": "JobPosting", "title": "</script><script>alert(1)</script>"})),
    };
    let submit = |errors, preview| Submit {
        frame: frame(locale),
        csrf: "c0ffee".into(),
        form: form(errors),
        preview,
        once_more: true,
    };
    let boards = |boards| Boards { frame: Frame { board: None, ..frame(locale) }, boards };
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
            "listing-empty",
            "pages/listing.html",
            Listing { total: 0, jobs: vec![], tags: vec![], ..listing(locale) },
        ),
        sample("job", "pages/job.html", job(false)),
        sample("job-ended", "pages/job.html", job(true)),
        sample("submit", "pages/submit.html", submit(false, None)),
        sample("submit-errors", "pages/submit.html", submit(true, None)),
        sample("submit-preview", "pages/submit.html", submit(false, Some(body()))),
        sample(
            "submitted",
            "pages/submitted.html",
            Submitted {
                frame: frame(locale),
                title: "Ingeniera de plataformas".into(),
                edit_url: "https://jobs.example.org/t/rust-sevilla/edit/8Jq2mVb0Yw3nq1cTqv5k7Zr6xPsL4dFhAeUoGiKtMnB"
                    .into(),
            },
        ),
        sample("my", "pages/my.html", my(locale, "published")),
        sample(
            "my-changes",
            "pages/my.html",
            MyJob {
                reason: Some("Falta el salario.".into()),
                has_pending: true,
                done: Some("edited"),
                placements: vec![],
                public_url: None,
                may: all_may(),
                ..my(locale, "changes_requested")
            },
        ),
        sample(
            "my-edit",
            "pages/my_edit.html",
            MyEdit {
                frame: frame(locale),
                csrf: "c0ffee".into(),
                my_url: "/my/x".into(),
                is_live: true,
                reason: Some("Falta el salario.".into()),
                form: form(true),
                preview: Some(body()),
            },
        ),
    ]
}

fn entrance(locale: &'static str) -> Vec<Sample> {
    let bare = || Frame { board: None, ..frame(locale) };
    let keys = [
        ("not-found", 404),
        ("forbidden", 403),
        ("form-expired", 403),
        ("bad-request", 400),
        ("method-not-allowed", 405),
        ("conflict", 409),
        ("invalid", 422),
        ("too-large", 413),
        ("too-many", 429),
        ("unavailable", 503),
        ("internal", 500),
    ];
    let mut samples: Vec<Sample> = keys
        .into_iter()
        .map(|(key, status)| {
            let errors = if key == "invalid" {
                vec![ErrorItem { label: "Puesto".into(), message: "Hace falta.".into() }]
            } else {
                vec![]
            };
            sample(
                key,
                "pages/error.html",
                ErrorPage {
                    back: "/t/x/admin".into(),
                    back_label: "error-page-queue",
                    frame: frame(locale),
                    key,
                    status,
                    errors,
                },
            )
        })
        .collect();
    let account = || {
        small_form(vec![
            FieldView { required: true, autocomplete: Some("username"), ..field("email", "email", "Correo") },
            FieldView {
                required: true,
                autocomplete: Some("current-password"),
                ..field("password", "password", "Contraseña")
            },
        ])
    };
    samples.push(sample(
        "login",
        "pages/login.html",
        Login {
            frame: bare(),
            csrf: "c0ffee".into(),
            next: "/".into(),
            form: FormView {
                errors: vec![FormError {
                    target: None,
                    label: String::new(),
                    message: "El correo o la contraseña no son correctos.".into(),
                }],
                ..account()
            },
        },
    ));
    samples.push(sample(
        "setup",
        "pages/setup.html",
        Setup { frame: bare(), csrf: "c0ffee".into(), action: "/setup/x".into(), form: account() },
    ));
    samples
}

fn for_staff(locale: &'static str) -> Vec<Sample> {
    let attention = || {
        vec![
            Attention {
                kind: "paused",
                name: "Rust Sevilla, empleo".into(),
                count: 1,
                words: Some("Unauthorized".into()),
                url: "#".into(),
            },
            Attention { kind: "unverified", name: String::new(), count: 2, words: None, url: "#".into() },
            Attention { kind: "failed", name: String::new(), count: 1, words: None, url: "#".into() },
        ]
    };
    let queue = |jobs: Vec<JobCard>, attention, has_channels| Queue {
        frame: frame(locale),
        staff: staff("queue"),
        done: Some("approved"),
        attention,
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
    let every_state =
        states.iter().map(|state| JobCard { state, ..card("Una oferta", "Acme", "on-site", 5) }).collect();
    let channels = |channels| Channels { frame: frame(locale), staff: staff("channels"), done: None, channels };
    let new = |form, plugins| ChannelNew {
        frame: frame(locale),
        staff: staff("channels"),
        done: None,
        plugins,
        plugin: "telegram".into(),
        plugin_name: "Telegram".into(),
        form,
    };
    let listed = |placements| Placements {
        frame: frame(locale),
        staff: staff("placements"),
        done: None,
        tabs: ["placements-attention", "placements-waiting", "placements-live", "placements-all"]
            .iter()
            .map(|label| PlacementTab { label, url: "?".into(), current: *label == "placements-all" })
            .collect(),
        placements,
        next_url: None,
    };
    let titled = |p: PlacementView| PlacementView {
        job_title: Some("Ingeniera de plataformas".into()),
        job_url: Some("#".into()),
        ..p
    };
    vec![
        sample("admin-queue", "pages/admin/queue.html", queue(cards(), attention(), true)),
        sample("admin-queue-empty", "pages/admin/queue.html", queue(vec![], vec![], true)),
        sample("admin-queue-first", "pages/admin/queue.html", queue(vec![], vec![], false)),
        sample("admin-jobs", "pages/admin/jobs.html", jobs(every_state)),
        sample("admin-jobs-none", "pages/admin/jobs.html", jobs(vec![])),
        sample("admin-job-review", "pages/admin/job.html", admin_job(locale, "submitted")),
        sample(
            "admin-job-no-channel",
            "pages/admin/job.html",
            AdminJob { previews: vec![], channels: 0, problem: Some(trouble()), ..admin_job(locale, "submitted") },
        ),
        sample(
            "admin-job-live",
            "pages/admin/job.html",
            AdminJob {
                done: Some("revision-approved"),
                pending: Some(pending),
                placements: placements(),
                public_url: Some("#".into()),
                publish_at: Some(now()),
                reason: Some("Falta el salario.".into()),
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
        sample(
            "admin-channels",
            "pages/admin/channels.html",
            channels(vec![channel_card("Rust Sevilla, empleo", "active"), channel_card("Prueba", "paused")]),
        ),
        sample("admin-channels-empty", "pages/admin/channels.html", channels(vec![])),
        sample(
            "admin-channel-choose",
            "pages/admin/channel_new.html",
            new(None, vec![PluginCard { id: "telegram".into(), name: "Telegram".into(), version: "0.1.0".into() }]),
        ),
        sample("admin-channel-no-plugin", "pages/admin/channel_new.html", new(None, vec![])),
        sample("admin-channel-new", "pages/admin/channel_new.html", new(Some(form(true)), vec![])),
        sample(
            "admin-channel",
            "pages/admin/channel.html",
            channel_page(locale, Some(Verified { ok: true, words: "@tablon_bot".into() })),
        ),
        sample(
            "admin-channel-refused",
            "pages/admin/channel.html",
            channel_page(locale, Some(Verified { ok: false, words: "Unauthorized".into() })),
        ),
        sample("admin-channel-paused", "pages/admin/channel.html", channel_page(locale, None)),
        sample(
            "admin-placements",
            "pages/admin/placements.html",
            listed(placements().into_iter().map(titled).collect()),
        ),
        sample("admin-placements-none", "pages/admin/placements.html", listed(vec![])),
    ]
}
