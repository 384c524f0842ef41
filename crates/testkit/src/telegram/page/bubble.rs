//! One message on the page.

use serde_json::Value;

use super::super::chat::{Chat, ChatKind};
use super::super::message::Message;
use super::super::world::World;
use super::markup::{escape, render};
use super::{first_line, local};

pub(super) fn bubble(world: &World, chat: &Chat, message: &Message) -> String {
    if let Some(at) = message.deleted_at {
        return format!(
            "<p class=\"chip gone\" id=\"m{id}\"><span><s>{was}</s></span> deleted at {time}</p>",
            id = message.id,
            was = escape(first_line(message.text())),
            time = local(at).format("%H:%M"),
        );
    }
    let sender = match chat.kind {
        ChatKind::Channel => chat.title.clone(),
        _ => world.bot(message.bot_id).map(|bot| bot.name.clone()).unwrap_or_default(),
    };
    let topic = message
        .thread_id
        .and_then(|id| chat.topics.get(&id))
        .map(|topic| format!("<span class=\"topic\">{}</span>", escape(&topic.name)));
    let silent = if message.silent { "<span title=\"Sent without a sound\">🔕</span>" } else { "" };
    let edited = message.edited_at.map_or_else(String::new, |at| {
        format!(
            "<span title=\"Edited at {}, {} before\">edited</span>",
            local(at).format("%H:%M"),
            times(message.history.len())
        )
    });
    let sent = local(message.sent_at);
    format!(
        "<article id=\"m{id}\"><div class=\"bubble\"><p class=\"sender tint{tint}\">{sender}{topic}</p><div class=\"text\" dir=\"auto\">{text}</div>\
         <p class=\"meta\">{silent}{edited}<time datetime=\"{stamp}\">{time}</time></p></div>{keyboard}</article>",
        id = message.id,
        tint = chat.id.rem_euclid(7),
        sender = escape(&sender),
        topic = topic.unwrap_or_default(),
        text = render(&message.content),
        stamp = sent.to_rfc3339(),
        time = sent.format("%H:%M"),
        keyboard = message.reply_markup.as_ref().map(keyboard).unwrap_or_default(),
    )
}

fn times(versions: usize) -> String {
    match versions {
        1 => "1 version".to_owned(),
        n => format!("{n} versions"),
    }
}

fn keyboard(markup: &Value) -> String {
    let rows = markup["inline_keyboard"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut out = String::new();
    for row in rows.iter().filter_map(Value::as_array) {
        out.push_str("<p class=\"keys\">");
        for button in row {
            let text = escape(button["text"].as_str().unwrap_or_default());
            match button["url"].as_str() {
                Some(url) if url.starts_with("http") => {
                    out.push_str(&format!(
                        "<a href=\"{}\" rel=\"noreferrer nofollow\" target=\"_blank\">{text}</a>",
                        escape(url)
                    ));
                }
                _ => out.push_str(&format!("<span>{text}</span>")),
            }
        }
        out.push_str("</p>");
    }
    out
}
