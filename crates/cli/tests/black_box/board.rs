//! A board as a process of its own, with a database of its own, beside a simulated Telegram.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tablon_testkit::telegram::{BOT_TOKEN, FakeTelegram, Options};
use tablon_testkit::{Backend, TestDatabase};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::api::Api;

/// Where the sample channel is.
pub(crate) const CHANNEL: &str = "@tablon_jobs";
/// The moderator that [`Board::start`] makes.
pub(crate) const MODERATOR: &str = "mod@example.org";
/// What every test's instance seals and signs with.
const SECRET_KEY: &str = "a key for tests alone, long enough";
/// Their password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running board called `acme`.
pub(crate) struct Board {
    pub(crate) telegram: FakeTelegram,
    /// As somebody without a token.
    pub(crate) api: Api,
    /// As the owner.
    pub(crate) staff: Api,
    program: Program,
    process: Option<Child>,
    port: u16,
}

/// The program with its database and its data directory.
pub(crate) struct Program {
    database: Arc<TestDatabase>,
    folder: Arc<TempDir>,
    variables: Vec<(&'static str, String)>,
    keep_log: bool,
}

impl Program {
    pub(crate) async fn new(backend: Backend) -> Self {
        let mut program = Self::untouched(backend).await;
        program.set("TABLON_SECRET_KEY", SECRET_KEY);
        share_code_cache(program.folder());
        program
    }

    /// The program with an empty data directory and no secret key.
    pub(crate) async fn untouched(backend: Backend) -> Self {
        let database = TestDatabase::new(backend).await.expect("a database");
        let folder = tempfile::tempdir().expect("a folder");
        let variables = vec![
            ("TABLON_DATA_DIR", folder.path().display().to_string()),
            ("TABLON_DATABASE_URL", database.url().to_owned()),
            ("TABLON_RECONCILER_PACING", "false".to_owned()),
            ("TABLON_LOG_FILTER", "warn".to_owned()),
        ];
        Self { database: Arc::new(database), folder: Arc::new(folder), variables, keep_log: false }
    }

    /// The program without any configuration of ours.
    pub(crate) fn bare() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tablon"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("TABLON_") || matches!(&*name, "PORT" | "DATABASE_URL") {
                command.env_remove(&*name);
            }
        }
        command
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.into()));
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Self::bare();
        command.current_dir(self.folder.path()).args(args).envs(self.variables.iter().cloned());
        command
    }

    /// The same program on the same database, to be configured otherwise.
    pub(crate) fn beside(other: &Self) -> Self {
        let (database, folder) = (Arc::clone(&other.database), Arc::clone(&other.folder));
        Self { database, folder, variables: other.variables.clone(), keep_log: false }
    }

    fn log_file(&self) -> std::path::PathBuf {
        self.folder.path().join("log.txt")
    }

    /// Changes what is stored past the program.
    pub(crate) async fn execute(&self, statement: &str) {
        self.database.execute(statement).await.expect("a statement");
    }

    pub(crate) fn database_url(&self) -> &str {
        self.database.url()
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs a command to its end and reads the one JSON value that it prints.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str], stdin: &str) -> Value {
        let output = run(&mut self.command(&[args, &["--json"]].concat()), stdin);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{args:?}: {error}: {}", String::from_utf8_lossy(&output.stdout)))
    }
}

/// Compiling the bundled plugins takes longer than most tests: the first one compiles for all. The code is ours by the
/// same secret key.
fn share_code_cache(data_dir: &Path) {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("black-box");
    std::fs::create_dir_all(shared.join("cache")).expect("a shared cache");
    std::os::unix::fs::symlink(shared.join("cache"), data_dir.join("cache")).expect("a link to it");
    let program = std::fs::metadata(env!("CARGO_BIN_EXE_tablon")).and_then(|data| data.modified()).expect("a program");
    let program = format!("{program:?}");
    let stamp = File::options().create(true).read(true).write(true).truncate(false).open(shared.join("compiled"));
    let mut stamp = stamp.expect("a stamp");
    stamp.lock().expect("a lock");
    let mut compiled = String::new();
    stamp.read_to_string(&mut compiled).expect("a stamp");
    if compiled != program {
        let mut command = Program::bare();
        command.args(["plugin", "list"]).env("TABLON_SECRET_KEY", SECRET_KEY).env("TABLON_DATA_DIR", data_dir);
        let output = run(&mut command, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        stamp.set_len(0).and_then(|()| stamp.rewind()).expect("an empty stamp");
        stamp.write_all(program.as_bytes()).expect("a stamp");
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command, stdin: &str) -> std::process::Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that doesn't read its input has closed it by now.
    child.stdin.take().expect("a pipe").write_all(stdin.as_bytes()).ok();
    child.wait_with_output().expect("the program ends")
}

impl Board {
    /// A board with an owner, and no channel yet.
    pub(crate) async fn start(backend: Backend) -> Self {
        Self::start_with(Program::new(backend).await).await
    }

    pub(crate) async fn start_with(program: Program) -> Self {
        program.json(&["tenant", "create", "acme", "--name", "Acme devs"], "");
        program.json(
            &["user", "create", MODERATOR, "--tenant", "acme", "--role", "owner", "--password-stdin"],
            &format!("{PASSWORD}\n"),
        );
        let token = program.json(&["token", "create", "--tenant", "acme", "--role", "admin"], "");
        let token = token["token"].as_str().expect("a token").to_owned();
        let mut board = Self::beside(program, Api::new(String::new())).await;
        board.api = Api::new(board.url("/t/acme/api/v1"));
        board.staff = board.api.with_token(&token);
        board.resume().await;
        board
    }

    /// A process on an instance without boards and without users.
    pub(crate) async fn start_empty(program: Program) -> Self {
        let mut board = Self::beside(program, Api::new(String::new())).await;
        board.resume().await;
        board
    }

    /// A board whose log is kept, for [`Board::log`].
    pub(crate) async fn start_logged(mut program: Program) -> Self {
        program.keep_log = true;
        Self::start_with(program).await
    }

    async fn beside(program: Program, staff: Api) -> Self {
        let telegram = FakeTelegram::start(Options::default()).await.expect("a fake Telegram");
        Self { telegram, api: staff.clone(), staff, program, process: None, port: free_port() }
    }

    /// Everything that the process has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.program.log_file()).expect("a log")
    }

    /// Starts the process again on the same port, and waits until it is ready.
    pub(crate) async fn resume(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        let args = ["serve", "--listen", &listen, "--allow-network", "127.0.0.0/8", "--json"];
        let mut command = self.program.command(&args);
        if self.program.keep_log {
            let file = std::fs::File::options().create(true).append(true).open(self.program.log_file());
            command.stderr(file.expect("a log file"));
        }
        let child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        self.process = Some(child);
        self.wait_until_ready().await;
    }

    async fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let root = Api::new(self.url(""));
        loop {
            if root.try_get("/readyz").await.is_some_and(|answer| answer.status == 200) {
                return;
            }
            if let Some(status) = self.process.as_mut().and_then(|child| child.try_wait().expect("a status")) {
                panic!("the board ended: {status}");
            }
            assert!(Instant::now() < deadline, "the board is not ready");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Kills the process as a power cut would.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.process.take() else { return };
        child.kill().expect("SIGKILL");
        child.wait().expect("it is dead");
    }

    /// Asks the process to stop, as a service manager does, and waits for it.
    pub(crate) fn stop(&mut self) -> std::process::ExitStatus {
        let mut child = self.process.take().expect("a running board");
        let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
        assert!(status.success());
        child.wait().expect("it ended")
    }

    /// What the process printed first.
    pub(crate) fn first_line(&mut self) -> String {
        let stdout = self.process.as_mut().and_then(|child| child.stdout.take()).expect("a pipe");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        line
    }

    /// An address on the board's origin.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// Adds the simulated channel, and returns its id.
    pub(crate) async fn add_channel(&self) -> String {
        self.add_channel_with(json!({}), BOT_TOKEN).await
    }

    /// Adds a channel with more settings, and returns its id.
    pub(crate) async fn add_channel_with(&self, more: Value, token: &str) -> String {
        let mut settings = json!({ "chat_id": CHANNEL, "api_base_url": self.telegram.base_url() });
        for (name, value) in more.as_object().expect("an object") {
            settings[name] = value.clone();
        }
        let channel = json!({
            "plugin": "telegram", "name": "Our channel", "settings": settings, "secrets": { "bot_token": token },
        });
        let channel = self.staff.post("/channels", channel).await.expect(201);
        channel["id"].as_str().expect("an id").to_owned()
    }

    /// Submits a job as anybody, and returns its id.
    pub(crate) async fn submit(&self, job: Value) -> String {
        let job = self.api.post("/jobs", job).await.expect(201);
        job["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn approve(&self, id: &str) -> Value {
        self.staff.post(&format!("/jobs/{id}/approve"), json!({})).await.expect(200)
    }

    pub(crate) async fn placements(&self, id: &str) -> Vec<Value> {
        let list = self.staff.get(&format!("/jobs/{id}/placements")).await.expect(200);
        list["items"].as_array().expect("a list").clone()
    }

    /// Waits until the job's one placement is in this state, and returns it.
    pub(crate) async fn placement_in(&self, id: &str, state: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let placements = self.placements(id).await;
            if placements.len() == 1 && placements[0]["state"] == state {
                return placements[0].clone();
            }
            assert!(Instant::now() < deadline, "no placement is {state}: {placements:#?}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if let Some(mut child) = self.process.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A job with everything that is demanded.
pub(crate) fn job(title: &str) -> Value {
    json!({
        "title": title,
        "organization": { "name": "Acme", "url": "https://acme.example", "logo_url": null },
        "description": "We build **things** that last.\n\n- Rust\n- PostgreSQL",
        "locations": [{ "city": "Sevilla", "region": "Andalucía", "country": "ES" }],
        "workplace": "hybrid", "remote_countries": [], "employment_types": ["FULL_TIME"],
        "salary": { "min": "42000", "max": "52000", "currency": "EUR", "period": "YEAR" },
        "tags": ["rust"], "apply_url": "https://acme.example/jobs/1", "apply_email": null,
        "contact_email": "hr@acme.example", "language": "en", "valid_through": null, "fields": {}
    })
}
