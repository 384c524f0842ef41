//! Channels.

use chrono::Duration;
use tablon_core::store::Lane;

use super::forms::{field, form, options, small_form};
use super::previews::{discord, failed, mail, telegram};
use super::*;

/// A problem of this kind, about one field.
pub(super) fn problem(kind: &'static str) -> ChannelProblem {
    ChannelProblem {
        kind: Some(kind),
        words: vec![ProblemWords { field: Some("Bot token".into()), words: "Unauthorized".into() }],
        lang: Some("en".into()),
    }
}

fn channel_card(name: &str, state: &'static str) -> ChannelCard {
    ChannelCard {
        name: name.into(),
        url: "/t/rust-sevilla/admin/channels/x".into(),
        plugin_name: "Telegram".into(),
        state,
        problem: (state == "paused").then(|| problem("credential")),
        warnings: if state == "paused" { vec![] } else { vec!["The bot can't delete messages.".into()] },
        warnings_lang: None,
        account: Some("@tablon_bot".into()),
        account_url: Some("https://t.me/tablon_bot".into()),
    }
}

fn head(locale: &'static str, tab: &'static str, state: &'static str) -> ChannelHead {
    ChannelHead {
        frame: frame(locale),
        staff: staff("channels"),
        done: None,
        channel: channel_card("Rust Sevilla, empleo", state),
        tab,
        sends_mail: tab == "mail",
        asking: 0,
        unsubscribed: false,
    }
}

fn channel_mail(locale: &'static str, stopped: bool) -> ChannelMail {
    let state = if stopped { "paused" } else { "active" };
    let mut head = ChannelHead { asking: 2, unsubscribed: stopped, ..head(locale, "mail", state) };
    if stopped {
        let words = "list@example.org ha pedido no recibir más correo, así que no se envía nada.";
        let words = vec![ProblemWords { field: None, words: words.into() }];
        head.channel.problem = Some(ChannelProblem { kind: None, words, lang: None });
        head.asking = 0;
    }
    let mail = |n: i64, subject: &str, state: &'static str, problem: Option<&str>| MailRow {
        id: format!("m{n}"),
        subject: Some(subject.into()),
        recipient: Some("list@example.org".into()),
        state,
        problem: problem.map(str::to_owned),
        at: now() - Duration::hours(n),
        asks: matches!(state, "unknown" | "refused" | "given_up"),
        copy_url: matches!(state, "sent" | "queued").then(|| "#".into()),
    };
    let row = |n: i64, address: Option<&str>, origin: &'static str| SuppressionRow {
        id: format!("s{n}"),
        address: address.map(str::to_owned),
        origin,
        at: now() - Duration::days(n),
    };
    ChannelMail {
        head,
        suppressions: match stopped {
            true => vec![row(1, Some("list@example.org"), "page")],
            false => vec![row(1, Some("ana@example.org"), "one-click"), row(40, None, "admin")],
        },
        outbox: vec![
            mail(1, "3 ofertas nuevas en <b>Rust Sevilla", "unknown", Some("the connection broke after the mail")),
            mail(2, "Ingeniera de plataformas · Acme", "queued", None),
            mail(20, "Backend con Rust · Girasol", "sent", None),
            mail(30, "5 ofertas nuevas en Rust Sevilla", "refused", Some("550 5.7.1 Message rejected as spam")),
            mail(44, "1 oferta nueva en Rust Sevilla", "suppressed", None),
            MailRow { subject: None, recipient: None, ..mail(60, "", "left", None) },
        ],
        next_url: (!stopped).then(|| "?cursor=x".into()),
        typed: if stopped { "nadie".into() } else { String::new() },
        error: stopped.then(|| "Esto no es una dirección de correo.".into()),
    }
}

fn channel_page(locale: &'static str, verified: Option<Verified>) -> ChannelPage {
    ChannelPage {
        head: head(locale, "settings", if verified.is_some() { "active" } else { "paused" }),
        form: small_form(vec![
            FieldView { required: true, value: "@rustsevilla".into(), ..field("settings.chat_id", "text", "Chat") },
            FieldView {
                required: true,
                is_set: true,
                share: Some(ShareView {
                    secret: "bot_token".into(),
                    channels: vec!["Rust Sevilla, prácticas".into(), "<b>Pruebas".into()],
                    chosen: true,
                }),
                ..field("secrets.bot_token", "secret", "Bot token")
            },
            FieldView {
                help: Some("The message makes no sound.".into()),
                ..field("settings.silent", "boolean", "Silent")
            },
        ]),
        lanes: if verified.is_some() { vec![] } else { lanes() },
        may_test: true,
        test: verified.as_ref().map(|verified| TestView {
            outcome: if verified.ok { "removed" } else { "left" },
            ok: verified.ok,
            words: (!verified.ok).then(|| "Forbidden: bot is not an administrator".into()),
            url: (!verified.ok).then(|| "https://t.me/rustsevilla/7".into()),
        }),
        previews: vec![telegram()],
        preview_of: verified.as_ref().map(|_| "Ingeniera de plataformas".into()),
        verified,
    }
}

fn lanes() -> Vec<LaneView> {
    let later = |minutes| Some(now() + Duration::minutes(minutes));
    vec![
        LaneView { kind: Lane::Credential, held_until: later(2), open_until: None, failures: 0, problem: None },
        LaneView { kind: Lane::Destination, held_until: later(2), open_until: None, failures: 0, problem: None },
        LaneView { kind: Lane::Server, held_until: later(2), open_until: None, failures: 0, problem: None },
        LaneView {
            kind: Lane::Destination,
            held_until: None,
            open_until: later(4),
            failures: 5,
            problem: Some("Bad Gateway".into()),
        },
    ]
}

fn template(locale: &'static str, preview: PreviewView) -> ChannelTemplate {
    let help = |name: &str, help: &str| TemplateVariable { name: name.into(), help: Some(help.into()) };
    let job = |title: &str, chosen| OptionView { value: "x".into(), label: title.into(), chosen };
    ChannelTemplate {
        head: head(locale, "template", "active"),
        template: "<b>{{ title }}</b>\n{{ titel }} </textarea><script>alert(1)</script>".into(),
        default_template: "<b>{{ title }}</b>\n{{ organization }}".into(),
        own: true,
        saved: false,
        unsent: true,
        max: 20_000,
        variables: vec![help("title", "What the job is called"), TemplateVariable { name: "tags".into(), help: None }],
        jobs: vec![job("Ingeniera de plataformas · Acme", true), job("Backend <b> · Girasol", false)],
        preview,
    }
}

fn delivery(locale: &'static str, wrong: bool) -> ChannelDelivery {
    let group = |legend: &str, fields| Group { legend: Some(legend.into()), fields };
    let error = wrong.then(|| "Escribe una hora como 09:30.".to_owned());
    let mut view = FormView {
        groups: vec![
            group(
                "Qué ofertas",
                vec![
                    FieldView {
                        value: "rust, backend".into(),
                        ..field("tags", "tags", "Solo con una de estas etiquetas")
                    },
                    FieldView {
                        options: options(&["Presencial", "Híbrido", "En remoto"]),
                        ..field("workplace", "multi_select", "Modalidad")
                    },
                    FieldView { chosen: vec!["ES".into()], ..field("country", "countries", "Solo en estos países") },
                ],
            ),
            group(
                "Cuándo",
                vec![
                    FieldView {
                        value: "09:30".into(),
                        error,
                        ..field("at", "time", "Todas las del día juntas, a las")
                    },
                    FieldView {
                        options: options(&["lunes", "martes", "miércoles"]),
                        ..field("days", "multi_select", "Solo estos días")
                    },
                    FieldView {
                        value: "5".into(),
                        help: Some("Lo que pase de ahí espera.".into()),
                        ..field("per_day", "number", "Como mucho al día")
                    },
                ],
            ),
        ],
        ..FormView::default()
    };
    if wrong {
        let target = Some("f-at".into());
        view.errors = vec![FormError { target, label: "A las".into(), message: "Escribe una hora como 09:30.".into() }];
    } else {
        view.kept = vec!["Empresa: ninguno de <b>Acme".into()];
    }
    ChannelDelivery {
        head: head(locale, "delivery", "active"),
        form: view,
        zone: "Europe/Madrid".into(),
        waiting: if wrong { 0 } else { 3 },
    }
}

fn history(locale: &'static str) -> ChannelHistory {
    let event = |what: &str, who: Option<&str>| Event { at: now(), what: what.into(), who: who.map(str::to_owned) };
    let events = ["create", "update", "pause", "resume", "moved"];
    ChannelHistory {
        head: head(locale, "history", "active"),
        events: events.iter().map(|what| event(&format!("channel-{what}"), Some("Lucía Prado"))).collect(),
        next_url: Some("?cursor=x".into()),
    }
}

fn remove(locale: &'static str, copies: u64) -> ChannelRemove {
    ChannelRemove { head: head(locale, "remove", "active"), copies, copies_url: "?state=all".into() }
}

pub(super) fn pages(locale: &'static str) -> Vec<Sample> {
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
    let plugin = |id: &str, description: Option<&str>| PluginCard {
        id: id.into(),
        name: id.into(),
        description: description.map(str::to_owned),
    };
    let plugins = vec![plugin("Telegram", Some("Publishes jobs in a Telegram channel")), plugin("Discord", None)];
    vec![
        sample(
            "admin-channels",
            "pages/admin/channels.html",
            channels(vec![channel_card("Rust Sevilla, empleo", "active"), channel_card("Prueba", "paused")]),
        ),
        sample("admin-channels-empty", "pages/admin/channels.html", channels(vec![])),
        sample("admin-channel-choose", "pages/admin/channel_new.html", new(None, plugins)),
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
        sample("admin-channel-template", "pages/admin/channel_template.html", template(locale, telegram())),
        sample("admin-channel-template-discord", "pages/admin/channel_template.html", template(locale, discord())),
        sample("admin-channel-template-mail", "pages/admin/channel_template.html", template(locale, mail())),
        sample("admin-channel-template-wrong", "pages/admin/channel_template.html", template(locale, failed())),
        sample(
            "admin-channel-template-none",
            "pages/admin/channel_template.html",
            ChannelTemplate {
                default_template: String::new(),
                template: String::new(),
                own: false,
                variables: vec![],
                ..template(locale, telegram())
            },
        ),
        sample("admin-channel-delivery", "pages/admin/channel_delivery.html", delivery(locale, false)),
        sample("admin-channel-delivery-wrong", "pages/admin/channel_delivery.html", delivery(locale, true)),
        sample("admin-channel-mail", "pages/admin/channel_mail.html", channel_mail(locale, false)),
        sample("admin-channel-mail-stopped", "pages/admin/channel_mail.html", channel_mail(locale, true)),
        sample(
            "admin-channel-mail-empty",
            "pages/admin/channel_mail.html",
            ChannelMail {
                head: head(locale, "mail", "active"),
                suppressions: vec![],
                outbox: vec![],
                next_url: None,
                typed: String::new(),
                error: None,
            },
        ),
        sample("admin-channel-history", "pages/admin/channel_history.html", history(locale)),
        sample("admin-channel-remove", "pages/admin/channel_remove.html", remove(locale, 0)),
        sample("admin-channel-abandon", "pages/admin/channel_remove.html", remove(locale, 12)),
    ]
}
