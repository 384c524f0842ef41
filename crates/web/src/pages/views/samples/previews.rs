//! What channels would show, with strangers' worst in it.

use super::*;

/// Nobody's friend.
const HOSTILE: &str = "<script>alert(1)</script> \"'><img src=x onerror=alert(1)>";

fn message(shape: &'static str, content: &str) -> PreviewMessage {
    PreviewMessage {
        shape,
        content: content.into(),
        indented: None,
        discord: None,
        mail: None,
        length: 214,
        limit: 4096,
        unit: "utf16".into(),
        warnings: vec![],
    }
}

fn preview(channel: &str, plugin: &str, message: PreviewMessage) -> PreviewView {
    PreviewView { channel: channel.into(), plugin: plugin.into(), problem: None, messages: vec![message] }
}

pub(super) fn telegram() -> PreviewView {
    let content = "<b>Ingeniera de plataformas (Rust)</b>\nAcme Logística · Sevilla, ES · híbrido\n💶 42.000–52.000 €/año\n\n\
        Llevamos paquetes a cuatro millones de puertas. Nuestro planificador de rutas está escrito en Rust…\n\n\
        #rust #postgres\n\n<a href=\"https://jobs.example.org/t/rust-sevilla/jobs/x\">Ver la oferta</a>";
    let warnings = vec!["The description was shortened.".into()];
    preview("Rust Sevilla, empleo", "Telegram", PreviewMessage { warnings, ..message("telegram", content) })
}

pub(super) fn discord() -> PreviewView {
    let field = |name: &str, value: &str, inline| EmbedField { name: name.into(), value: value.into(), inline };
    let text = |text: &str| EmbedText { text: text.into(), url: Some("https://jobs.example.org/t/x/jobs/1".into()) };
    let embed = EmbedView {
        color: "#0f766e".into(),
        author: Some(EmbedText { text: "Acme Logística".into(), url: None }),
        title: Some(text("Ingeniera de plataformas (Rust)")),
        description: Some(
            "Llevamos paquetes a **cuatro millones** de puertas, y lo contamos en [nuestro blog](https://acme.example).\n\
             \n- Medir antes de optimizar\n- `cargo bench` cada noche\n> Aquí nadie está de guardia sin cobrarla.\n\
             [no](javascript:alert(1))"
                .into(),
        ),
        fields: vec![
            field("Dónde", "Sevilla, ES", true),
            field("Salario", "42.000–52.000 €/año", true),
            field("Etiquetas", HOSTILE, false),
        ],
        image: None,
        thumbnail: None,
        footer: Some("Rust Sevilla".into()),
        timestamp: Some("2026-11-20T10:30:00Z".into()),
    };
    let discord = DiscordView {
        username: Some("Empleo".into()),
        thread: Some(format!("Ingeniera {HOSTILE}")),
        content: Some("Nueva oferta: **Rust** <@&42>".into()),
        embeds: vec![
            embed.clone(),
            EmbedView { title: Some(text(HOSTILE)), color: "#ff0000".into(), ..EmbedView::default() },
        ],
    };
    preview("#empleo", "Discord", PreviewMessage { discord: Some(discord), ..message("discord", "{\"embeds\":[]}") })
}

pub(super) fn mail() -> PreviewView {
    let mail = MailView {
        subject: format!("Nueva oferta: Ingeniera {HOSTILE}"),
        document: Some(format!(
            "<!doctype html><body style='font-family:sans-serif'><h1 style='color:#0f766e'>Ingeniera</h1><p>{HOSTILE}</p>"
        )),
        text: format!("Ingeniera de plataformas\n{HOSTILE}"),
    };
    let mut message = message("mail", "{\"subject\":\"\"}");
    (message.mail, message.limit) = (Some(mail), 0);
    preview("Boletín", "Mail", message)
}

pub(super) fn failed() -> PreviewView {
    PreviewView {
        problem: Some(PreviewProblem {
            words: "The message template doesn't work: undefined value (line 2).".into(),
            line: Some(2),
            source: Some(format!("{{{{ titel }}}} {HOSTILE}")),
        }),
        messages: vec![],
        ..telegram()
    }
}

pub(super) fn previews() -> Vec<PreviewView> {
    let json = PreviewMessage {
        indented: Some("{\n  \"title\": \"Rust\"\n}".into()),
        ..message("json", "{\"title\":\"Rust\"}")
    };
    let text = PreviewMessage { unit: "characters".into(), ..message("text", "Ingeniera de plataformas\nAcme") };
    vec![
        telegram(),
        discord(),
        mail(),
        preview("Webhook", "Webhook", json),
        preview("Otro", "Otro", text),
        PreviewView {
            problem: Some(PreviewProblem { words: "the plugin trapped".into(), ..PreviewProblem::default() }),
            ..failed()
        },
    ]
}
