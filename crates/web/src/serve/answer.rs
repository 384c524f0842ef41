//! An answer of HTTP/2, given in pieces so that it shows how much of it the client takes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

use super::activity::Answering;

/// The size of a piece: a client must take as much within the limit. Small enough for many answers on a slow connection.
const PIECE: usize = 4 * 1024;

/// A body in pieces. hyper asks for a piece when the client's window has taken all before the last one; the last byte
/// is a piece of its own, so that the body lives as long as any other byte of it waits.
pub(super) struct PiecewiseBody {
    inner: Body,
    /// What is left of the frame that `inner` gave last.
    rest: Bytes,
    answering: Answering,
}

impl PiecewiseBody {
    /// `body`, which is on its way until it is dropped.
    pub(super) fn new(body: Body, answering: Answering) -> Self {
        Self { inner: body, rest: Bytes::new(), answering }
    }

    fn next_piece(&mut self) -> Bytes {
        let length = match self.rest.len() {
            one @ 0..=1 => one,
            more => PIECE.min(more - 1),
        };
        self.answering.gives(length);
        self.rest.split_to(length)
    }
}

impl HttpBody for PiecewiseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.answering.goes_on();
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(self.next_piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.inner.size_hint();
        let rest = self.rest.len() as u64;
        let mut hint = SizeHint::new();
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(inner.lower() + rest);
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::to_bytes;

    use super::*;
    use crate::serve::activity::Activity;

    #[tokio::test]
    async fn a_body_in_pieces_is_the_same_body() {
        for length in [0, 1, 2, PIECE, PIECE + 1, 3 * PIECE + 7] {
            let whole: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let body = PiecewiseBody::new(Body::from(whole.clone()), Arc::new(Activity::new()).answering());
            assert_eq!(body.size_hint().exact(), Some(length as u64));
            assert_eq!(to_bytes(Body::new(body), usize::MAX).await.expect("a body"), whole, "{length}");
        }
    }

    #[tokio::test]
    async fn the_last_byte_is_a_piece_of_its_own() {
        let mut body = PiecewiseBody::new(Body::from(vec![0; PIECE + 3]), Arc::new(Activity::new()).answering());
        let mut pieces = Vec::new();
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            pieces.push(frame.expect("a frame").into_data().expect("data").len());
            assert_eq!(body.is_end_stream(), pieces.len() == 3);
        }
        assert_eq!(pieces, [PIECE, 2, 1]);
    }
}
