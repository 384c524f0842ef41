//! A plugin that does what its setting `mode` says, mostly what a plugin must not. `url` is where it
//! sends to; `{token}` in it stands for the secret, `¶` for a line break.

mod bindings {
    #![expect(unsafe_code, reason = "generated: exports are raw functions")]
    wit_bindgen::generate!({ path: "../../wit/1.0", world: "publisher" });

    use super::Hostile;
    export!(Hostile);
}

use bindings::exports::tablon::plugin::publishing::{
    Account, Description, Ending, Features, Guest, Located, Presence, Preview, Repeat, RetractMode, Verified,
};
use bindings::tablon::plugin::http::{self, Body, Credentials, Effect, Method, Part, Piece, Request};
use bindings::tablon::plugin::types::{Attempt, Context, Error, FieldError, Lane, Posting, Receipt, Target};
use bindings::tablon::plugin::{log, mail};

struct Hostile;

const SCHEMA: &str = r#"{"fields":[
    {"name":"mode","type":"text","max":40},
    {"name":"base_url","type":"url","required":true},
    {"name":"other_url","type":"url"},
    {"name":"url","type":"text","max":20000},
    {"name":"text","type":"text","max":20000},
    {"name":"token","type":"secret","required":true}
]}"#;

impl Guest for Hostile {
    fn describe() -> Description {
        Description {
            name: "Hostile".into(),
            settings_schema: SCHEMA.into(),
            default_template: String::new(),
            features: Features::all(),
            extra: Vec::new(),
        }
    }

    fn render(posting: Posting, target: Target) -> Result<Vec<Preview>, Error> {
        let settings = Settings(target.settings);
        misbehave(&settings.mode());
        match settings.mode().as_str() {
            "pure-http" => drop(get(&settings)),
            "pure-log" => log::write(log::Level::Info, "hello", &[]),
            "pure-mail" => drop(mail::send("all", "key", &mail_message(), mail::Delivery::AtOnce)),
            "random" => {
                let seed = std::collections::hash_map::RandomState::new();
                return Ok(vec![preview(format!("{:x}", std::hash::BuildHasher::hash_one(&seed, 1)))]);
            }
            "clock" => {
                #[expect(clippy::disallowed_methods, reason = "it tries to read a clock that the sandbox doesn't have")]
                let now = std::time::SystemTime::now();
                return Ok(vec![preview(format!("{now:?}"))]);
            }
            "files" => {
                return Ok(vec![preview(format!(
                    "{:?} {:?}",
                    std::fs::read_dir("/").is_ok(),
                    std::env::vars().count()
                ))]);
            }
            "socket" => return Ok(vec![preview(format!("{}", std::net::TcpStream::connect("127.0.0.1:80").is_ok()))]),
            "many-previews" => return Ok((0..1000).map(|_| preview("x".repeat(1000))).collect()),
            "wide-warnings" => {
                let mut wide = preview(posting.title.clone());
                wide.warnings = vec!["x\r\ny".repeat(10_000); 50];
                return Ok(vec![wide]);
            }
            _ => {}
        }
        Ok(vec![preview(posting.title)])
    }

    fn repeats(target: Target) -> Repeat {
        misbehave(&Settings(target.settings).mode());
        Repeat::Never
    }

    fn verify(target: Target, _: Context) -> Result<Verified, Error> {
        let settings = Settings(target.settings);
        misbehave(&settings.mode());
        if settings.mode() == "follows-receipt" {
            let account = Account { label: "here".into(), url: None, extra: Vec::new() };
            let verified = Verified { account, warnings: Vec::new(), remember: Vec::new(), extra: Vec::new() };
            return meaning(http::send(&request(Method::Get, &settings, Vec::new()))).map(|()| verified);
        }
        let label = match settings.mode().as_str() {
            "log-secret" => {
                log::write(log::Level::Warn, &settings.get("text"), &[("field".into(), settings.get("text"))]);
                "logged".into()
            }
            "mail" => format!("{:?}", mail::send("all", "key", &mail_message(), mail::Delivery::AtOnce)),
            "sign" => format!("{:?}", http::sign_hmac_sha256("token", b"message")),
            "sign-unknown" => format!("{:?}", http::sign_hmac_sha256("other", b"message")),
            _ => match get(&settings) {
                Ok(answer) => format!("{} {} {}", answer.status, answer.truncated, shown(&answer)),
                Err(error) => format!("{error:?}"),
            },
        };
        // A link that would carry a secret or a script, were it not checked.
        let url = Some(settings.get("text")).filter(|_| settings.mode() == "link");
        let remember = match settings.mode().as_str() {
            "remember-much" => (0..1000).map(|n| (format!("name-{n}"), format!("\"{}\"", "x".repeat(1000)))).collect(),
            _ => Vec::new(),
        };
        let account = Account { label, url, extra: Vec::new() };
        Ok(Verified { account, warnings: Vec::new(), remember, extra: Vec::new() })
    }

    fn publish(posting: Posting, target: Target, _: Attempt) -> Result<Receipt, Error> {
        let settings = Settings(target.settings);
        let mode = settings.mode();
        misbehave(&mode);
        let answer = http::send(&request(Method::Post, &settings, posting.title.into_bytes()));
        match mode.as_str() {
            "send-then-trap" => std::process::abort(),
            "send-then-loop" => forever(),
            "send-twice" => drop(http::send(&request(Method::Post, &settings, b"again".to_vec()))),
            "claims-success" => return Ok(receipt()),
            "claims-transient" => return Err(Error::Transient("try again".into())),
            "claims-rejected" => return Err(Error::Rejected("never".into())),
            "tells" => return Err(Error::Rejected(settings.get("text"))),
            "panics-with" => panic!("{}", settings.get("text")),
            "huge-receipt" => return Ok(Receipt { handle: vec![b'x'; 5_000], ..receipt() }),
            "huge-answer" => return Ok(Receipt { handle: vec![b'x'; 40 << 20], ..receipt() }),
            "follows-receipt" => {
                let handle = settings.get("url").into_bytes();
                return meaning(answer).map(|()| Receipt { handle, ..receipt() });
            }
            "no-receipt" => return Ok(Receipt { handle: Vec::new(), ..receipt() }),
            "unfinished-huge" => {
                let huge = Receipt { handle: vec![b'x'; 20 << 20], ..receipt() };
                return Err(Error::Unfinished((huge, "there is more to come".into())));
            }
            "long-wait" => return Err(Error::RateLimited((Lane::Destination, u64::MAX))),
            "moves" => return Err(Error::Moved(settings.get("text"))),
            _ => {}
        }
        match answer {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(receipt()),
            Ok(answer) => Err(Error::Rejected(format!("{} {}", answer.status, shown(&answer)))),
            Err(http::Error::NotSent(why)) => Err(Error::Transient(why)),
            Err(http::Error::NoAnswer(why)) => Err(Error::Uncertain(why)),
            Err(error) => Err(Error::Rejected(format!("{error:?}"))),
        }
    }

    fn update(receipt: Receipt, _: Posting, target: Target, _: Attempt) -> Result<Receipt, Error> {
        let settings = Settings(target.settings);
        misbehave(&settings.mode());
        misbehave_later(&settings.mode());
        follow(&settings, &receipt)?;
        Ok(receipt)
    }

    fn retract(
        receipt: Receipt,
        mode: RetractMode,
        _: Posting,
        target: Target,
        _: Attempt,
    ) -> Result<Option<Receipt>, Error> {
        let settings = Settings(target.settings);
        misbehave(&settings.mode());
        misbehave_later(&settings.mode());
        follow(&settings, &receipt)?;
        Ok(match mode {
            RetractMode::MarkClosed(Ending::Filled | Ending::Closed | Ending::Expired) => Some(receipt),
            RetractMode::Delete => None,
        })
    }

    fn locate(_: Posting, target: Target, _: Attempt) -> Result<Located, Error> {
        misbehave(&Settings(target.settings).mode());
        Ok(Located::Unknowable)
    }

    fn check(receipt: Receipt, _: Posting, target: Target, _: Context) -> Result<Presence, Error> {
        let settings = Settings(target.settings);
        misbehave(&settings.mode());
        follow(&settings, &receipt)?;
        Ok(Presence::Present)
    }

    fn adopt(reference: String, _: Posting, target: Target, _: Context) -> Result<Receipt, Error> {
        misbehave(&Settings(target.settings).mode());
        Ok(Receipt { handle: reference.into_bytes(), ..receipt() })
    }
}

/// The misdeeds that need no request.
fn misbehave(mode: &str) {
    match mode {
        "loop" => forever(),
        "memory" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(std::hint::black_box(vec![1u8; 1 << 20]));
            }
        }
        "recursion" => {
            std::hint::black_box(deeper(1));
        }
        "trap" => std::process::abort(),
        "panic" => panic!("I have had enough"),
        "many-logs" => {
            for _ in 0..1_000_000 {
                log::write(log::Level::Debug, "again", &[]);
            }
        }
        _ => {}
    }
}

/// The misdeeds that wait until there is a copy.
fn misbehave_later(mode: &str) {
    match mode {
        "trap-later" => std::process::abort(),
        "loop-later" => forever(),
        _ => {}
    }
}

/// What some plugins can't do with a copy, and a request to where the copy is: the receipt says it.
fn follow(settings: &Settings, receipt: &Receipt) -> Result<(), Error> {
    match settings.mode().as_str() {
        "only-publishes" => Err(Error::Unsupported),
        "follows-receipt" => {
            let url = String::from_utf8_lossy(&receipt.handle);
            let request = Request { url: pieces(&url), ..request(Method::Post, settings, b"x".to_vec()) };
            meaning(http::send(&request))
        }
        _ => Ok(()),
    }
}

/// As the SDK has it: what the host denies is a setting that doesn't do.
fn meaning(answer: Result<http::Response, http::Error>) -> Result<(), Error> {
    let invalid = |message| {
        let pointer = String::new();
        Err(Error::InvalidSettings(vec![FieldError { pointer, message }]))
    };
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) if [401, 403].contains(&answer.status) => Err(Error::Unauthorized("not here".into())),
        Ok(answer) => Err(Error::Rejected(answer.status.to_string())),
        Err(http::Error::Denied(why)) => invalid(why),
        Err(http::Error::NotSent(why)) => Err(Error::Transient(why)),
        Err(error) => Err(Error::Uncertain(format!("{error:?}"))),
    }
}

fn forever() -> ! {
    let mut n = 0u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}

#[expect(unconditional_recursion, reason = "that is the misdeed")]
fn deeper(n: u64) -> u64 {
    std::hint::black_box(deeper(std::hint::black_box(n + 1))) + 1
}

fn get(settings: &Settings) -> Result<http::Response, http::Error> {
    match settings.mode().as_str() {
        "many-requests" => {
            let mut last = Err(http::Error::BudgetExhausted);
            for _ in 0..10_000 {
                last = http::send(&request(Method::Get, settings, Vec::new()));
                if matches!(last, Err(http::Error::BudgetExhausted)) {
                    break;
                }
            }
            last
        }
        "big-request" => http::send(&request(Method::Post, settings, vec![b'x'; 20 << 20])),
        "multipart" => send_part(settings, Part { name: "a\"\r\nX-Evil: 1".into(), ..part() }),
        // `text` says which of its values does it: "filename=…" or "media-type=…"; a setting of one line has no CRLF.
        "part-injection" => {
            let text = settings.get("text").replace("CRLF", "\r\n");
            let (place, value) = text.split_once('=').unwrap_or((&text, ""));
            let filename = (place == "filename").then(|| value.to_owned());
            let media_type = (place == "media-type").then(|| value.to_owned());
            send_part(settings, Part { filename, media_type, ..part() })
        }
        "basic-in-url" => {
            let credentials = Credentials { user: "user".into(), secret: "token".into() };
            let mut url = pieces(&settings.get("url"));
            url.push(Piece::Basic(credentials));
            http::send(&Request { url, ..request(Method::Get, settings, Vec::new()) })
        }
        // Each item points at the same memory: cheap for the guest, dear for a host that copies.
        "amplify" => {
            let text = "x".repeat(1 << 20);
            let piece = Piece::Text(text);
            let pieces: Vec<Piece> = std::iter::repeat_with(|| clone(&piece)).take(40).collect();
            http::send(&Request { url: pieces, ..request(Method::Get, settings, Vec::new()) })
        }
        "header" => {
            let text = settings.get("text");
            let (name, value) = text.split_once('=').unwrap_or((&text, ""));
            let headers = vec![(name.to_owned(), pieces(value))];
            http::send(&Request { headers, ..request(Method::Get, settings, Vec::new()) })
        }
        _ => http::send(&request(Method::Get, settings, Vec::new())),
    }
}

fn part() -> Part {
    Part { name: "photo".into(), filename: None, media_type: None, content: b"value".to_vec() }
}

fn send_part(settings: &Settings, part: Part) -> Result<http::Response, http::Error> {
    http::send(&Request { body: Body::Multipart(vec![part]), ..request(Method::Post, settings, Vec::new()) })
}

fn clone(piece: &Piece) -> Piece {
    match piece {
        Piece::Text(text) => Piece::Text(text.clone()),
        Piece::Secret(name) => Piece::Secret(name.clone()),
        Piece::Basic(credentials) => Piece::Basic(credentials.clone()),
    }
}

fn request(method: Method, settings: &Settings, body: Vec<u8>) -> Request {
    Request {
        method,
        url: pieces(&settings.get("url")),
        headers: Vec::new(),
        body: if body.is_empty() { Body::Empty } else { Body::Bytes(body) },
        effect: if method == Method::Get { Effect::Reads } else { Effect::Acts },
        timeout_ms: Some(700),
        extra: Vec::new(),
    }
}

/// `{token}` becomes the secret; `{NAME}` any other.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        pieces.push(Piece::Text(before.into()));
        pieces.push(Piece::Secret(name.into()));
        rest = after;
    }
    pieces.push(Piece::Text(rest.into()));
    pieces
}

fn shown(answer: &http::Response) -> String {
    let headers: Vec<String> = answer.headers.iter().filter(|(n, _)| n == "x-echo").map(|(_, v)| v.clone()).collect();
    format!("{} {}", headers.join(","), String::from_utf8_lossy(&answer.body).chars().take(150).collect::<String>())
}

fn receipt() -> Receipt {
    Receipt { handle: b"1".to_vec(), url: None, extra: Vec::new() }
}

fn preview(content: String) -> Preview {
    Preview {
        format: "text".into(),
        length: 1,
        limit: 10,
        unit: "characters".into(),
        warnings: Vec::new(),
        content,
        extra: Vec::new(),
    }
}

fn mail_message() -> mail::Message {
    mail::Message { subject: "s".into(), html: String::new(), text: "t".into(), extra: Vec::new() }
}

/// The settings' JSON, read without a JSON library: the plugin stays small, and its values are simple.
struct Settings(String);

impl Settings {
    fn mode(&self) -> String {
        self.get("mode")
    }

    fn get(&self, name: &str) -> String {
        let Some((_, rest)) = self.0.split_once(&format!("\"{name}\":\"")) else { return String::new() };
        let mut value = String::new();
        let mut characters = rest.chars();
        while let Some(c) = characters.next() {
            match c {
                '"' => break,
                '\\' => match characters.next() {
                    Some('n') => value.push('\n'),
                    Some('r') => value.push('\r'),
                    Some(other) => value.push(other),
                    None => break,
                },
                '¶' => value.push_str("\r\n"),
                c => value.push(c),
            }
        }
        value
    }
}
