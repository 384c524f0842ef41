//! What leaves, what doesn't, and what comes back without secrets.

use std::sync::Arc;

use serde_json::{Value, json};
use tablon_publisher::Plugin;

use crate::fixture::{TOKEN, attempt, hostile, hostile_with, posting, secrets, target, told};
use crate::server::{Manner, Platform, answer, ok};

/// What `verify` says of a GET to `url`.
async fn get(plugin: &Arc<Plugin>, base: &str, more: Value) -> String {
    told(plugin, &target("", base, more)).await
}

#[tokio::test]
async fn a_secret_goes_in_verbatim_and_comes_back_scrubbed() {
    let platform = Platform::start(&[Manner::Echo]).await;
    let plugin = hostile().await;
    let url = format!("{}/bot{{token}}/getMe", platform.base);
    let said = get(&plugin, &platform.base, json!({ "url": url })).await;
    assert!(platform.requests()[0].starts_with(&format!("GET /bot{TOKEN}/getMe ")), "{:?}", platform.requests());
    assert!(said.contains("/bot[secret]/getMe"), "{said}");
    assert!(!said.contains("s3cr3t"), "{said}");
}

#[tokio::test]
async fn a_secret_in_a_header_is_scrubbed_too() {
    let platform = Platform::start(&[Manner::Echo]).await;
    let more = json!({ "text": "authorization=Bearer {token}" });
    let said = told(&hostile().await, &target("header", &platform.base, more)).await;
    assert!(platform.requests()[0].contains(&format!("authorization: Bearer {TOKEN}")), "{:?}", platform.requests());
    assert!(said.contains("Bearer [secret]") && !said.contains("s3cr3t"), "{said}");
}

#[tokio::test]
async fn a_secret_that_a_plugin_came_to_know_shows_in_no_error_and_no_log_line() {
    // A careless admin has typed it into a setting, too.
    let platform = Platform::start(&[answer("400 Bad Request", &[], TOKEN)]).await;
    let plugin = hostile().await;
    for mode in ["", "tells", "panics-with"] {
        let target = target(mode, &platform.base, json!({ "text": format!("it is {TOKEN}!") }));
        let call = plugin.publish(&posting(), &target, &secrets(), &attempt()).await;
        let said = format!("{:?}", call.result.unwrap_err());
        assert!(said.contains("[secret]") && !said.contains("s3cr3t"), "{mode}: {said}");
    }

    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_max_level(tracing::Level::TRACE).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    told(&plugin, &target("log-secret", &platform.base, json!({ "text": format!("it is {TOKEN}!") }))).await;
    let lines = log.text();
    assert!(lines.contains("it is [secret]!") && lines.contains("field="), "{lines}");
    assert!(!lines.contains("s3cr3t"), "{lines}");
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_secret_cut_by_the_answers_limit_does_not_show_its_beginning() {
    let limit = 4096;
    let plugin = hostile_with(|options| options.limits.answer = limit).await;
    let body = format!("{}{TOKEN}{}", "x".repeat(limit - 5), "y".repeat(10_000));
    let platform = Platform::start(&[ok(&body)]).await;
    // The whole body goes to the guest; it shows the beginning only, so it is the host's cut that counts.
    let said = get(&plugin, &platform.base, json!({})).await;
    assert!(said.starts_with("200 true "), "{said}");
    assert!(!said.contains("1234"), "{said}");
}

#[tokio::test]
async fn a_host_outside_the_manifest_is_denied() {
    let plugin = hostile().await;
    let platform = Platform::start(&[ok("")]).await;
    for url in [
        "https://evil.example/",
        "http://127.0.0.1:1/",
        "https://API.example.org.evil.example/",
        "https://api.example.org:8443/",
    ] {
        let said = get(&plugin, &platform.base, json!({ "url": url })).await;
        assert!(said.contains("Denied") && said.contains("not among the hosts"), "{url}: {said}");
    }
    assert!(platform.requests().is_empty());
}

#[tokio::test]
async fn a_secret_goes_to_no_origin_it_is_not_bound_to() {
    let platform = Platform::start(&[ok("")]).await;
    let other = Platform::start(&[ok("")]).await;
    let plugin = hostile().await;
    let more = |url: String| json!({ "url": url, "other_url": other.base });
    let said = get(&plugin, &platform.base, more(format!("{}/{{token}}", other.base))).await;
    assert!(said.contains("may not be sent to"), "{said}");
    assert!(get(&plugin, &platform.base, more(format!("{}/x", other.base))).await.starts_with("200"));
    let more = json!({ "url": other.base, "other_url": other.base, "text": "x-key={token}" });
    let said = told(&plugin, &target("header", &platform.base, more)).await;
    assert!(said.contains("may not be sent to"), "{said}");
    assert_eq!(other.requests().len(), 1);
    assert!(!other.requests()[0].contains("s3cr3t"));
}

#[tokio::test]
async fn a_secret_that_would_change_the_authority_goes_nowhere() {
    let platform = Platform::start(&[ok("")]).await;
    let plugin = hostile().await;
    for (secret, url) in [
        ("@evil.example/", "https://api.example.org{token}"),
        ("x@evil.example", "https://{token}/"),
        ("evil.example#", "https://{token}.api.example.org/"),
        ("\\\\evil.example", "https:{token}/"),
    ] {
        let target = target("", &platform.base, json!({ "url": url }));
        let call = plugin.verify(&target, &[("token", secret)].into_iter().collect()).await;
        let label = call.result.unwrap().account.label;
        assert!(label.contains("Denied") || label.contains("InvalidRequest"), "{secret}: {label}");
        assert!(!label.contains(secret), "{label}");
    }
}

#[tokio::test]
async fn a_secret_that_is_not_declared_is_denied() {
    let platform = Platform::start(&[ok("")]).await;
    let said = get(&hostile().await, &platform.base, json!({ "url": format!("{}/{{other}}", platform.base) })).await;
    assert!(said.contains("declares no secret named other"), "{said}");
}

#[tokio::test]
async fn a_header_cannot_smuggle_another() {
    let platform = Platform::start(&[ok("")]).await;
    let plugin = hostile().await;
    for text in
        ["x-a=1¶x-evil: 1", "x-a¶x-evil=1", "host=evil.example", "content-length=0", "transfer-encoding=chunked", "=1"]
    {
        let said = told(&plugin, &target("header", &platform.base, json!({ "text": text }))).await;
        assert!(said.contains("InvalidRequest"), "{text}: {said}");
    }
    let url = format!("{}/a HTTP/1.1¶x-evil: 1", platform.base);
    assert!(get(&plugin, &platform.base, json!({ "url": url })).await.contains("InvalidRequest"));
    let said = told(&plugin, &target("multipart", &platform.base, json!({}))).await;
    assert!(said.starts_with("200"), "{said}");
    assert!(platform.requests()[0].contains(r#"name="a%22%0D%0AX-Evil: 1""#), "{:?}", platform.requests());
}

#[tokio::test]
async fn addresses_of_this_machine_are_denied_in_every_notation() {
    let platform = Platform::start(&[ok("")]).await;
    let plugin = hostile_with(|options| options.allow_networks.clear()).await;
    let port = platform.base.rsplit(':').next().unwrap().to_owned();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "169.254.169.254",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "017700000001",
        "127.0.0.1.",
        "LOCALHOST",
    ] {
        for scheme in ["http", "https"] {
            let base = format!("{scheme}://{host}:{port}");
            let said = get(&plugin, &base, json!({})).await;
            assert!(said.contains("Denied") && said.contains("hasn't allowed"), "{base}: {said}");
        }
    }
    assert!(platform.requests().is_empty());
}

#[tokio::test]
async fn plain_http_to_the_public_internet_is_denied() {
    let said = get(&hostile().await, "http://149.154.167.220", json!({})).await;
    assert!(said.contains("unencrypted"), "{said}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Platform::start(&[ok("")]).await;
    let location = format!("Location: {}/", elsewhere.base);
    let platform = Platform::start(&[answer("307 Temporary Redirect", &[&location], "")]).await;
    let said = get(&hostile().await, &platform.base, json!({ "other_url": elsewhere.base })).await;
    assert!(said.starts_with("307"), "{said}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_long_answer_is_cut() {
    let platform = Platform::start(&[Manner::Long(10 << 20)]).await;
    assert!(get(&hostile().await, &platform.base, json!({})).await.starts_with("200 true"));
}

#[tokio::test]
async fn requests_beyond_the_budget_do_not_leave() {
    let platform = Platform::start(&[ok("")]).await;
    let said = told(&hostile().await, &target("many-requests", &platform.base, json!({}))).await;
    assert!(said.contains("BudgetExhausted"), "{said}");
    assert_eq!(platform.requests().len(), 24);
}

#[tokio::test]
async fn a_request_beyond_the_limit_does_not_leave() {
    let platform = Platform::start(&[ok("")]).await;
    let said = told(&hostile().await, &target("big-request", &platform.base, json!({}))).await;
    assert!(said.contains("longer than"), "{said}");
    assert!(platform.requests().is_empty());
}

#[tokio::test]
async fn a_part_can_not_begin_another_header() {
    let platform = Platform::start(&[ok("")]).await;
    let plugin = hostile().await;
    let part =
        async |text: &str| told(&plugin, &target("part-injection", &platform.base, json!({ "text": text }))).await;
    let said = part("media-type=text/plainCRLFX-Evil: 1").await;
    assert!(said.contains("media type"), "{said}");
    assert!(platform.requests().is_empty());
    assert!(part("filename=a\"CRLFX-Evil: 1").await.starts_with("200"));
    assert!(part("media-type=image/png").await.starts_with("200"));
    let requests = platform.requests();
    assert!(!requests[0].contains("\nX-Evil") && requests[0].contains("%0D%0AX-Evil"), "{}", requests[0]);
    assert!(requests[1].contains("\r\nContent-Type: image/png\r\n\r\nvalue\r\n"), "{}", requests[1]);
}

#[tokio::test]
async fn credentials_stand_in_headers_only() {
    let platform = Platform::start(&[ok("")]).await;
    let url = format!("{}/", platform.base);
    let said = told(&hostile().await, &target("basic-in-url", &platform.base, json!({ "url": url }))).await;
    assert!(said.contains("belong into a header"), "{said}");
    assert!(platform.requests().is_empty());
}

#[tokio::test]
async fn what_is_remembered_is_bounded() {
    let platform = Platform::start(&[ok("")]).await;
    let said = told(&hostile().await, &target("remember-much", &platform.base, json!({}))).await;
    assert!(said.contains("16384 are allowed"), "{said}");
}

#[tokio::test]
async fn signing_shows_no_secret_and_mail_says_it_is_not_there() {
    let plugin = hostile().await;
    let said = told(&plugin, &target("sign", "http://127.0.0.1:9", json!({}))).await;
    assert!(said.starts_with("Ok([") && said.matches(',').count() == 31, "{said}");
    let said = told(&plugin, &target("sign-unknown", "http://127.0.0.1:9", json!({}))).await;
    assert!(said.contains("Denied"), "{said}");
    let said = told(&plugin, &target("mail", "http://127.0.0.1:9", json!({}))).await;
    assert!(said.contains("asks for no mail"), "{said}");
}

#[tokio::test]
async fn a_link_that_is_none_is_dropped() {
    let platform = Platform::start(&[ok("")]).await;
    let plugin = hostile().await;
    let link = async |text: &str| {
        let target = target("link", &platform.base, json!({ "text": text }));
        plugin.verify(&target, &secrets()).await.result.unwrap().account.url
    };
    assert_eq!(link("https://t.me/acme").await.as_deref(), Some("https://t.me/acme"));
    assert_eq!(link("javascript:alert(1)").await, None);
    assert_eq!(link(&format!("https://evil.example/{TOKEN}")).await, None);
}

#[tokio::test]
async fn lanes_follow_the_credential_and_the_place() {
    let plugin = hostile().await;
    let key = [1; 32];
    let lanes = |base: &str, token: &str| {
        let secrets = [("token", token)].into_iter().collect();
        plugin.lane_keys(uuid::Uuid::nil(), &json!({ "base_url": base }), &secrets, &key)
    };
    let one = lanes("https://a.example", "aaaa");
    assert_eq!(one, lanes("https://a.example", "aaaa"));
    assert_eq!(one.credential, lanes("https://b.example", "aaaa").credential);
    assert_ne!(one.destination, lanes("https://b.example", "aaaa").destination);
    assert_ne!(one.credential, lanes("https://a.example", "bbbb").credential);
    assert!(!format!("{one:?}").contains("aaaa"));
    assert_eq!(plugin.lane_limits().credential[0].count, 1000);
}

#[tokio::test]
async fn a_changed_address_needs_the_secret_anew() {
    let plugin = hostile().await;
    let settings = |base: &str, mode: &str| json!({ "base_url": base, "mode": mode });
    let rebound =
        |new: &serde_json::Value| plugin.secrets_rebound(&settings("https://a.example/x", "1"), new, &secrets());
    assert!(rebound(&settings("https://a.example/y", "2")).is_empty());
    assert_eq!(rebound(&settings("https://evil.example", "1")), ["token"]);
}

#[tokio::test]
async fn a_preview_never_waits_for_a_secret() {
    let platform = Platform::start(&[ok("")]).await;
    let call = hostile().await.render(&posting(), &target("", &platform.base, json!({}))).await;
    assert_eq!(call.result.unwrap()[0].content, posting().title);
    assert!(platform.requests().is_empty());
}
