//! Accepting and closing connections.

mod activity;
mod answer;
mod body;
mod limits;
mod registry;
mod stream;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, Version};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use activity::Activity;
use answer::PiecewiseBody;
use body::{BodyEnd, PunctualBody};
use registry::Connections;
use stream::WatchedStream;

use crate::page_cache::Front;
use crate::router::front;
use crate::state::AppState;

/// Requests at the same time on one HTTP/2 connection. A page takes a dozen files; what is waiting to be taken stays in memory.
const HTTP2_STREAMS: u32 = 32;
/// How often HTTP/2 clients are asked whether they are still there.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long running requests may continue after the signal to stop; Kubernetes kills after 30 seconds.
const FAREWELL: Duration = Duration::from_secs(20);
/// The pause after the system refused a connection, usually because no file descriptor is free.
const AFTER_REFUSAL: Duration = Duration::from_millis(200);
/// The answer to a connection that is refused because there are too many.
const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Serves the board until `shutdown` completes, then lets running requests finish.
///
/// # Errors
/// When the listener's address can't be read.
pub async fn serve(listener: TcpListener, state: AppState, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, base_url = %state.config.base_url, "listening");
    let limits = Arc::new(limits::within_the_system(state.config.connections.clone()));
    let places = Connections::new(&limits, &state.config.trusted_proxies);
    let assets = state.theme.clone();
    tokio::task::spawn_blocking(move || assets.assets().compress());
    let front = front(state);
    let mut server = auto::Builder::new(TokioExecutor::new());
    // `activity` watches the time for a request's head, for all protocols.
    server.http1().timer(TokioTimer::new()).header_read_timeout(None);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(PING_EVERY).max_concurrent_streams(HTTP2_STREAMS);
    let connections = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_REFUSAL).await;
                    continue;
                }
            },
        };
        let Some(place) = places.admit(peer.ip()) else {
            tracing::debug!("a connection is refused: too many are open");
            // Best effort: a new socket takes a few bytes at once.
            let _ = stream.try_write(NO_PLACE);
            continue;
        };
        // Answers are small and written whole: waiting to fill a packet would only add latency.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
        let activity = place.activity.clone();
        let front = front.clone();
        let body_within = limits.body;
        let service = hyper::service::service_fn({
            let activity = activity.clone();
            move |request: hyper::Request<Incoming>| answer(front.clone(), activity.clone(), request, peer, body_within)
        });
        let stream = TokioIo::new(WatchedStream::new(stream, activity));
        let connection = connections.watch(server.serve_connection(stream, service).into_owned());
        let limits = limits.clone();
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                }
                overdue = place.activity.overdue(&limits) => {
                    tracing::debug!(?overdue, "a connection is closed");
                }
            }
        });
    }
    drop(listener);
    tracing::info!("stopping: no new connections, running requests finish");
    if tokio::time::timeout(FAREWELL, connections.shutdown()).await.is_err() {
        tracing::warn!(seconds = FAREWELL.as_secs(), "some requests were still running and were cut off");
    }
    Ok(())
}

/// Answers one request, after its head has arrived.
async fn answer(
    front: Front,
    activity: Arc<Activity>,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    body_within: Duration,
) -> Result<Response, Infallible> {
    let version = request.version();
    let handling = activity.handling(version);
    let (parts, body) = request.into_parts();
    let end = Arc::new(BodyEnd::default());
    let body = match body.is_end_stream() {
        true => Body::empty(),
        false => Body::new(PunctualBody::new(body, body_within, end.clone())),
    };
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(ConnectInfo(peer));
    let mut answer = front.answer(request).await;
    if end.is_late() {
        answer = (StatusCode::REQUEST_TIMEOUT, "The request came too slowly.\n").into_response();
    }
    if version == Version::HTTP_2 && !answer.body().is_end_stream() {
        answer = answer.map(|body| Body::new(PiecewiseBody::new(body, activity.answering())));
    }
    if !end.is_broken() {
        handling.answered();
    }
    Ok(answer)
}
