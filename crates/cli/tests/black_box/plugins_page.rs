//! The operator's page *Plugins*: what the command line does with plugins, done in a browser, on a running board.

use std::collections::BTreeMap;

use reqwest::header::{ACCEPT_LANGUAGE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use tablon_testkit::Backend;

use crate::board::{Board, MODERATOR, PASSWORD};
use crate::plugin_author::variant;

const OPERATOR: &str = "op@example.org";

/// Somebody's browser, without scripts.
struct Browser {
    client: Client,
    base: String,
    cookies: BTreeMap<String, String>,
    language: &'static str,
    page: String,
}

/// An answer: its status, and where it leads.
struct Answer {
    status: u16,
    location: String,
    text: String,
}

impl Browser {
    async fn log_in(board: &Board, email: &str) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        #[expect(clippy::disallowed_methods, reason = "a test's client calls the board under test, not the world")]
        let client = Client::builder().no_proxy().redirect(Policy::none());
        // A server closes the connection of an upload that it refused before all of it came.
        let client = client.pool_max_idle_per_host(0).build().expect("a client");
        let base = board.url("");
        let (base, cookies) = (base.trim_end_matches('/').to_owned(), BTreeMap::new());
        let mut browser = Self { client, base, cookies, language: "en", page: String::new() };
        browser.get("/login").await;
        let form = [("email", email), ("password", PASSWORD), ("next", "")];
        assert_eq!(browser.send("/login", &form).await.status, 303);
        browser
    }

    async fn answer(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(COOKIE, cookies.join("; ")).header(ACCEPT_LANGUAGE, self.language);
        let answer = request.send().await.expect("an answer");
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(LOCATION).map(|to| to.to_str().expect("text").to_owned());
        let (status, location) = (answer.status().as_u16(), location.unwrap_or_default());
        let text = answer.text().await.expect("a page");
        self.page.clone_from(&text);
        Answer { status, location, text }
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.answer(self.client.get(format!("{}{path}", self.base))).await
    }

    fn token(&self) -> String {
        let token = self.page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        token.unwrap_or_else(|| panic!("no form on {}", self.page)).to_owned()
    }

    /// Sends a form of the last page.
    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token();
        let fields: Vec<_> = [("csrf", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.answer(self.client.post(format!("{}{path}", self.base)).form(&fields)).await
    }

    async fn upload_with(&mut self, token: String, bytes: Vec<u8>) -> Answer {
        let form = Form::new().text("csrf", token).part("file", Part::bytes(bytes).file_name("plugin.wasm"));
        self.answer(self.client.post(format!("{}/plugins/uploads", self.base)).multipart(form)).await
    }

    async fn upload(&mut self, bytes: Vec<u8>) -> Answer {
        self.get("/plugins").await;
        let token = self.token();
        self.upload_with(token, bytes).await
    }

    /// Sends a form that is taken, and returns the page after it.
    #[track_caller]
    fn taken(&self, answer: &Answer) -> String {
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.location.clone()
    }
}

/// Uploads, ticks these permissions, and installs.
async fn install(operator: &mut Browser, bytes: Vec<u8>, ticked: &[&str]) -> Answer {
    let answer = operator.upload(bytes).await;
    let review = operator.taken(&answer);
    operator.get(&review).await;
    let sha256 = operator.page.split("name=\"sha256\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let sha256 = sha256.expect("the file's hash").to_owned();
    let mut fields = vec![("sha256", sha256.as_str())];
    fields.extend(ticked.iter().map(|index| ("grant", *index)));
    let answer = operator.send(&review, &fields).await;
    let list = operator.taken(&answer);
    operator.get(&list).await
}

async fn board(backend: Backend) -> Board {
    let board = Board::start(backend).await;
    let args = ["user", "create", OPERATOR, "--operator", "--password-stdin"];
    board.program().json(&args, &format!("{PASSWORD}\n"));
    board
}

fn card(page: &str, id: &str) -> String {
    let card = page.split(&format!("id=\"plugin-{id}\"")).nth(1).unwrap_or_else(|| panic!("no {id} in {page}"));
    card.split("</article>").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_plugin_is_uploaded_reviewed_granted_and_used_at_once() {
    for backend in Backend::all() {
        let board = board(backend).await;
        let mut operator = Browser::log_in(&board, OPERATOR).await;
        let answer = operator.upload(variant("hello", "1.0", "\"a.example\"")).await;
        let review = operator.taken(&answer);
        let page = operator.get(&review).await;
        for said in ["hello", "1.0", "a.example", "setting:base_url", "Send the secret", "SHA-256"] {
            assert!(page.text.contains(said), "{said}: {}", page.text);
        }
        let listed = board.program().json(&["plugin", "list"], "").to_string();
        assert!(!listed.contains("\"hello\""), "nothing is installed before it is granted");

        // Hosts come first: the two typed ones and the fixed one; only the fixed one is granted.
        let list = install(&mut operator, variant("hello", "1.0", "\"a.example\""), &["2"]).await;
        assert!(list.text.contains("The plugin is installed and in use."), "{}", list.text);
        let shown = card(&list.text, "hello");
        assert!(shown.contains("Installed") && shown.contains("Refused"), "{shown}");
        let listed = board.program().json(&["plugin", "list"], "");
        let hello = listed["items"].as_array().expect("a list").iter().find(|one| one["id"] == "hello").expect("it");
        assert_eq!(hello["grants"]["hosts"], serde_json::json!(["a.example"]), "as the command line sees it");
        assert_eq!(hello["grants"]["secrets"]["token"]["origins"], serde_json::json!([]));
        let plugins = board.staff.get("/plugins").await.expect(200).to_string();
        assert!(plugins.contains("\"hello\""), "the running board offers it: {plugins}");

        // What the next version asks for beyond that is marked, and what was refused isn't ticked.
        let answer = operator.upload(variant("hello", "2.0", "\"a.example\", \"b.example\"")).await;
        let review = operator.taken(&answer);
        let page = operator.get(&review).await;
        assert!(page.text.contains("in the place of version 1.0"), "{}", page.text);
        let asks: Vec<&str> = page.text.split("name=\"grant\"").skip(1).collect();
        assert!(asks[2].contains("checked") && !asks[2].contains(">New<"), "{}", asks[2]);
        assert!(asks[3].contains("b.example") && asks[3].contains(">New<"), "{}", asks[3]);
        assert!(!asks[0].split('>').next().unwrap_or_default().contains("checked"), "{}", asks[0]);
        install(&mut operator, variant("hello", "2.0", "\"a.example\", \"b.example\""), &["2", "3"]).await;

        let answer = operator.send("/plugins/hello/rollback", &[("version", "1.0")]).await;
        let list = operator.taken(&answer);
        let list = operator.get(&list).await;
        assert!(card(&list.text, "hello").contains("1.0"), "{}", list.text);
        let answer = operator.send("/plugins/hello/disable", &[]).await;
        let list = operator.taken(&answer);
        let list = operator.get(&list).await;
        assert!(list.text.contains("The plugin is switched off") && !list.text.contains("id=\"plugin-hello\""));
        assert!(!board.staff.get("/plugins").await.expect(200).to_string().contains("\"hello\""));
        let answer = operator.send("/plugins/hello/enable", &[]).await;
        let list = operator.taken(&answer);
        assert!(operator.get(&list).await.text.contains("id=\"plugin-hello\""));
        let answer = operator.send("/plugins/hello/remove", &[]).await;
        let list = operator.taken(&answer);
        assert!(operator.get(&list).await.text.contains("The plugin was removed."));

        let audit = board.program().json(&["audit"], "").to_string();
        for action in ["plugin.install", "plugin.rollback", "plugin.disable", "plugin.enable", "plugin.remove"] {
            assert!(audit.contains(action), "{action} in {audit}");
        }
    }
}

#[tokio::test]
async fn only_the_operator_uploads_and_only_plugins() {
    let board = board(Backend::Sqlite).await;
    let mut operator = Browser::log_in(&board, OPERATOR).await;
    let refused = operator.upload(b"<html>not found</html>".to_vec()).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("no WebAssembly component"), "{}", refused.text);
    operator.language = "es";
    let refused = operator.upload(b"<html>not found</html>".to_vec()).await;
    assert!(refused.text.contains("<p>No es un plugin de Tablón, o el archivo está dañado.</p>"), "{}", refused.text);
    assert!(refused.text.contains("lang=\"en\">the file is no WebAssembly component"), "{}", refused.text);
    operator.language = "en";
    let empty = operator.upload(Vec::new()).await;
    assert!(empty.status == 422 && empty.text.contains("Choose a file first."), "{}", empty.text);
    let forged = operator.upload_with("0".repeat(128), variant("hello", "1.0", "\"a.example\"")).await;
    assert_eq!(forged.status, 403);
    operator.get("/plugins").await;
    let large = operator.upload(vec![0; 65 * 1024 * 1024]).await;
    assert_eq!(large.status, 413, "{}", large.text);

    let answer = operator.upload(variant("hello", "1.0", "\"a.example\"")).await;
    let review = operator.taken(&answer);
    let mut moderator = Browser::log_in(&board, MODERATOR).await;
    let token = "0".repeat(128);
    assert_eq!(moderator.upload_with(token, variant("hello", "1.0", "\"a.example\"")).await.status, 403);
    assert_eq!(moderator.get(&review).await.status, 403);
    let page = operator.get(&review).await;
    assert_eq!(page.status, 200);
    let answer = operator.send(&format!("{review}/discard"), &[]).await;
    operator.taken(&answer);
    assert_eq!(operator.get(&review).await.status, 404, "it is gone");
}

#[tokio::test]
async fn a_plugin_that_channels_use_is_removed_only_knowingly() {
    let board = board(Backend::Sqlite).await;
    let mut operator = Browser::log_in(&board, OPERATOR).await;
    let telegram = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins/telegram.wasm");
    let bytes = std::fs::read(telegram).expect("`cargo xtask plugins` has been run");
    let answer = operator.upload(bytes.clone()).await;
    let review = operator.taken(&answer);
    let page = operator.get(&review).await;
    assert!(page.text.contains("part of Tablón"), "{}", page.text);
    let asked = page.text.matches("name=\"grant\"").count();
    let all: Vec<String> = (0..asked).map(|index| index.to_string()).collect();
    install(&mut operator, bytes, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    board.add_channel().await;
    operator.get("/plugins").await;
    let refused = operator.send("/plugins/telegram/remove", &[]).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    operator.get("/plugins").await;
    let answer = operator.send("/plugins/telegram/remove", &[("understood", "true")]).await;
    let list = operator.taken(&answer);
    let list = operator.get(&list).await;
    assert!(card(&list.text, "telegram").contains("Part of Tabl"), "the program's own is back: {}", list.text);
}
