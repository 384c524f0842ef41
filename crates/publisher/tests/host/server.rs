//! A platform that answers as it is told, byte for byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the platform does when a request has come in.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Answers.
    Answer(String),
    /// Answers with the request itself, in the body and in a header.
    Echo,
    /// Closes the connection without a word.
    HangUp,
    /// Begins an answer and closes the connection.
    BreakOff,
    /// Says nothing.
    Silence,
    /// Answers with so many bytes.
    Long(usize),
}

pub(crate) struct Platform {
    pub(crate) base: String,
    requests: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn ok(body: &str) -> Manner {
    answer("200 OK", &[], body)
}

pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> Manner {
    let headers: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    Manner::Answer(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}

impl Platform {
    /// Answers each request with the next manner, and with the last one from then on.
    pub(crate) async fn start(manners: &[Manner]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, manners) = (Arc::clone(&requests), manners.to_vec());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&log), manners.clone()));
            }
        });
        Self { base, requests }
    }

    /// The requests so far, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut socket: TcpStream, log: Arc<Mutex<Vec<String>>>, manners: Vec<Manner>) {
    while let Some(request) = read(&mut socket).await {
        let turn = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        let bytes = match &manners[turn.min(manners.len() - 1)] {
            Manner::Answer(text) => text.clone().into_bytes(),
            Manner::Echo => {
                let path = request.split(' ').nth(1).unwrap_or_default();
                let text =
                    format!("HTTP/1.1 200 OK\r\nX-Echo: {path}\r\nContent-Length: {}\r\n\r\n{request}", request.len());
                text.into_bytes()
            }
            Manner::HangUp => return,
            Manner::BreakOff => {
                socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":").await.ok();
                return;
            }
            Manner::Silence => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                return;
            }
            Manner::Long(length) => {
                let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
                bytes.resize(bytes.len() + length, b'x');
                bytes
            }
        };
        if socket.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn read(socket: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|l| l.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
