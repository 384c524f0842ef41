//! HTTP/2 clients that take nothing, or that send frames without end.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;
use h2::Reason;
use h2::client::{Builder, SendRequest};
use tablon_web::ConnectionLimits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::serving::{server, soon};

/// The beginning of a connection: the preface and empty settings.
const BEGINNING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A client, and the task that ends when its connection is closed.
async fn client(address: SocketAddr, window: u32) -> (SendRequest<Bytes>, JoinHandle<()>) {
    let stream = TcpStream::connect(address).await.expect("connected");
    let mut builder = Builder::new();
    builder.initial_window_size(window);
    let (client, connection) = builder.handshake(stream).await.expect("HTTP/2");
    let connection = tokio::spawn(async move {
        // Closed by the server is an end like any other.
        connection.await.ok();
    });
    (client, connection)
}

fn request(method: &str, path: &str) -> Request<()> {
    Request::builder().method(method).uri(format!("http://jobs.test{path}")).body(()).expect("a request")
}

async fn is_closed(connection: JoinHandle<()>) {
    let closed = tokio::time::timeout(Duration::from_secs(20), connection).await;
    closed.expect("the server closes the connection").expect("no panic");
}

#[tokio::test]
async fn an_answer_that_finds_no_window_ends_the_connection_whatever_else_is_asked() {
    // The second window takes all of the answer but its end.
    for window in [0, 1000] {
        let (board, address) = server(soon()).await;
        let sheet = board.state.theme.assets().url("tablon.css").expect("a style sheet");
        let (client, connection) = client(address, window).await;
        let mut client = client.ready().await.expect("a connection");
        let (answer, _) = client.send_request(request("GET", &sheet), true).expect("sent");
        let answer = answer.await.expect("a head");
        assert_eq!(answer.status(), 200);
        let asking = tokio::spawn(async move {
            while let Ok(mut ready) = client.clone().ready().await {
                let Ok((head, _)) = ready.send_request(request("HEAD", "/healthz"), true) else { break };
                if head.await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        is_closed(connection).await;
        asking.await.expect("no panic");
        drop(answer);
    }
}

#[tokio::test]
async fn a_client_that_opens_its_window_little_by_little_gets_its_answer() {
    let (board, address) = server(soon()).await;
    let sheet = board.state.theme.assets().url("tablon.css").expect("a style sheet");
    let (client, connection) = client(address, 8 * 1024).await;
    let mut client = client.ready().await.expect("a connection");
    let (answer, _) = client.send_request(request("GET", &sheet), true).expect("sent");
    let answer = answer.await.expect("a head");
    let length: usize = answer.headers()["content-length"].to_str().expect("text").parse().expect("a number");
    let mut body = answer.into_body();
    let mut arrived = 0;
    let began = std::time::Instant::now();
    while let Some(piece) = body.data().await {
        let piece = piece.expect("more of the answer");
        arrived += piece.len();
        tokio::time::sleep(Duration::from_millis(50)).await;
        body.flow_control().release_capacity(piece.len()).expect("a wider window");
    }
    assert_eq!(arrived, length);
    assert!(began.elapsed() > soon().head, "{:?}", began.elapsed());
    drop(client);
    connection.await.expect("no panic");
}

#[tokio::test]
async fn a_flood_of_frames_that_ask_for_nothing_is_no_activity() {
    let ping = b"\0\0\x08\x06\0\0\0\0\0pingping";
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    let window = b"\0\0\x04\x08\0\0\0\0\0\0\0\0\x01";
    let priority = b"\0\0\x05\x02\0\0\0\0\x01\0\0\0\0\x10";
    // Long enough for the flood to go on without a pause.
    let limits = ConnectionLimits { head: Duration::from_secs(1), answer: Duration::from_secs(60), ..soon() };
    for frame in [&ping[..], settings, window, priority] {
        let (_board, address) = server(limits.clone()).await;
        let stream = TcpStream::connect(address).await.expect("connected");
        let (mut reading, mut writing) = stream.into_split();
        writing.write_all(BEGINNING).await.expect("sent");
        let flood = frame.repeat(20);
        let flooding = tokio::spawn(async move {
            while writing.write_all(&flood).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        let mut sent = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(8), reading.read_to_end(&mut sent)).await;
        let _ = closed.expect("the server closes the connection");
        flooding.abort();
    }
}

#[tokio::test]
async fn a_burst_of_streams_that_are_reset_at_once_ends_the_connection() {
    let (_board, address) = server(ConnectionLimits::default()).await;
    let (client, connection) = client(address, 65_535).await;
    for _ in 0..1000 {
        let Ok(mut client) = client.clone().ready().await else { break };
        let Ok((_, mut stream)) = client.send_request(request("GET", "/t/acme/"), true) else { break };
        stream.send_reset(Reason::CANCEL);
    }
    is_closed(connection).await;
}

#[tokio::test]
async fn requests_that_are_taken_back_one_after_another_end_the_connection() {
    let (_board, address) = server(ConnectionLimits::default()).await;
    let (client, connection) = client(address, 65_535).await;
    for _ in 0..1000 {
        let Ok(mut client) = client.clone().ready().await else { break };
        // Its handler waits for the body.
        let Ok((_, mut stream)) = client.send_request(request("POST", "/t/acme/api/v1/jobs"), false) else { break };
        tokio::time::sleep(Duration::from_millis(5)).await;
        stream.send_reset(Reason::CANCEL);
    }
    is_closed(connection).await;
}
