//! The mails as a person sees them: a list, and each of them as a mail program shows it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::mail::Mail;
use super::world::MailServer;

/// Pages at `/` and `/mails/1`, and their style.
pub(super) fn router() -> Router<MailServer> {
    Router::new()
        .route("/", get(list))
        .route("/mails/{number}", get(show))
        .route("/mails/{number}/html", get(html))
        .route("/_fake/page.css", get(style))
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page.css")).into_response()
}

async fn list(State(server): State<MailServer>) -> Response {
    let mails = server.mails();
    let rows: String = mails
        .iter()
        .enumerate()
        .rev()
        .map(|(n, mail)| {
            format!(
                "<li><a href=\"/mails/{number}\"><h2>{subject}</h2><p>{from} → {to}</p></a></li>",
                number = n + 1,
                subject = escape(&mail.subject),
                from = escape(&mail.shown_header("From").unwrap_or_default()),
                to = escape(&mail.to.join(", ")),
            )
        })
        .collect();
    let content = if rows.is_empty() { "<p>No mails yet.</p>".to_owned() } else { format!("<ul>{rows}</ul>") };
    page("Simulated mail", &format!("<header><h1>Simulated mail</h1></header><main>{content}</main>"), true)
}

async fn show(State(server): State<MailServer>, Path(number): Path<usize>) -> Response {
    let Some(mail) = mail(&server, number) else { return missing() };
    let shown = ["From", "To", "Date", "List-Id", "List-Unsubscribe", "Message-ID"];
    let headers: String = shown
        .iter()
        .filter_map(|name| Some((name, mail.shown_header(name)?)))
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escape(&value)))
        .collect();
    let body = format!(
        "<header><p><a href=\"/\">All mails</a></p><h1>{subject}</h1></header><main><dl>{headers}</dl>\
         <iframe sandbox title=\"The mail\" src=\"/mails/{number}/html\"></iframe>\
         <details><summary>As plain text</summary><pre>{text}</pre></details>\
         <details><summary>As it came</summary><pre>{raw}</pre></details></main>",
        subject = escape(&mail.subject),
        text = escape(mail.text()),
        raw = escape(&mail.raw),
    );
    page(&mail.subject, &body, false)
}

/// The page runs in a sandbox: the content of a mail can run nothing and reach nothing.
async fn html(State(server): State<MailServer>, Path(number): Path<usize>) -> Response {
    let Some(mail) = mail(&server, number) else { return missing() };
    let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(mail.html().to_owned())).into_response()
}

fn mail(server: &MailServer, number: usize) -> Option<Mail> {
    server.mails().into_iter().nth(number.checked_sub(1)?)
}

fn missing() -> Response {
    let body = "<main><h1>No such mail</h1><p><a href=\"/\">All mails</a></p></main>";
    (StatusCode::NOT_FOUND, page("No such mail", body, false)).into_response()
}

fn page(title: &str, body: &str, refreshes: bool) -> Response {
    let refresh = if refreshes { "<meta http-equiv=\"refresh\" content=\"3\">" } else { "" };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title}</title>{refresh}<link rel=\"stylesheet\" \
         href=\"/_fake/page.css\"><link rel=\"icon\" href=\"data:,\"></head><body>{body}<footer><p>A simulated mail \
         server: nothing here leaves this machine</p></footer></body></html>\n",
        title = escape(title),
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
