//! A headless Chromium, and what a person does with it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::time::{Instant, sleep};

/// A phone and a desk, in CSS pixels.
const WIDTHS: [u32; 2] = [390, 1280];
/// How long a page may take to come. A person waits as well, and the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(15);
/// Browsers, the project's own name first.
const BROWSERS: [&str; 5] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// A browser with a profile of its own, and the driver that steers it.
pub(crate) struct Chrome {
    driver: WebDriver,
    process: Child,
    folder: PathBuf,
    _profile: TempDir,
}

impl Chrome {
    /// Screenshots go to `target/screenshots/NAME`.
    pub(crate) async fn start(name: &str) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed; `cargo xtask test` says how");
        let port = port_of(&mut process);
        let profile = tempfile::tempdir().expect("a folder");
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities(profile.path())).await;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots").join(name);
        fs::create_dir_all(&folder).expect("a folder");
        Self { driver: driver.expect("a browser"), process, folder, _profile: profile }
    }

    pub(crate) async fn open(&self, url: &str) {
        self.driver.goto(url).await.expect("the page opens");
    }

    pub(crate) async fn url(&self) -> String {
        self.driver.current_url().await.expect("an address").into()
    }

    /// What a person can read.
    pub(crate) async fn text(&self) -> String {
        self.find("body").await.text().await.expect("text")
    }

    /// Waits for the element: a press returns before the next page has replaced this one.
    pub(crate) async fn find(&self, css: &str) -> WebElement {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.driver.find(By::Css(css)).await {
                Ok(element) => return element,
                Err(error) if Instant::now() > deadline => {
                    panic!("nothing is {css} on {}: {error}\n{}", self.url().await, self.page_text().await)
                }
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }

    pub(crate) async fn count(&self, css: &str) -> usize {
        self.driver.find_all(By::Css(css)).await.expect("a list").len()
    }

    /// Types into the field of this name, in place of what stands there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("main [name='{name}']")).await;
        field.clear().await.expect("it can be emptied");
        field.send_keys(text).await.expect("it can be typed into");
    }

    /// What stands in the field of this name. A page that is just being replaced is waited for.
    pub(crate) async fn value(&self, name: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.find(&format!("main [name='{name}']")).await.value().await {
                Ok(value) => return value.unwrap_or_default(),
                Err(error) => assert!(Instant::now() < deadline, "{name}: {error}"),
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Chooses an option by its value.
    pub(crate) async fn choose(&self, name: &str, value: &str) {
        self.find(&format!("main [name='{name}'] option[value='{value}']")).await.click().await.expect("an option");
    }

    /// Presses the button, or follows the link, that says this.
    pub(crate) async fn press(&self, words: &str) {
        let path = format!(
            "(//button|//summary|//a)[contains(normalize-space(.), \"{words}\")][not(@aria-hidden='true')][not(ancestor::*[@aria-hidden='true'])]"
        );
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            for element in self.driver.find_all(By::XPath(path.as_str())).await.expect("a list") {
                if element.is_displayed().await.unwrap_or(false) {
                    element.scroll_into_view().await.expect("it can be scrolled to");
                    element.click().await.unwrap_or_else(|error| panic!("{words}: {error}"));
                    return;
                }
            }
            // A page that is slow to come is waited for.
            sleep(Duration::from_millis(50)).await;
        }
        panic!("nothing says {words:?} on {}:\n{}", self.url().await, self.page_text().await);
    }

    /// Waits until the page says this: a press returns before a slow answer is there.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let deadline = Instant::now() + PATIENCE;
            while !self.page_text().await.contains(words) {
                let text = self.page_text().await;
                assert!(Instant::now() < deadline, "{caller}: {} doesn't say {words:?}:\n{text}", self.url().await);
                sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Looks at the page on a phone and on a desk, by day and by night; keeps a picture of each, and
    /// refuses a page that is wider than the screen, whose texts are hard to read, or that the browser complains about.
    pub(crate) async fn look(&self, name: &str) {
        for width in WIDTHS {
            for scheme in ["light", "dark"] {
                self.emulate(width, scheme).await;
                let page = self.driver.cdp().send_raw("Page.getLayoutMetrics", json!({})).await.expect("metrics");
                let content = &page["cssContentSize"];
                let wide = content["width"].as_f64().unwrap_or_default();
                assert!(wide <= f64::from(width), "{name} is {wide} wide on a screen of {width}");
                let weak = self.run(include_str!("contrast.js")).await;
                assert_eq!(weak, json!([]), "{name} by {scheme} on {width}: texts with too little contrast");
                let picture = json!({
                    "format": "png", "captureBeyondViewport": true,
                    "clip": {"x": 0, "y": 0, "width": width, "height": content["height"], "scale": 1},
                });
                let picture = self.driver.cdp().send_raw("Page.captureScreenshot", picture).await.expect("a picture");
                let bytes = STANDARD.decode(picture["data"].as_str().expect("base64")).expect("base64");
                fs::write(self.folder.join(format!("{name}-{width}-{scheme}.png")), bytes).expect("a file");
            }
        }
        self.emulate(WIDTHS[1], "light").await;
        let complaints: Vec<String> = self
            .driver
            .browser_log()
            .await
            .expect("a log")
            .into_iter()
            // A refused form answers 422, which Chromium counts as a failure to load.
            .filter(|entry| !entry.message.contains("the server responded with a status of 4"))
            .map(|entry| entry.message)
            .collect();
        assert!(complaints.is_empty(), "{name}: the browser complains: {complaints:#?}");
        // One page has a script, a file of our own; nothing stands in a page itself.
        let inline = "script:not([type='application/ld+json']):not([src^='/assets/'])";
        assert_eq!(self.count(inline).await, 0, "{name} has a script");
    }

    /// The value that a script returns on this page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.expect("the script runs").json().clone()
    }

    /// The value that a script on this page gives to `done`.
    pub(crate) async fn run_until_done(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1];{script}");
        self.driver.execute_async(&*script, Vec::new()).await.expect("the script runs").json().clone()
    }

    /// From now on the screen is so wide, by day.
    pub(crate) async fn on_a_screen_of(&self, width: u32) {
        self.emulate(width, "light").await;
    }

    /// From now on pages are asked for in this language.
    pub(crate) async fn in_language(&self, locale: &str) {
        let cdp = self.driver.cdp();
        cdp.send_raw("Network.enable", json!({})).await.expect("the network's events");
        let headers = json!({"headers": {"Accept-Language": locale}});
        cdp.send_raw("Network.setExtraHTTPHeaders", headers).await.expect("a language");
    }

    async fn emulate(&self, width: u32, scheme: &str) {
        let cdp = self.driver.cdp();
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        cdp.send_raw("Emulation.setDeviceMetricsOverride", metrics).await.expect("a screen");
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        cdp.send_raw("Emulation.setEmulatedMedia", media).await.expect("a colour scheme");
        // Colours fade into each other; a picture half-way shows what nobody sees.
        sleep(Duration::from_millis(400)).await;
    }

    /// Turns scripts off: every flow must work without.
    pub(crate) async fn without_javascript(&self) {
        self.driver
            .cdp()
            .send_raw("Emulation.setScriptExecutionDisabled", json!({"value": true}))
            .await
            .expect("scripts are off");
    }

    pub(crate) async fn quit(self) {
        self.driver.clone().quit().await.expect("it ends");
    }

    async fn page_text(&self) -> String {
        match self.driver.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn capabilities(profile: &Path) -> thirtyfour::ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    if let Some(browser) = BROWSERS.iter().find(|path| Path::new(path).exists()) {
        capabilities.set_binary(browser).expect("a path");
    }
    let profile = format!("--user-data-dir={}", profile.display());
    for argument in [
        "--headless=new",
        // Chromium's own sandbox refuses root, which containers and CI run as.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--window-size=1280,900",
        // Nothing here may talk to anybody but the board.
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en",
        &profile,
    ] {
        capabilities.add_arg(argument).expect("an argument");
    }
    capabilities.set("goog:loggingPrefs", json!({"browser": "ALL"})).expect("a capability");
    capabilities
}

/// The driver prints the port that it took.
fn port_of(process: &mut Child) -> u16 {
    let stdout = process.stdout.take().expect("a pipe");
    for line in BufReader::new(stdout).lines() {
        let line = line.expect("text");
        if let Some((_, rest)) = line.split_once("started successfully on port ") {
            return rest.trim_end_matches('.').trim().parse().expect("a port");
        }
    }
    panic!("chromedriver ended before it listened");
}
