//! A real server on a real port.

use std::net::SocketAddr;
use std::time::Duration;

use tablon_testkit::Backend;
use tablon_web::serve;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::board::Board;

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
