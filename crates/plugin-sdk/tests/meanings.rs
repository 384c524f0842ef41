//! What an answer means to the host: one list, which the kit of the JavaScript example is held to as well.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tablon_plugin::{Answer, Error, HttpError, Lane, Locales, Method, Refusal, Repeatable, Request, unanswered};

const CASES: &str = include_str!("../../../plugins/examples/js-hello/meanings.json");

#[derive(Debug, Deserialize)]
struct Case {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    unanswered: Option<String>,
    #[serde(default)]
    repeatable: bool,
    /// `reads`; it acts otherwise.
    effect: Option<String>,
    means: String,
    ms: Option<u64>,
}

impl Case {
    fn meaning(&self) -> Error {
        let repeatable = if self.repeatable { Repeatable::Yes } else { Repeatable::No };
        let request = Request::new(Method::Post, "https://chatter.example/");
        let request = if self.effect.is_some() { request.reads() } else { request };
        let (reading, counts) = (request.reads_only(), repeatable.of(&request));
        match self.answer() {
            Ok(answer) => Refusal { reading, ..Refusal::of(&answer, Lane::Destination, counts) }
                .meaning(&Locales::new(&[]).get("en")),
            Err(error) => unanswered(error, counts),
        }
    }

    fn answer(&self) -> Result<Answer, HttpError> {
        let Some(status) = self.status else { return Err(self.unanswered()) };
        let body = self.body.as_ref().map_or_else(|| "said the server".to_owned(), Value::to_string).into_bytes();
        let headers = self.headers.clone().into_iter().collect();
        Ok(Answer { status, headers, body, truncated: false, extra: vec![] })
    }

    fn unanswered(&self) -> HttpError {
        let why = "why".to_owned();
        match self.unanswered.as_deref() {
            Some("not-sent") => HttpError::NotSent(why),
            Some("no-answer") => HttpError::NoAnswer(why),
            Some("denied") => HttpError::Denied(why),
            Some("invalid-request") => HttpError::InvalidRequest(why),
            Some("budget-exhausted") => HttpError::BudgetExhausted,
            other => panic!("{other:?}"),
        }
    }
}

fn tag(error: &Error) -> &'static str {
    match error {
        Error::InvalidSettings(_) => "invalid-settings",
        Error::Unauthorized(_) => "unauthorized",
        Error::RateLimited(_) => "rate-limited",
        Error::Transient(_) => "transient",
        Error::Uncertain(_) => "uncertain",
        Error::Rejected(_) => "rejected",
        Error::Gone => "gone",
        Error::Unsupported => "unsupported",
        Error::Moved(_) => "moved",
        Error::Unfinished(_) => "unfinished",
    }
}

#[test]
fn every_answer_means_what_the_list_says() {
    let cases: Vec<Case> = serde_json::from_str(CASES).expect("a list");
    assert!(cases.len() > 20);
    for case in cases {
        let error = case.meaning();
        assert_eq!(tag(&error), case.means, "{case:?}");
        if let Some(ms) = case.ms {
            assert_eq!(error, Error::RateLimited((Lane::Destination, ms)), "{case:?}");
        }
    }
}
