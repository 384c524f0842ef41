//! A channel as a person sees it: pages that look like Discord and work without JavaScript.

mod embed;
mod markup;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Local, Utc};

use self::markup::escape;
use super::channel::{Channel, ChannelKind};
use super::message::{Author, Message};
use super::world::{Discord, World};

/// Pages at `/`, `/channels/{id}` and, as Discord has them, `/channels/{server}/{id}`, and their style.
pub(crate) fn router() -> Router<Discord> {
    Router::new()
        .route("/", get(front))
        .route("/channels/{id}", get(channel))
        .route("/channels/{guild}/{id}", get(linked))
        .route("/channels/{guild}/{id}/{message}", get(linked_message))
        .route("/_fake/page.css", get(style))
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page.css")).into_response()
}

async fn front(State(discord): State<Discord>) -> Response {
    let world = discord.lock();
    match world.channels.iter().find(|channel| channel.kind.holds_messages() || channel.kind == ChannelKind::Forum) {
        Some(first) => Redirect::to(&format!("/channels/{}", first.id)).into_response(),
        None => page("Simulated Discord", "<main><p class=\"empty\">No channels yet</p></main>"),
    }
}

async fn linked(State(discord): State<Discord>, Path((_, id)): Path<(u64, u64)>) -> Response {
    channel(State(discord), Path(id)).await
}

async fn linked_message(Path((_, id, message)): Path<(u64, u64, u64)>) -> Redirect {
    Redirect::to(&format!("/channels/{id}#m{message}"))
}

async fn channel(State(discord): State<Discord>, Path(id): Path<u64>) -> Response {
    let world = discord.lock();
    match world.channel(id) {
        Some(channel) => show(&world, channel),
        None => {
            let body = "<main><p class=\"empty\">No such channel. <a href=\"/\">All channels</a></p></main>";
            (StatusCode::NOT_FOUND, page("No such channel", body)).into_response()
        }
    }
}

fn show(world: &World, here: &Channel) -> Response {
    let mut links = String::new();
    for channel in world.channels.iter().filter(|channel| channel.parent_id.is_none()) {
        links.push_str(&link(channel, here));
        for thread in world.channels.iter().filter(|thread| thread.parent_id == Some(channel.id)) {
            links.push_str(&link(thread, here));
        }
    }
    let mut stream = String::new();
    for message in world.messages_of(here.id) {
        stream.push_str(&article(world, here, message));
    }
    if stream.is_empty() {
        stream.push_str("<p class=\"empty\">No messages here yet</p>");
    }
    // The style reverses the stream, so that the newest message shows without a script.
    let body = format!(
        "<nav aria-label=\"Channels\"><h2>A simulated server</h2><ul>{links}</ul></nav>\
         <section><header><h1>{title}</h1></header><main class=\"chat\"><div class=\"stream\">{stream}</div></main>\
         <footer>A simulated channel: nothing here leaves this machine</footer></section>",
        title = escape(&title(here)),
    );
    page(&title(here), &body)
}

fn title(channel: &Channel) -> String {
    match channel.kind {
        ChannelKind::Thread => format!("🧵 {}", channel.name),
        ChannelKind::Forum => format!("💬 {}", channel.name),
        ChannelKind::Text | ChannelKind::Announcement => format!("# {}", channel.name),
        ChannelKind::Category => channel.name.clone(),
    }
}

fn link(channel: &Channel, here: &Channel) -> String {
    let current = if channel.id == here.id { " aria-current=\"page\"" } else { "" };
    let class = if channel.parent_id.is_some() { " class=\"thread\"" } else { "" };
    format!("<li{class}><a href=\"/channels/{}\"{current}>{}</a></li>", channel.id, escape(&title(channel)))
}

fn article(world: &World, here: &Channel, message: &Message) -> String {
    let author = world.author_name(&message.author);
    if let Some(at) = message.deleted_at {
        let was = message.embed().and_then(|embed| embed["title"].as_str()).unwrap_or(&message.content);
        return format!(
            "<p class=\"gone\" id=\"m{}\"><s>{}</s> deleted at {}</p>",
            message.id,
            escape(was.lines().next().unwrap_or_default()),
            local(at).format("%H:%M"),
        );
    }
    let thread = match world.channel(message.channel_id) {
        Some(thread) if thread.id != here.id => {
            format!(" <a class=\"badge\" href=\"/channels/{}\">{}</a>", thread.id, escape(&title(thread)))
        }
        _ => String::new(),
    };
    let edited = match message.edited_at {
        Some(_) => format!(" <span class=\"edited\" title=\"{} before\">(edited)</span>", versions(message)),
        None => String::new(),
    };
    let sent = local(message.sent_at);
    let body = if message.content.is_empty() {
        String::new()
    } else {
        format!("<div class=\"text\" dir=\"auto\">{}</div>", markup::render(&message.content))
    };
    let hue = match message.author {
        Author::Webhook { id, .. } | Author::Bot { id } => id % 5,
    };
    format!(
        "<article id=\"m{id}\"><span class=\"avatar tint{hue}\" aria-hidden=\"true\">{initial}</span><div>\
         <p class=\"by\"><b>{author}</b> <span class=\"app\">APP</span> <time datetime=\"{stamp}\">{time}</time>{thread}</p>\
         {body}{embeds}{edited}</div></article>",
        id = message.id,
        initial = escape(&author.chars().next().unwrap_or('?').to_uppercase().to_string()),
        author = escape(&author),
        stamp = sent.to_rfc3339(),
        time = sent.format("%H:%M"),
        embeds = message.embeds.iter().map(embed::card).collect::<String>(),
    )
}

fn versions(message: &Message) -> String {
    match message.history.len() {
        1 => "1 version".to_owned(),
        n => format!("{n} versions"),
    }
}

fn page(title: &str, body: &str) -> Response {
    // The other fake's script: it only replaces `.frame` with a new copy.
    let script = include_str!("../../telegram/page/refresh.js");
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title><link rel=\"stylesheet\" href=\"/_fake/page.css\">\
         <link rel=\"icon\" href=\"data:,\"><noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript></head>\
         <body><div class=\"frame\">{body}</div><script>{script}</script></body></html>\n",
        title = escape(title),
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

/// The demo runs on the reader's machine, whose time zone is the reader's.
fn local(at: DateTime<Utc>) -> DateTime<Local> {
    at.with_timezone(&Local)
}
