//! A platform that answers as it is told, and looks closely at what it is sent.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::samples::SampleAnswer;

/// How long a platform that refuses for the rate asks to be left alone, in seconds.
pub(super) const RETRY_AFTER: u64 = 7;
/// The longest request that is read, in bytes.
const MAX_REQUEST: usize = 32 * 1024 * 1024;

/// What it does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Answers as the manifest's section `[test]` says.
    Well,
    /// Answers with this status.
    Refusing(u16),
    /// Refuses with everything that it was sent, secrets included.
    Echoing,
    /// Takes the request and hangs up.
    Losing,
}

/// A simulated platform. It ends with the process.
pub(super) struct Platform {
    base: String,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    mood: Mood,
    answers: Vec<SampleAnswer>,
    requests: Vec<Request>,
    complaints: Vec<String>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    path: String,
    head: String,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Whether it may have changed something.
    pub(super) fn is_mutating(&self) -> bool {
        self.method != "GET"
    }

    fn header(&self, name: &str) -> Option<&str> {
        let header =
            |line: &'_ str| line.split_once(':').filter(|(found, _)| found.eq_ignore_ascii_case(name)).is_some();
        self.head.lines().skip(1).find(|line| header(line))?.split_once(':').map(|(_, value)| value.trim())
    }

    /// What a strict platform would object to.
    fn complaint(&self) -> Option<String> {
        if self.body.is_empty() {
            return None;
        }
        let what = format!("{} {}", self.method, self.path);
        let Some(kind) = self.header("content-type") else {
            return Some(format!("{what}: a body without a content-type"));
        };
        if kind.contains("json") {
            let error = serde_json::from_slice::<serde_json::Value>(&self.body).err()?;
            return Some(format!("{what}: the body isn't JSON: {error}"));
        }
        let is_text = kind.starts_with("text/") || kind.contains("charset");
        (is_text && std::str::from_utf8(&self.body).is_err()).then(|| format!("{what}: the body isn't UTF-8"))
    }
}

impl Platform {
    pub(super) async fn start(answers: Vec<SampleAnswer>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("opening a port for the simulated platform")?;
        let base = format!("http://{}", listener.local_addr()?);
        let shared = Shared { mood: Mood::Well, answers, requests: Vec::new(), complaints: Vec::new() };
        let shared = Arc::new(Mutex::new(shared));
        let its = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&its)));
            }
        });
        Ok(Self { base, shared })
    }

    /// Where it is; without a slash at the end.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// From now on it does that, and what it was sent before is forgotten.
    pub(super) fn set(&self, mood: Mood) {
        let mut shared = lock(&self.shared);
        shared.mood = mood;
        shared.requests.clear();
        shared.complaints.clear();
    }

    /// What it was sent since.
    pub(super) fn requests(&self) -> Vec<Request> {
        lock(&self.shared).requests.clone()
    }

    /// What it objected to since.
    pub(super) fn complaints(&self) -> Vec<String> {
        lock(&self.shared).complaints.clone()
    }

    /// An address at which nobody listens.
    pub(super) async fn nobody() -> Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(format!("http://{}", listener.local_addr()?))
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut socket: TcpStream, shared: Arc<Mutex<Shared>>) {
    while let Some(request) = read(&mut socket).await {
        let answer = {
            let mut shared = lock(&shared);
            let answer = shared.answer(&request);
            shared.complaints.extend(request.complaint());
            shared.requests.push(request);
            answer
        };
        let Some(answer) = answer else { return };
        if socket.write_all(&answer).await.is_err() {
            return;
        }
    }
}

impl Shared {
    /// None: it hangs up.
    fn answer(&mut self, request: &Request) -> Option<Vec<u8>> {
        match self.mood {
            Mood::Losing => None,
            Mood::Refusing(status) => Some(answer(status, &[refusal_headers(status)], &refusal(status))),
            Mood::Echoing => {
                let body = format!("{}\n\n{}", request.head, String::from_utf8_lossy(&request.body));
                Some(answer(400, &[format!("X-Echo: {}\r\n", request.path)], &body))
            }
            Mood::Well => Some(self.good_answer(request)),
        }
    }

    fn good_answer(&mut self, request: &Request) -> Vec<u8> {
        let line = format!("{} {}", request.method, request.path);
        let Some(found) = self.answers.iter().find(|answer| matches(&answer.request, &line)) else {
            if self.answers.is_empty() {
                return answer(200, &[], "{}");
            }
            self.complaints.push(format!("no [[test.answers]] in plugin.toml is for {line}"));
            return answer(404, &[], &refusal(404));
        };
        let headers: Vec<String> = found.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        answer(found.status, &headers, &found.body)
    }
}

/// The words of a refusal, in the places where platforms put them.
fn refusal(status: u16) -> String {
    let words = "refused by the simulated platform";
    json!({
        "ok": false, "message": words, "error": words, "description": words, "code": 0, "error_code": status,
        "retry_after": RETRY_AFTER, "parameters": { "retry_after": RETRY_AFTER },
    })
    .to_string()
}

fn refusal_headers(status: u16) -> String {
    if status == 429 { format!("Retry-After: {RETRY_AFTER}\r\n") } else { String::new() }
}

fn answer(status: u16, headers: &[String], body: &str) -> Vec<u8> {
    let kind = if body.starts_with(['{', '[']) { "application/json" } else { "text/plain; charset=utf-8" };
    // 204 and 304 have no body, whatever a manifest says.
    let length =
        if matches!(status, 204 | 304) { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let body = if length.is_empty() { "" } else { body };
    format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{length}{}\r\n{body}", headers.concat()).into_bytes()
}

/// Whether `text` is what `pattern` says, where `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

async fn read(socket: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > MAX_REQUEST || socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut words = head.lines().next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Request { method, path, head, body: Vec::new() };
    let length: usize = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let whole = head_end + 4 + length;
    while bytes.len() < whole {
        if whole > MAX_REQUEST || socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    request.body = bytes[head_end + 4..whole].to_vec();
    Some(request)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text) in [
            ("POST /jobs", "POST /jobs"),
            ("POST *", "POST /a/b"),
            ("* /bot*/getMe", "GET /bot1:x/getMe"),
            ("POST /a*b*c", "POST /a1b2b3c"),
        ] {
            assert!(matches(pattern, text), "{pattern}");
        }
        for (pattern, text) in [("POST /jobs", "POST /jobs/1"), ("* /bot*/getMe", "GET /bot1/getChat"), ("*x", "y")] {
            assert!(!matches(pattern, text), "{pattern}");
        }
    }
}
