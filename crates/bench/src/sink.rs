//! A platform that says yes: it answers every request of the Bot API after a while, on as many connections as come.
//! The strict fake would take more of the machine than what is measured.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

/// A running platform; it ends with the program.
pub(crate) struct Sink {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
}

impl Sink {
    pub(crate) async fn start(delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counted = Arc::clone(&counted);
                tokio::spawn(async move { answer(stream, delay, &counted).await.ok() });
            }
        });
        Ok(Self { address, count })
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many messages it was sent.
    pub(crate) fn messages(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Waits for so many messages; how long after `start` the last one came.
    pub(crate) async fn wait_for(&self, messages: usize, start: Instant) -> Result<Duration> {
        while self.messages() < messages {
            anyhow::ensure!(start.elapsed() < Duration::from_secs(300), "only {} messages came", self.messages());
            sleep(Duration::from_millis(1)).await;
        }
        Ok(start.elapsed())
    }
}

async fn answer(mut stream: TcpStream, delay: Duration, count: &AtomicUsize) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(Ok(0), |length| length.trim().parse()).context("a length")?;
        while buffer.len() < end + length {
            stream.read_buf(&mut buffer).await?;
        }
        buffer.drain(..end + length);
        let sends = head.starts_with("post") && head.contains("/sendmessage");
        if sends {
            sleep(delay).await;
        }
        let body = r#"{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":-1001,"type":"channel","title":"Jobs","username":"jobs"}}}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if sends {
            count.fetch_add(1, Ordering::Relaxed);
        }
        stream.write_all(answer.as_bytes()).await?;
    }
}
