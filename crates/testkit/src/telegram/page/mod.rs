//! A chat as a person sees it: pages that look like a messenger and work without JavaScript.

mod bubble;
mod markup;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Local, NaiveDate, Utc};

use self::markup::escape;
use super::chat::{Chat, ChatKind};
use super::message::Message;
use super::world::{Telegram, World};

/// Pages at `/` and `/@name`, and their style.
pub(crate) fn router() -> Router<Telegram> {
    Router::new().route("/", get(front)).route("/{chat}", get(chat)).route("/_fake/page.css", get(style))
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page.css")).into_response()
}

/// The only chat, or a list of them.
async fn front(State(telegram): State<Telegram>) -> Response {
    let world = telegram.lock();
    let chats: Vec<&Chat> = world.chats.iter().filter(|chat| chat.migrated_to.is_none()).collect();
    if let [only] = chats.as_slice() {
        return Redirect::to(&format!("./{}", name_in_path(only))).into_response();
    }
    let mut rows = String::new();
    for chat in chats {
        let last = world.messages_of(chat).iter().rev().find(|message| message.is_shown());
        let (line, time) = last.map_or_else(
            || ("No messages yet".to_owned(), String::new()),
            |message| (first_line(message.text()).to_owned(), local(message.sent_at).format("%H:%M").to_string()),
        );
        rows.push_str(&format!(
            "<li><a href=\"./{path}\">{avatar}<span class=\"row\"><b>{title}</b><time>{time}</time><span>{line}</span></span></a></li>",
            path = escape(&name_in_path(chat)),
            avatar = avatar(chat),
            title = escape(&chat.title),
            line = escape(&line),
        ));
    }
    page("Simulated Telegram", &format!("<main class=\"list\"><h1>Simulated Telegram</h1><ul>{rows}</ul></main>"))
}

async fn chat(State(telegram): State<Telegram>, Path(name): Path<String>) -> Response {
    let world = telegram.lock();
    match world.chat(&name) {
        Some(chat) if name.starts_with('@') || name.starts_with('-') || chat.kind == ChatKind::Private => {
            show(&world, chat)
        }
        _ => (
            StatusCode::NOT_FOUND,
            page(
                "No such chat",
                "<main class=\"list\"><h1>No such chat</h1><p><a href=\"./\">All chats</a></p></main>",
            ),
        )
            .into_response(),
    }
}

fn show(world: &World, chat: &Chat) -> Response {
    let messages = world.messages_of(chat);
    let mut stream = String::new();
    let mut day: Option<NaiveDate> = None;
    for message in messages {
        let today = local(message.sent_at).date_naive();
        if day != Some(today) {
            stream.push_str(&format!("<p class=\"chip\">{}</p>", today.format("%B %-d")));
            day = Some(today);
        }
        stream.push_str(&bubble::bubble(world, chat, message));
    }
    if messages.is_empty() {
        stream.push_str("<p class=\"chip\">No messages here yet</p>");
    }
    let header = format!(
        "<header><a class=\"back\" href=\"./\" aria-label=\"All chats\">‹</a>{avatar}<div><h1>{title}</h1><p>{about}</p></div></header>",
        avatar = avatar(chat),
        title = escape(&chat.title),
        about = escape(&subtitle(chat, messages)),
    );
    let empty = if messages.is_empty() { " empty" } else { "" };
    // The style reverses the stream, so that the newest message shows without a script.
    let body = format!(
        "{header}<main class=\"chat\"><div class=\"stream{empty}\">{stream}</div></main><footer>A simulated channel: nothing here leaves this machine</footer>"
    );
    page(&chat.title, &body)
}

fn page(title: &str, body: &str) -> Response {
    let script = include_str!("refresh.js");
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title><link rel=\"stylesheet\" href=\"./_fake/page.css\">\
         <link rel=\"icon\" href=\"data:,\"><noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript></head>\
         <body><div class=\"frame\">{body}</div><script>{script}</script></body></html>\n",
        title = escape(title),
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn subtitle(chat: &Chat, messages: &[Message]) -> String {
    let shown = messages.iter().filter(|message| message.is_shown()).count();
    let count = match shown {
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    };
    match (&chat.username, &chat.about) {
        (Some(username), _) => format!("@{username} · {count}"),
        (None, Some(about)) => format!("{about} · {count}"),
        (None, None) => format!("{} · {count}", chat.kind.name()),
    }
}

fn name_in_path(chat: &Chat) -> String {
    match &chat.username {
        Some(username) => format!("@{username}"),
        None => chat.id.to_string(),
    }
}

/// Initials in one of seven colours, chosen by the chat's id as Telegram does.
fn avatar(chat: &Chat) -> String {
    let initials: String = chat
        .title
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect();
    format!("<span class=\"avatar tint{}\" aria-hidden=\"true\">{}</span>", chat.id.rem_euclid(7), escape(&initials))
}

/// The demo runs on the reader's machine, whose time zone is the reader's.
fn local(at: DateTime<Utc>) -> DateTime<Local> {
    at.with_timezone(&Local)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
