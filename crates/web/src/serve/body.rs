//! A request's body that must keep arriving.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// A body that sends fewer bytes than this within the limit is too slow.
const ENOUGH: usize = 1024;

/// A request's body that ends with an error if the client sends it too slowly.
pub(super) struct PunctualBody {
    inner: Incoming,
    limit: Duration,
    /// Runs while the server waits for more.
    timer: Option<Pin<Box<Sleep>>>,
    /// Bytes since the timer was set.
    arrived: usize,
    end: Arc<BodyEnd>,
}

/// How a request's body ended, if not well.
#[derive(Debug, Default)]
pub(super) struct BodyEnd {
    late: AtomicBool,
    broken: AtomicBool,
}

impl BodyEnd {
    /// It came too slowly.
    pub(super) fn is_late(&self) -> bool {
        self.late.load(Relaxed)
    }

    /// The client broke it off.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Relaxed)
    }
}

/// The client sends a request's body too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request came too slowly")]
struct TooSlow;

impl PunctualBody {
    /// `end` is told when the body doesn't come whole.
    pub(super) fn new(inner: Incoming, limit: Duration, end: Arc<BodyEnd>) -> Self {
        Self { inner, limit, timer: None, arrived: 0, end }
    }
}

impl HttpBody for PunctualBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            match &frame {
                Some(Ok(frame)) => self.arrived += frame.data_ref().map_or(0, Bytes::len),
                Some(Err(_)) => self.end.broken.store(true, Relaxed),
                None => {}
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = self.limit;
        if self.arrived >= ENOUGH
            && let Some(timer) = &mut self.timer
        {
            timer.as_mut().reset(Instant::now() + limit);
            self.arrived = 0;
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        if timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.end.late.store(true, Relaxed);
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
