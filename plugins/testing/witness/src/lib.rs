//! Uses every function, record and case of contract 1.0 and says what it saw. Compiled once, its component shows for
//! good that a host still takes what was built for 1.0.

mod bindings {
    #![expect(unsafe_code, reason = "generated: exports are raw functions")]
    wit_bindgen::generate!({ path: "../../wit/1.0", world: "publisher" });

    use super::Witness;
    export!(Witness);
}

use bindings::exports::tablon::plugin::publishing::{
    Account, Description, Ending, Features, Guest, Located, Presence, Preview, Repeat, RetractMode, Verified,
};
use bindings::tablon::plugin::http::{self, Body, Credentials, Effect, Method, Part, Piece, Request};
use bindings::tablon::plugin::types::{Attempt, Context, Error, Extra, FieldError, Lane, Posting, Receipt, Target};
use bindings::tablon::plugin::{log, mail, pacing};

struct Witness;

const SCHEMA: &str = r#"{"fields":[
    {"name":"base_url","type":"url","required":true},
    {"name":"to","type":"text","max":200},
    {"name":"answer","type":"text","max":40},
    {"name":"token","type":"secret"},
    {"name":"signing_key","type":"secret"}
]}"#;

impl Guest for Witness {
    fn describe() -> Description {
        Description {
            name: "Witness".into(),
            settings_schema: SCHEMA.into(),
            default_template: "{{ title }}".into(),
            features: Features::all(),
            extra: unknown(),
        }
    }

    fn render(posting: Posting, target: Target) -> Result<Vec<Preview>, Error> {
        let seen = format!("{posting:?} {target:?}");
        let warnings = vec!["a warning".into()];
        let unit = "characters".into();
        Ok(vec![Preview {
            format: "text".into(),
            length: 1,
            limit: 2,
            unit,
            warnings,
            content: seen,
            extra: unknown(),
        }])
    }

    fn repeats(target: Target) -> Repeat {
        match answer(&target) {
            "always" => Repeat::Always,
            "within" => Repeat::WithinMs(60_000),
            _ => Repeat::Never,
        }
    }

    fn verify(target: Target, context: Context) -> Result<Verified, Error> {
        failed(&target)?;
        let got = http::send(&request(Method::Get, &target, Body::Empty));
        // A search: it reads, whatever its method.
        let searched = Request { effect: Effect::Reads, ..request(Method::Post, &target, Body::Empty) };
        let found = http::send(&searched);
        let label = format!("{} {} {:?} {context:?}", status(&got), status(&found), mail::probe("setting:to"));
        let account = Account { label, url: Some("https://example.org/account".into()), extra: unknown() };
        let remember = vec![("limits".into(), "{\"characters\":500}".into()), ("kind".into(), "\"forum\"".into())];
        Ok(Verified { account, warnings: vec!["a warning".into()], remember, extra: unknown() })
    }

    fn publish(posting: Posting, target: Target, attempt: Attempt) -> Result<Receipt, Error> {
        failed(&target)?;
        for level in [log::Level::Debug, log::Level::Info, log::Level::Warn, log::Level::Error] {
            log::write(level, "publishing", &[("title".into(), posting.title.clone())]);
        }
        pacing::hold(Lane::Destination, 1_000);
        pacing::hold(Lane::Credential, 2_000);
        pacing::hold(Lane::Server, 3_000);
        let signed = http::sign_hmac_sha256("signing_key", b"message");
        let plain = Part { name: "id".into(), filename: None, media_type: None, content: posting.id.into_bytes() };
        let (filename, media_type) = (Some("title.txt".into()), Some("text/x-title".into()));
        let content = posting.title.clone().into_bytes();
        let parts = vec![plain, Part { name: "title".into(), filename, media_type, content }];
        let statuses = [
            http::send(&request(Method::Post, &target, Body::Bytes(attempt.key.clone().into_bytes()))),
            http::send(&request(Method::Put, &target, Body::Multipart(parts))),
            http::send(&request(Method::Patch, &target, Body::Empty)),
            http::send(&request(Method::Delete, &target, Body::Empty)),
        ];
        let statuses = statuses.each_ref().map(status).join(" ");
        let message = mail::Message {
            subject: posting.title.clone(),
            html: "<p>x</p>".into(),
            text: "x".into(),
            extra: unknown(),
        };
        let mailed = [
            format!("{:?}", mail::send("setting:to", &attempt.key, &message, mail::Delivery::AtOnce)),
            format!("{:?}", mail::send("setting:to", "daily", &message, mail::Delivery::Daily(9))),
            format!("{:?}", mail::send("setting:to", "weekly", &message, weekly())),
            format!("{:?}", mail::replace("id", &message)),
            format!("{:?}", mail::cancel("id")),
            format!("{:?}", mail::find(&attempt.key)),
        ];
        let seen = format!("{attempt:?} {statuses} {} {}", signed.is_ok_and(|s| s.len() == 32), mailed.join(" "));
        Ok(Receipt { handle: seen.into_bytes(), url: Some("https://example.org/1".into()), extra: unknown() })
    }

    fn update(receipt: Receipt, posting: Posting, target: Target, attempt: Attempt) -> Result<Receipt, Error> {
        failed(&target)?;
        let handle = [receipt.handle, format!(" {} {}", posting.revision, attempt.number).into_bytes()].concat();
        Ok(Receipt { handle, url: receipt.url, extra: unknown() })
    }

    fn retract(
        receipt: Receipt,
        mode: RetractMode,
        _: Posting,
        target: Target,
        _: Attempt,
    ) -> Result<Option<Receipt>, Error> {
        failed(&target)?;
        let ending = match mode {
            RetractMode::Delete => return Ok(None),
            RetractMode::MarkClosed(Ending::Filled) => " filled",
            RetractMode::MarkClosed(Ending::Closed) => " closed",
            RetractMode::MarkClosed(Ending::Expired) => " expired",
        };
        let handle = [receipt.handle, ending.into()].concat();
        Ok(Some(Receipt { handle, url: receipt.url, extra: unknown() }))
    }

    fn locate(_: Posting, target: Target, attempt: Attempt) -> Result<Located, Error> {
        failed(&target)?;
        Ok(match answer(&target) {
            "absent" => Located::Absent,
            "unknowable" => Located::Unknowable,
            _ => Located::Found(Receipt { handle: attempt.key.into_bytes(), url: None, extra: unknown() }),
        })
    }

    fn check(_: Receipt, posting: Posting, target: Target, context: Context) -> Result<Presence, Error> {
        failed(&target)?;
        Ok(match answer(&target) {
            "altered" => Presence::Altered(format!("{} at {}", posting.title, context.now)),
            "absent" => Presence::Absent,
            "unknowable" => Presence::Unknowable,
            _ => Presence::Present,
        })
    }

    fn adopt(reference: String, posting: Posting, target: Target, context: Context) -> Result<Receipt, Error> {
        failed(&target)?;
        let handle = format!("{reference} {} at {}", posting.title, context.now).into_bytes();
        Ok(Receipt { handle, url: Some(reference), extra: unknown() })
    }
}

/// The error that the setting `answer` asks for.
fn failed(target: &Target) -> Result<(), Error> {
    Err(match answer(target) {
        "invalid-settings" => {
            Error::InvalidSettings(vec![FieldError { pointer: "/to".into(), message: "not so".into() }])
        }
        "unauthorized" => Error::Unauthorized("who are you?".into()),
        "rate-limited" => Error::RateLimited((Lane::Credential, 1_500)),
        "rate-limited-destination" => Error::RateLimited((Lane::Destination, 2_500)),
        "rate-limited-server" => Error::RateLimited((Lane::Server, 3_500)),
        "transient" => Error::Transient("later".into()),
        "uncertain" => Error::Uncertain("perhaps".into()),
        "unfinished" => {
            let url = Some("https://example.org/half".into());
            let half = Receipt { handle: b"half".to_vec(), url, extra: unknown() };
            Error::Unfinished((half, "the other half is missing".into()))
        }
        "rejected" => Error::Rejected("never".into()),
        "moved" => Error::Moved(target.settings.replace("moved", "arrived")),
        "gone" => Error::Gone,
        "unsupported" => Error::Unsupported,
        _ => return Ok(()),
    })
}

/// The setting `answer`, read without a JSON library: its values are plain words.
fn answer(target: &Target) -> &str {
    let (_, rest) = target.settings.split_once("\"answer\":\"").unwrap_or_default();
    rest.split_once('"').unwrap_or_default().0
}

fn base_url(target: &Target) -> String {
    let (_, rest) = target.settings.split_once("\"base_url\":\"").unwrap_or_default();
    rest.split_once('"').unwrap_or_default().0.trim_end_matches('/').to_owned()
}

fn request(method: Method, target: &Target, body: Body) -> Request {
    let credentials = Credentials { user: "witness".into(), secret: "token".into() };
    Request {
        method,
        url: vec![Piece::Text(format!("{}/send?token=", base_url(target))), Piece::Secret("token".into())],
        headers: vec![
            ("x-token".into(), vec![Piece::Text("Bearer ".into()), Piece::Secret("token".into())]),
            ("authorization".into(), vec![Piece::Text("Basic ".into()), Piece::Basic(credentials)]),
        ],
        body,
        effect: if method == Method::Get { Effect::Reads } else { Effect::Acts },
        timeout_ms: Some(2_000),
        extra: unknown(),
    }
}

/// A name of a later contract, which this host leaves alone.
fn unknown() -> Extra {
    vec![("unknown-to-the-host".into(), "{\"any\":[1,2]}".into())]
}

fn status(answer: &Result<http::Response, http::Error>) -> String {
    match answer {
        Ok(answer) => format!("{}{}", answer.status, if answer.truncated { " cut" } else { "" }),
        Err(error) => format!("{error:?}"),
    }
}

fn weekly() -> mail::Delivery {
    mail::Delivery::Weekly((mail::Weekday::Sunday, 18))
}
