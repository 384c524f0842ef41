//! A server that takes whatever it is sent.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

pub(crate) struct Hook {
    base: String,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Hook {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let its = Arc::clone(&bodies);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&its)));
            }
        });
        Self { base, bodies }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// What was posted so far.
    pub(crate) async fn bodies(&self) -> Vec<String> {
        self.bodies.lock().await.clone()
    }
}

async fn serve(mut socket: TcpStream, bodies: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        if body.len() >= length {
            bodies.lock().await.push(body.to_owned());
            bytes.clear();
            socket.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok").await.ok()?;
        }
    }
}
