//! A board behind reverse proxies, which send what real ones were seen to send.

use tablon_testkit::Backend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::board::{Board, MODERATOR, PASSWORD, Program};

/// The base address of the board.
const BASE: &str = "http://jobs.example.org";
/// The host of the board itself.
const OWN: &str = "jobs.acme.example";
/// Whoever asks.
const VISITOR: &str = "198.51.100.7";

/// A reverse proxy on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proxy {
    /// nginx 1.22 with `proxy_pass` alone.
    Nginx,
    /// The same with the lines of the README.
    NginxAsShown,
    /// The same with `X-Forwarded-Host` instead of `Host`, and an address that can't be read.
    NginxForwardedHost,
    /// Apache 2.4 with `ProxyPass` alone.
    Apache,
    /// The same with `ProxyPreserveHost On`.
    ApacheAsShown,
    /// Caddy 2.6 with `reverse_proxy` alone.
    Caddy,
    /// The same with `header_up Host {upstream_hostport}`.
    CaddyUpstreamHost,
}

impl Proxy {
    const ALL: [Self; 7] = [
        Self::Nginx,
        Self::NginxAsShown,
        Self::NginxForwardedHost,
        Self::Apache,
        Self::ApacheAsShown,
        Self::Caddy,
        Self::CaddyUpstreamHost,
    ];

    /// Whether the proxy tells which host was asked for.
    fn tells_the_host(self) -> bool {
        self != Self::Nginx
    }

    /// The beginning of the request that it makes of a visitor's request for `host`.
    fn head(self, line: &str, host: &str, backend: &str) -> String {
        match self {
            Self::Nginx => format!("{line} HTTP/1.0\r\nHost: {backend}\r\nConnection: close\r\n"),
            Self::NginxAsShown => {
                format!("{line} HTTP/1.0\r\nHost: {host}\r\nX-Forwarded-For: {VISITOR}\r\nConnection: close\r\n")
            }
            Self::NginxForwardedHost => format!(
                "{line} HTTP/1.0\r\nX-Forwarded-Host: {host}\r\nX-Forwarded-For: unknown\r\nHost: {backend}\r\nConnection: \
                 close\r\n"
            ),
            Self::Apache | Self::ApacheAsShown => {
                let named = if self == Self::Apache { backend } else { host };
                format!(
                    "{line} HTTP/1.1\r\nHost: {named}\r\nX-Forwarded-For: {VISITOR}\r\nX-Forwarded-Host: {host}\r\n\
                     X-Forwarded-Server: localhost\r\nConnection: close\r\n"
                )
            }
            Self::Caddy | Self::CaddyUpstreamHost => {
                let named = if self == Self::Caddy { host } else { backend };
                format!(
                    "{line} HTTP/1.1\r\nHost: {named}\r\nUser-Agent: curl/7.88.1\r\nX-Forwarded-For: {VISITOR}\r\n\
                     X-Forwarded-Host: {host}\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n"
                )
            }
        }
    }
}

/// What came back.
struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    #[track_caller]
    fn expect(self, status: u16, what: &str) -> Self {
        assert_eq!(self.status, status, "{what}: {}", self.text);
        self
    }

    /// The value of the first cookie that is set.
    fn cookie(&self) -> &str {
        let line = self
            .text
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .unwrap_or_else(|| panic!("{}", self.text));
        line.split(';').next().unwrap_or_default()
    }

    /// The token of the form.
    fn token(&self) -> &str {
        let after = self.text.split("name=\"csrf\" value=\"").nth(1).unwrap_or_else(|| panic!("{}", self.text));
        after.split('"').next().unwrap_or_default()
    }
}

/// A visitor's request by way of a proxy; `more` are the visitor's own headers.
async fn through(board: &Board, proxy: Proxy, line: &str, host: &str, more: &str, body: &str) -> Answer {
    let backend = board.url("").replace("http://", "");
    let mut connection = TcpStream::connect(&backend).await.expect("connected");
    let mut request = proxy.head(line, host, &backend) + more;
    if !body.is_empty() {
        let form = "Content-Type: application/x-www-form-urlencoded";
        request.push_str(&format!("{form}\r\nContent-Length: {}\r\n", body.len()));
    }
    connection.write_all(format!("{request}\r\n{body}").as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.expect("an answer");
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{text}"));
    Answer { status, text }
}

/// A board with a host of its own, whose base address is [`BASE`].
async fn board() -> Board {
    let mut program = Program::new(Backend::Sqlite).await;
    program.set("TABLON_BASE_URL", BASE);
    let board = Board::start_logged(program).await;
    board.program().json(&["tenant", "create", "rival", "--name", "Rivals", "--host", OWN], "");
    board
}

#[tokio::test]
async fn behind_every_proxy_the_boards_are_shown_and_one_can_log_in() {
    let board = board().await;
    for proxy in Proxy::ALL {
        let what = format!("{proxy:?}");
        let page = through(&board, proxy, "GET /t/acme/", "jobs.example.org", "", "").await.expect(200, &what);
        assert!(page.text.contains("Acme devs"), "{what}: {}", page.text);
        let page = through(&board, proxy, "GET /", OWN, "", "").await.expect(200, &what);
        assert!(page.text.contains("Rivals"), "{what}: {}", page.text);
        // Without the host, the base address is all that can be served: its boards' list.
        let lists_all = page.text.contains("Acme devs");
        assert_eq!(lists_all, !proxy.tells_the_host(), "{what}: {}", page.text);

        let form = through(&board, proxy, "GET /login", "jobs.example.org", "", "").await.expect(200, &what);
        let sent = format!(
            "csrf={}&email={}&password={}",
            form.token(),
            MODERATOR.replace('@', "%40"),
            PASSWORD.replace(' ', "+")
        );
        let cookie = format!("Cookie: {}\r\n", form.cookie());
        for (origin, status) in [(BASE, 303), ("http://jobs.acme.example", 403)] {
            let headers = format!("{cookie}Origin: {origin}\r\nSec-Fetch-Site: same-origin\r\n");
            let answer = through(&board, proxy, "POST /login", "jobs.example.org", &headers, &sent).await;
            let answer = answer.expect(status, &what);
            assert_eq!(answer.text.contains("location: /t/acme/admin"), status == 303, "{what}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_host_that_is_nobodys_is_refused_and_logged_once_with_what_to_set() {
    let board = board().await;
    for _ in 0..3 {
        for proxy in [Proxy::NginxAsShown, Proxy::ApacheAsShown, Proxy::Caddy] {
            let answer = through(&board, proxy, "GET /t/acme/", "typo.example.net", "", "").await;
            answer.expect(404, &format!("{proxy:?}"));
        }
        // These name this machine: the base address is served, and the log says that the host is nobody's.
        for proxy in [Proxy::NginxForwardedHost, Proxy::Apache, Proxy::CaddyUpstreamHost] {
            let answer = through(&board, proxy, "GET /t/acme/", "other.example.net", "", "").await;
            answer.expect(200, &format!("{proxy:?}"));
        }
        through(&board, Proxy::Nginx, "GET /t/acme/", "never.example.net", "", "").await.expect(200, "nginx");
    }
    let log = board.log();
    for host in ["typo.example.net", "other.example.net"] {
        let told: Vec<&str> = log.lines().filter(|line| line.contains(host)).collect();
        assert_eq!(told.len(), 1, "{log}");
        for word in ["WARN", "TABLON_BASE_URL", "hosts", "Host header", "tablon doctor"] {
            assert!(told[0].contains(word), "{word}: {}", told[0]);
        }
    }
    assert!(!log.contains("never.example.net"), "nobody told: {log}");
}

#[tokio::test]
async fn an_address_that_a_proxy_does_not_know_is_throttled_all_the_same() {
    let board = board().await;
    let mut statuses = Vec::new();
    for _ in 0..65 {
        let answer =
            through(&board, Proxy::NginxForwardedHost, "POST /login", "jobs.example.org", "", "email=a&password=b")
                .await;
        statuses.push(answer.status);
    }
    assert_eq!((statuses[0], statuses[64]), (403, 429), "{statuses:?}");
    // A visitor whose address is known is not concerned.
    let other = through(&board, Proxy::Caddy, "POST /login", "jobs.example.org", "", "email=a&password=b").await;
    other.expect(403, "Caddy");
}

#[tokio::test]
async fn doctor_says_how_a_proxy_is_set_up() {
    let mut program = Program::new(Backend::Sqlite).await;
    program.set("TABLON_BASE_URL", "https://jobs.example.org");
    let findings = program.json(&["doctor"], "");
    let proxy = findings.as_array().expect("a list").iter().find(|one| one["check"] == "proxy").expect("a finding");
    let says = proxy["message"].as_str().expect("text");
    for line in ["proxy_set_header Host $host", "proxy_set_header X-Forwarded-For", "ProxyPreserveHost On", "Caddy"] {
        assert!(says.contains(line), "{line}: {says}");
    }
}
