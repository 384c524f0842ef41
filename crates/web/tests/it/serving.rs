//! A real server on a real port.

use std::net::SocketAddr;
use std::time::Duration;

use tablon_testkit::Backend;
use tablon_web::{ConnectionLimits, WebConfig, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;

use crate::board::{Board, config};

async fn ask(connection: &mut TcpStream, close: bool) -> String {
    let close = if close { "connection: close\r\n" } else { "" };
    let request = format!("GET /healthz HTTP/1.1\r\nhost: jobs.test\r\n{close}\r\n");
    connection.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = vec![0; 4096];
    let read = connection.read(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[tokio::test]
async fn it_answers_until_it_is_told_to_stop_and_lets_idle_connections_go() {
    let board = Board::new(Backend::Sqlite, None).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address: SocketAddr = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, board.state.clone(), async {
        stopped.await.ok();
    }));

    let mut kept = TcpStream::connect(address).await.expect("connected");
    assert!(ask(&mut kept, false).await.starts_with("HTTP/1.1 200 OK"));
    assert!(ask(&mut kept, false).await.starts_with("HTTP/1.1 200 OK"), "the connection is kept");
    let mut once = TcpStream::connect(address).await.expect("connected");
    assert!(ask(&mut once, true).await.contains("connection: close"));

    stop.send(()).expect("running");
    let ended = tokio::time::timeout(Duration::from_secs(5), server).await.expect("an idle connection holds nobody up");
    ended.expect("no panic").expect("no error");
    assert!(TcpStream::connect(address).await.is_err(), "the port is free");
}

/// A server with these limits, until the test ends.
pub(crate) async fn server(connections: ConnectionLimits) -> (Board, SocketAddr) {
    let board = Board::with_config(Backend::Sqlite, None, WebConfig { connections, ..config() }).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(listener, board.state.clone(), std::future::pending()));
    (board, address)
}

pub(crate) fn soon() -> ConnectionLimits {
    let moment = Duration::from_millis(300);
    ConnectionLimits { head: moment, body: moment, answer: moment, ..ConnectionLimits::default() }
}

/// Waits until the server closes the connection; what it sent before.
pub(crate) async fn until_closed(connection: &mut TcpStream) -> Vec<u8> {
    let mut sent = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), connection.read_to_end(&mut sent)).await;
    // A reset is an end as well.
    let _ = read.expect("the server closes the connection");
    sent
}

#[tokio::test]
async fn a_connection_that_sends_no_whole_request_is_closed() {
    let (_board, address) = server(soon()).await;
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    let h2 = [PREFACE, SETTINGS].concat();
    // A HEADERS frame that promises more than comes.
    let half_headers = [&*h2, &[0, 0, 40, 1, 5, 0, 0, 0, 1, 0x82]].concat();
    for beginning in [
        &b""[..],
        b"P",
        b"PRI * HTTP/2.0",
        b"GET",
        b"GET / HTTP/1.1\r\nhost: jobs.test\r\n",
        b"\r\n",
        PREFACE,
        &h2,
        &half_headers,
    ] {
        let mut connection = TcpStream::connect(address).await.expect("connected");
        connection.write_all(beginning).await.expect("sent");
        until_closed(&mut connection).await;
    }
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_not_waited_for() {
    let (_board, address) = server(soon()).await;
    let connection = TcpStream::connect(address).await.expect("connected");
    let (mut reading, mut writing) = connection.into_split();
    let trickle = tokio::spawn(async move {
        writing.write_all(b"GET / HTTP/1.1\r\nx: ").await.expect("sent");
        while writing.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut sent = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(20), reading.read_to_end(&mut sent)).await;
    let _ = closed.expect("the server closes the connection");
    trickle.abort();
}

#[tokio::test]
async fn pings_keep_no_silent_connection_open() {
    let (_board, address) = server(soon()).await;
    let connection = TcpStream::connect(address).await.expect("connected");
    let (mut reading, mut writing) = connection.into_split();
    writing.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.expect("sent");
    let pings = tokio::spawn(async move {
        while writing.write_all(b"\0\0\x08\x06\0\0\0\0\0pingping").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut sent = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(20), reading.read_to_end(&mut sent)).await;
    let _ = closed.expect("the server closes the connection");
    pings.abort();
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answers_is_let_go() {
    let (board, address) = server(soon()).await;
    let sheet = board.state.theme.assets().url("tablon.css").expect("a style sheet");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small window");
    let mut connection = socket.connect(address).await.expect("connected");
    // More than every buffer on the way holds.
    let request = format!("GET {sheet} HTTP/1.1\r\nhost: jobs.test\r\n\r\n");
    let closed = tokio::time::timeout(Duration::from_secs(30), async {
        while connection.write_all(request.repeat(100).as_bytes()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    closed.await.expect("the server closes the connection");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let (_board, address) = server(soon()).await;
    for path in ["/t/acme/api/v1/jobs", "/t/acme/submit"] {
        let mut connection = TcpStream::connect(address).await.expect("connected");
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: jobs.test\r\ncontent-length: 500\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).await.expect("sent");
        connection.write_all(b"title=").await.expect("sent");
        let answer = until_closed(&mut connection).await;
        assert!(answer.starts_with(b"HTTP/1.1 408 "), "{path}: {}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn silent_connections_shut_nobody_out() {
    for limits in [
        ConnectionLimits { total: 8, ..ConnectionLimits::default() },
        ConnectionLimits { per_loopback_address: 8, ..ConnectionLimits::default() },
    ] {
        let (_board, address) = server(limits).await;
        let mut silent = Vec::new();
        for _ in 0..50 {
            silent.push(TcpStream::connect(address).await.expect("connected"));
        }
        let mut visitor = TcpStream::connect(address).await.expect("connected");
        assert!(ask(&mut visitor, false).await.starts_with("HTTP/1.1 200 OK"));
        // The longest silent made room.
        until_closed(&mut silent[0]).await;
    }
}

#[tokio::test]
async fn somebody_who_takes_their_time_between_requests_is_served() {
    let (_board, address) = server(ConnectionLimits { head: Duration::from_secs(20), ..soon() }).await;
    let mut connection = TcpStream::connect(address).await.expect("connected");
    for _ in 0..3 {
        // Longer than the limits for bodies and answers, which don't count here.
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(ask(&mut connection, false).await.starts_with("HTTP/1.1 200 OK"));
    }
}
