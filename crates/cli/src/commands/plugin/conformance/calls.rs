//! Calls that send: the right error for whatever the platform does.

use std::fmt::Debug;

use tablon_publisher::{Call, CallError, Ending, Receipt, Repeat, RetractMode};

use super::Bench;
use super::platform::{Mood, Platform, RETRY_AFTER};
use super::report::Report;
use super::samples::{attempt, edited, ordinary, unusual};

/// How much later than the platform asks a plugin may come back, in milliseconds.
const SLACK: u64 = 3_000;
const REFUSALS: [u16; 7] = [400, 401, 403, 404, 410, 429, 500];

/// Operations that change something at the platform.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Publish,
    Update,
    Delete,
    Close,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Update => "update",
            Self::Delete => "retract (delete)",
            Self::Close => "retract (mark as filled)",
        }
    }
}

/// What an operation came to, whatever it gives.
struct Outcome {
    /// A receipt, none where the copy is gone.
    result: Result<Option<Receipt>, CallError>,
}

pub(super) async fn check(bench: &Bench, report: &mut Report) {
    verify(bench, report).await;
    let Some(receipt) = publish(bench, report).await else { return };
    refusals(bench, report, Operation::Publish, &receipt).await;
    let features = bench.plugin.description().features;
    for (operation, is_offered) in [
        (Operation::Update, features.update),
        (Operation::Delete, features.retract),
        (Operation::Close, features.retract),
    ] {
        if is_offered {
            refusals(bench, report, operation, &receipt).await;
        } else {
            not_offered(bench, report, operation, &receipt).await;
        }
    }
    questions(bench, report, &receipt).await;
    strangers(bench, report).await;
}

/// What `call` came to is no fault of the plugin's.
fn no_fault<T: Debug>(report: &mut Report, check: &str, call: &Call<T>) {
    let fault = match &call.result {
        Err(CallError::PluginFault(fault) | CallError::FaultAfterSending(fault)) => Some(fault.to_string()),
        _ => None,
    };
    report.check(check, fault.is_none(), || fault.unwrap_or_default());
}

async fn verify(bench: &Bench, report: &mut Report) {
    let target = bench.samples.target(bench.platform.base(), "en");
    let secrets = bench.samples.secrets(bench.platform.base());
    bench.platform.set(Mood::Well);
    let call = bench.plugin.verify(&target, &secrets).await;
    let complaints = bench.platform.complaints();
    report.check("verify: all is well", call.result.is_ok() && complaints.is_empty(), || told(&call, &complaints));

    bench.platform.set(Mood::Refusing(401));
    let call = bench.plugin.verify(&target, &secrets).await;
    let asked = !bench.platform.requests().is_empty();
    let right = matches!(call.result, Err(CallError::Unauthorized(_) | CallError::InvalidSettings(_)));
    // Where a look proves little, a warning says so.
    let warned = call.result.as_ref().is_ok_and(|verified| !asked || !verified.warnings.is_empty());
    report.check("verify: 401", right || warned, || told(&call, &[]));

    bench.platform.set(Mood::Losing);
    let call = bench.plugin.verify(&target, &secrets).await;
    no_fault(report, "verify: the answer is lost", &call);
}

/// The receipt of a copy, with which the rest is checked.
async fn publish(bench: &Bench, report: &mut Report) -> Option<Receipt> {
    let target = bench.samples.target(bench.platform.base(), "en");
    let secrets = bench.samples.secrets(bench.platform.base());
    bench.platform.set(Mood::Well);
    let call = bench.plugin.publish(&ordinary(), &target, &secrets, &attempt(1)).await;
    let complaints = bench.platform.complaints();
    report.check("publish: all is well", call.result.is_ok() && complaints.is_empty(), || told(&call, &complaints));
    let receipt = call.result.ok()?;

    let previews = bench.plugin.render(&ordinary(), &target).await.result.unwrap_or_default();
    let sent = bench.platform.requests();
    let is_in = |content: &str| sent.iter().any(|request| carries(&request.body, content));
    // A mail and an embed are made of parts, which no request holds as one text.
    let missing = previews.iter().find(|preview| preview.format == "text" && !is_in(&preview.content));
    report.check("publish: sends what render shows", missing.is_none(), || {
        "no request holds the previewed text".to_owned()
    });

    let words = format!("{receipt:?}");
    let shown = secrets.names().find(|name| secrets.get(name).is_some_and(|secret| words.contains(secret)));
    report.check("publish: the receipt holds no secret", shown.is_none(), String::new);
    Some(receipt)
}

/// Whether a body is this text, or JSON that holds it.
fn carries(body: &[u8], text: &str) -> bool {
    fn holds(value: &serde_json::Value, text: &str) -> bool {
        match value {
            serde_json::Value::String(held) => held == text,
            serde_json::Value::Array(items) => items.iter().any(|item| holds(item, text)),
            serde_json::Value::Object(map) => map.values().any(|item| holds(item, text)),
            _ => false,
        }
    }
    let is_whole = body.windows(text.len().max(1)).any(|part| part == text.as_bytes());
    is_whole || serde_json::from_slice(body).is_ok_and(|json| holds(&json, text))
}

async fn refusals(bench: &Bench, report: &mut Report, operation: Operation, receipt: &Receipt) {
    let here = bench.platform.base();
    for status in REFUSALS {
        bench.platform.set(Mood::Refusing(status));
        let outcome = call(bench, operation, receipt, here).await;
        let heading = if status == 429 { "429 with Retry-After".to_owned() } else { status.to_string() };
        let check = format!("{}: {heading}", operation.name());
        report.check(check, outcome.answers(status, operation), || outcome.told(expected(status)));
    }

    if let Ok(nobody) = Platform::nobody().await {
        let outcome = call(bench, operation, receipt, &nobody).await;
        // The copy's receipt may hold the address it went to, at which the platform still is.
        let elsewhere = operation != Operation::Publish && !bench.platform.requests().is_empty();
        let right = matches!(outcome.result, Err(CallError::Transient(_))) || elsewhere;
        report.check(format!("{}: nobody is there", operation.name()), right, || outcome.told("transient"));
    }

    bench.platform.set(Mood::Losing);
    let outcome = call(bench, operation, receipt, here).await;
    let check = format!("{}: the answer is lost", operation.name());
    let right = match outcome.result {
        Err(CallError::Uncertain(_)) => true,
        // These may simply be repeated.
        Err(CallError::Transient(_)) => operation != Operation::Publish,
        _ => false,
    };
    report.check(check, right, || outcome.told("uncertain"));
    if operation == Operation::Publish {
        let sent = bench.platform.requests().iter().filter(|request| request.is_mutating()).count();
        let target = bench.samples.target(here, "en");
        let may = bench.plugin.repeats(&target, &bench.samples.secrets(here)).await != Repeat::Never;
        report.check("publish: nothing is sent twice on a guess", sent <= 1 || may, || {
            format!("{sent} requests went out, although nothing tells the platform that they are the same")
        });
    }

    bench.platform.set(Mood::Echoing);
    let outcome = call(bench, operation, receipt, here).await;
    let words = format!("{:?}", outcome.result);
    let secrets = bench.samples.secrets(here);
    let shown = secrets.names().find(|name| secrets.get(name).is_some_and(|secret| words.contains(secret)));
    report.check(format!("{}: no secret shows in a refusal", operation.name()), shown.is_none(), String::new);
}

/// What isn't among its features it refuses without asking anybody.
async fn not_offered(bench: &Bench, report: &mut Report, operation: Operation, receipt: &Receipt) {
    bench.platform.set(Mood::Well);
    let outcome = call(bench, operation, receipt, bench.platform.base()).await;
    let sent = bench.platform.requests().len();
    let right = matches!(outcome.result, Err(CallError::Unsupported)) && sent == 0;
    let check = format!("{}: isn't among its features, and is refused", operation.name());
    report.check(check, right, || format!("{} ({sent} requests)", outcome.told("unsupported")));
}

async fn call(bench: &Bench, operation: Operation, receipt: &Receipt, base: &str) -> Outcome {
    let (target, secrets) = (bench.samples.target(base, "en"), bench.samples.secrets(base));
    let plugin = &bench.plugin;
    let result = match operation {
        Operation::Publish => plugin.publish(&ordinary(), &target, &secrets, &attempt(1)).await.map(Some).result,
        Operation::Update => plugin.update(receipt, &edited(), &target, &secrets, &attempt(2)).await.map(Some).result,
        Operation::Delete => {
            plugin.retract(receipt, RetractMode::Delete, &ordinary(), &target, &secrets, &attempt(3)).await.result
        }
        Operation::Close => {
            let mode = RetractMode::MarkClosed(Ending::Filled);
            plugin.retract(receipt, mode, &ordinary(), &target, &secrets, &attempt(4)).await.result
        }
    };
    Outcome { result }
}

impl Outcome {
    fn answers(&self, status: u16, operation: Operation) -> bool {
        use CallError as E;
        let gone = matches!(status, 404 | 410) && operation != Operation::Publish;
        match &self.result {
            // To take away what is gone is done.
            Ok(None) => gone && operation != Operation::Update,
            Ok(Some(_)) => false,
            Err(E::Gone) => gone,
            Err(E::InvalidSettings(_)) => matches!(status, 400..=410),
            Err(E::Unauthorized(_)) => matches!(status, 400 | 401 | 403 | 404 | 410),
            Err(E::Rejected(_)) => matches!(status, 400 | 403 | 404 | 410),
            Err(E::RateLimited { ms, .. }) => {
                status == 429 && (RETRY_AFTER * 1000..=RETRY_AFTER * 1000 + SLACK).contains(ms)
            }
            // Some platforms answer 400 to what will be right later: a signature with a secret that is being changed.
            Err(E::Transient(_)) => matches!(status, 400 | 500),
            // A part of it was done before the refusal.
            Err(E::Unfinished { .. }) => matches!(status, 400..=429 | 500),
            Err(E::Uncertain(_)) => status == 500,
            Err(_) => false,
        }
    }

    fn told(&self, expected: &str) -> String {
        let came = match &self.result {
            Ok(_) => "it says that it is done".to_owned(),
            Err(error) => format!("it says {}: {error}", error.outcome()),
        };
        format!("{came}; expected: {expected}")
    }
}

fn expected(status: u16) -> &'static str {
    match status {
        400 => "rejected, invalid-settings, unauthorized or transient",
        401 => "unauthorized or invalid-settings",
        403 => "unauthorized, invalid-settings or rejected",
        404 | 410 => "gone for a copy, else invalid-settings, unauthorized or rejected",
        429 => "rate-limited for 7 seconds",
        _ => "transient or uncertain",
    }
}

/// Questions may be answered in any way but with a fault.
async fn questions(bench: &Bench, report: &mut Report, receipt: &Receipt) {
    let (target, secrets) =
        (bench.samples.target(bench.platform.base(), "en"), bench.samples.secrets(bench.platform.base()));
    for (mood, name) in
        [(Mood::Well, "all is well"), (Mood::Refusing(404), "404"), (Mood::Losing, "the answer is lost")]
    {
        bench.platform.set(mood);
        let call = bench.plugin.locate(&ordinary(), &target, &secrets, &attempt(1)).await;
        no_fault(report, &format!("locate: {name}"), &call);
        let call = bench.plugin.check(receipt, &ordinary(), &target, &secrets).await;
        no_fault(report, &format!("check: {name}"), &call);
    }
    bench.platform.set(Mood::Well);
    for url in ["https://elsewhere.example/1", "javascript:alert(1)", "", "\u{0}"] {
        let call = bench.plugin.adopt(url, &ordinary(), &target, &secrets).await;
        no_fault(report, &format!("adopt: {url:?}"), &call);
    }
    let foreign = Receipt { handle: b"\xff{not json".to_vec(), url: None };
    let call = bench.plugin.update(&foreign, &edited(), &target, &secrets, &attempt(2)).await;
    no_fault(report, "update: a receipt that can't be read", &call);
}

async fn strangers(bench: &Bench, report: &mut Report) {
    let (target, secrets) =
        (bench.samples.target(bench.platform.base(), "en"), bench.samples.secrets(bench.platform.base()));
    for (what, posting) in unusual() {
        bench.platform.set(Mood::Well);
        let call = bench.plugin.publish(&posting, &target, &secrets, &attempt(1)).await;
        let complaints = bench.platform.complaints();
        let right = matches!(call.result, Ok(_) | Err(CallError::Rejected(_))) && complaints.is_empty();
        report.check(format!("publish, {what}"), right, || told(&call, &complaints));
    }
}

fn told<T>(call: &Call<T>, complaints: &[String]) -> String {
    let came = match &call.result {
        Ok(_) => String::new(),
        Err(error) => format!("it says {}: {error}", error.outcome()),
    };
    [&[came][..], complaints].concat().into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
}
