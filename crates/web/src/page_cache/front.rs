//! The page cache before the router.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use tower::{Service, ServiceExt as _};

use super::Shared;
use super::answer::Answer;
use super::question::Question;
use super::store::PageCache;
use crate::config::WebConfig;
use crate::edge::{REQUEST_ID, fresh_id};
use crate::observe::Metrics;

/// The router, with the page cache before it.
#[derive(Clone)]
pub struct Front {
    router: Router,
    parts: Arc<Parts>,
}

struct Parts {
    pages: Arc<PageCache>,
    config: Arc<WebConfig>,
    metrics: Arc<Metrics>,
}

impl Front {
    /// Puts `pages` before the router.
    pub(crate) fn new(router: Router, pages: Arc<PageCache>, config: Arc<WebConfig>, metrics: Arc<Metrics>) -> Self {
        Self { router, parts: Arc::new(Parts { pages, config, metrics }) }
    }

    /// Answers from the cache, or calls the router.
    pub async fn answer(&self, request: Request) -> Response {
        let started = Instant::now();
        let Parts { pages, config, metrics } = &*self.parts;
        let question = Question::of(&request, config);
        if let Some(answer) = question.as_ref().and_then(|question| pages.find(question)) {
            let request_id = fresh_id();
            let response = answer.to(request.method(), request.headers(), request_id.clone()).await;
            metrics.observed(Some(&answer.shared.route), request.method(), response.status(), started, &request_id);
            return response;
        }
        let question = question.map(|question| question.kept());
        let (method, asked) = (request.method().clone(), request.headers().clone());
        let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let Some(shared) = response.extensions().get::<Shared>().cloned() else { return response };
        let (parts, body) = response.into_parts();
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            return Response::from_parts(parts, Body::empty());
        };
        let request_id = parts.headers.get(REQUEST_ID).cloned().unwrap_or_else(fresh_id);
        let may_be_kept = Answer::may_be_kept(parts.status, &parts.headers);
        if !may_be_kept {
            return Response::from_parts(parts, Body::from(bytes));
        }
        let before = question.as_ref().and_then(|question| pages.before(question));
        let answer = Arc::new(Answer::new(shared, parts.headers, bytes, before.as_deref()));
        let response = answer.to(&method, &asked, request_id).await;
        if let Some(question) = question {
            pages.keep(question, answer);
        }
        response
    }
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.answer(request).await) })
    }
}
