//! One conversation: SMTP strictly after RFC 5321.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::fault::{Action, Stage};
use super::mail::Mail;
use super::words::{address_in, parameters};
use super::world::{Conversation, MailServer, Security};

/// The longest command line with its CRLF (RFC 5321, 4.5.3.1.4), including extensions (AUTH: 12,288).
const LONGEST_COMMAND: usize = 12_288;
/// The longest line of a mail with its CRLF (RFC 5321, 4.5.3.1.6).
const LONGEST_LINE: usize = 1_000;
/// The name the server greets with.
const NAME: &str = "mx.fake.example";

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Why a conversation ends.
enum End {
    /// It is over.
    Closed,
    /// The connection is reset and not closed.
    Reset,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

pub(super) struct Session {
    wire: BufReader<Box<dyn Stream>>,
    server: MailServer,
    /// The conversation's index in the record.
    index: usize,
    encrypted: bool,
    logged_in: bool,
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// What to do after a command line.
enum Next {
    GoOn,
    StartTls,
    Quit,
}

impl Session {
    pub(super) async fn run(stream: TcpStream, server: MailServer, acceptor: TlsAcceptor) {
        // A second handle on the socket: the reset at the end works below TLS.
        let Ok(stream) = stream.into_std() else { return };
        let Ok(handle) = stream.try_clone().and_then(TcpStream::from_std) else { return };
        let Ok(stream) = TcpStream::from_std(stream) else { return };
        let end = Self::converse(stream, server, acceptor).await;
        if matches!(end, Err(End::Reset)) {
            handle.set_zero_linger().ok();
        }
    }

    async fn converse(stream: TcpStream, server: MailServer, acceptor: TlsAcceptor) -> Result<(), End> {
        let security = server.lock().options.security;
        let wire: Box<dyn Stream> = match security {
            Security::Implicit => Box::new(acceptor.accept(stream).await?),
            _ => Box::new(stream),
        };
        let index = {
            let mut world = server.lock();
            let number = world.conversations.len() as u64 + 1;
            let encrypted = security == Security::Implicit;
            world.conversations.push(Conversation { number, commands: Vec::new(), encrypted, logged_in: false });
            world.conversations.len() - 1
        };
        let encrypted = security == Security::Implicit;
        let mut session = Self {
            wire: BufReader::new(wire),
            server,
            index,
            encrypted,
            logged_in: false,
            greeted: false,
            from: None,
            to: Vec::new(),
        };
        if session.faulty(Stage::Greeting).await? {
            return Ok(());
        }
        session.say(220, &format!("{NAME} ESMTP ready")).await?;
        loop {
            let line = session.line().await?;
            match session.command(&line).await? {
                Next::GoOn => {}
                Next::Quit => return Ok(()),
                Next::StartTls => session = session.start_tls(&acceptor).await?,
            }
        }
    }

    async fn start_tls(self, acceptor: &TlsAcceptor) -> Result<Self, End> {
        if !self.wire.buffer().is_empty() {
            self.violation("something came after STARTTLS before the handshake (RFC 3207: it must be thrown away)");
        }
        let stream: Box<dyn Stream> = Box::new(acceptor.accept(self.wire.into_inner()).await?);
        self.server.lock().conversations[self.index].encrypted = true;
        // After STARTTLS, everything said before is discarded (RFC 3207, 4.2).
        Ok(Self { wire: BufReader::new(stream), encrypted: true, greeted: false, from: None, to: Vec::new(), ..self })
    }

    /// One line without its CRLF.
    async fn line(&mut self) -> Result<String, End> {
        let mut bytes = Vec::new();
        if self.wire.read_until(b'\n', &mut bytes).await? == 0 {
            return Err(End::Closed);
        }
        if bytes.len() > LONGEST_COMMAND {
            self.say(500, "5.5.2 line too long").await?;
            return Err(End::Closed);
        }
        if !bytes.ends_with(b"\r\n") {
            self.violation("a line ended without CRLF");
        }
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn command(&mut self, line: &str) -> Result<Next, End> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let verb = verb.to_ascii_uppercase();
        let shown = if verb == "AUTH" { "AUTH …".to_owned() } else { line.to_owned() };
        self.server.lock().conversations[self.index].commands.push(shown);
        match verb.as_str() {
            "EHLO" | "HELO" => self.greet(&verb, rest).await?,
            "QUIT" => {
                self.say(221, "2.0.0 bye").await?;
                return Ok(Next::Quit);
            }
            "NOOP" => self.say(250, "2.0.0 ok").await?,
            "RSET" => {
                (self.from, self.to) = (None, Vec::new());
                self.say(250, "2.0.0 ok").await?;
            }
            "STARTTLS" if self.security() == Security::StartTls && !self.encrypted => {
                if !self.faulty(Stage::StartTls).await? {
                    self.say(220, "2.0.0 go ahead").await?;
                    return Ok(Next::StartTls);
                }
            }
            _ if !self.greeted => self.say(503, "5.5.1 say EHLO first").await?,
            _ if self.security() == Security::StartTls && !self.encrypted => {
                self.say(530, "5.7.0 Must issue a STARTTLS command first").await?;
            }
            "AUTH" => self.log_in(rest).await?,
            "MAIL" if self.wants_log_in() => self.say(530, "5.7.0 Authentication required").await?,
            "MAIL" => self.mail(rest).await?,
            "RCPT" => self.rcpt(rest).await?,
            "DATA" => self.data().await?,
            _ => self.say(502, "5.5.2 command not recognized").await?,
        }
        Ok(Next::GoOn)
    }

    async fn greet(&mut self, verb: &str, name: &str) -> Result<(), End> {
        if self.faulty(Stage::Ehlo).await? {
            return Ok(());
        }
        // RFC 5321, 4.1.1.1: a domain name or an address literal.
        let plausible = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_[]:".contains(&b));
        if !plausible {
            return self.say(501, "5.5.4 syntactically invalid EHLO argument").await;
        }
        (self.greeted, self.from, self.to) = (true, None, Vec::new());
        if verb == "HELO" {
            return self.say(250, NAME).await;
        }
        let (largest, log_in) = {
            let world = self.server.lock();
            (world.options.largest, world.options.credentials.is_some())
        };
        let mut lines =
            vec![NAME.to_owned(), "PIPELINING".to_owned(), format!("SIZE {largest}"), "8BITMIME".to_owned()];
        if self.security() == Security::StartTls && !self.encrypted {
            lines.push("STARTTLS".to_owned());
        } else if log_in {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        lines.push("ENHANCEDSTATUSCODES".to_owned());
        let last = lines.len() - 1;
        let text: String =
            lines.iter().enumerate().map(|(n, l)| format!("250{}{l}\r\n", if n == last { ' ' } else { '-' })).collect();
        self.send(text.as_bytes()).await
    }

    async fn log_in(&mut self, rest: &str) -> Result<(), End> {
        if self.faulty(Stage::Auth).await? {
            return Ok(());
        }
        let Some((user, password)) = self.server.lock().options.credentials.clone() else {
            return self.say(503, "5.5.1 AUTH not available").await;
        };
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let said = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let response = if initial.is_empty() { self.challenge("").await? } else { initial.to_owned() };
                let decoded = STANDARD.decode(response).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                decoded.and_then(|text| {
                    let mut fields = text.split('\0').map(str::to_owned);
                    Some((fields.next()?, fields.next()?, fields.next()?))
                })
            }
            "LOGIN" => {
                let decode = |text: String| STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let user = decode(self.challenge("VXNlcm5hbWU6").await?);
                let password = decode(self.challenge("UGFzc3dvcmQ6").await?);
                user.zip(password).map(|(user, password)| (String::new(), user, password))
            }
            _ => return self.say(504, "5.5.4 unrecognized authentication type").await,
        };
        match said {
            Some((_, said_user, said_password)) if (&said_user, &said_password) == (&user, &password) => {
                self.logged_in = true;
                self.server.lock().conversations[self.index].logged_in = true;
                self.say(235, "2.7.0 Authentication successful").await
            }
            Some(_) => self.say(535, "5.7.8 Error: authentication failed").await,
            None => self.say(501, "5.5.2 cannot decode response").await,
        }
    }

    async fn challenge(&mut self, text: &str) -> Result<String, End> {
        self.send(format!("334 {text}\r\n").as_bytes()).await?;
        self.line().await
    }

    async fn mail(&mut self, rest: &str) -> Result<(), End> {
        if self.faulty(Stage::Mail).await? {
            return Ok(());
        }
        if self.from.is_some() {
            return self.say(503, "5.5.1 nested MAIL command").await;
        }
        let Some((address, rest)) = address_in(rest, "FROM:") else {
            return self.say(501, "5.1.7 bad sender address syntax").await;
        };
        for (name, value) in parameters(rest) {
            let largest = self.server.lock().options.largest;
            match (name.as_str(), value.as_str()) {
                ("SIZE", size) if size.parse::<usize>().is_ok_and(|size| size > largest) => {
                    return self.say(552, "5.3.4 message size exceeds fixed limit").await;
                }
                ("SIZE", _) | ("BODY", "7BIT" | "8BITMIME") => {}
                _ => return self.say(555, &format!("5.5.4 unsupported option: {name}")).await,
            }
        }
        self.from = Some(address);
        self.say(250, "2.1.0 Ok").await
    }

    async fn rcpt(&mut self, rest: &str) -> Result<(), End> {
        if self.faulty(Stage::Rcpt).await? {
            return Ok(());
        }
        let Some(from) = self.from.clone() else { return self.say(503, "5.5.1 need MAIL command").await };
        let Some((address, _)) = address_in(rest, "TO:").filter(|(address, _)| !address.is_empty()) else {
            return self.say(501, "5.1.3 bad recipient address syntax").await;
        };
        let (unknown, greylisted) = {
            let mut world = self.server.lock();
            let unknown = world.unknown.contains(&address.to_lowercase());
            let fresh = world.options.greylisting && world.greylisted.insert((from, address.clone()));
            (unknown, fresh)
        };
        if unknown {
            let words = format!("5.1.1 <{address}>: Recipient address rejected: User unknown in local recipient table");
            return self.say(550, &words).await;
        }
        if greylisted {
            let words = format!("4.2.0 <{address}>: Recipient address rejected: Greylisted, please try again later");
            return self.say(451, &words).await;
        }
        self.to.push(address);
        self.say(250, "2.1.5 Ok").await
    }

    async fn data(&mut self) -> Result<(), End> {
        if self.faulty(Stage::Data).await? {
            return Ok(());
        }
        if self.to.is_empty() {
            return self.say(503, "5.5.1 need RCPT command").await;
        }
        self.say(354, "End data with <CR><LF>.<CR><LF>").await?;
        let action = self.server.lock().script.next(&Stage::Content);
        let content = self.content(action == Some(Action::Reset)).await?;
        let (from, to) = (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to));
        match action {
            Some(Action::Reply { code, text }) => return self.say(code, &text).await,
            Some(Action::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Some(Action::Reset) => return Err(End::Reset),
            Some(Action::LoseAnswer) | None => {}
        }
        if content.len() > self.server.lock().options.largest {
            return self.say(552, "5.3.4 message size exceeds fixed limit").await;
        }
        let mail = Mail::read(from, to, content);
        if let Some(problem) = &mail.problem {
            // A strict filter's answer to a mail whose headers can't be read.
            let words = format!("5.6.0 Message rejected: {problem}");
            self.violation(problem);
            return self.say(550, &words).await;
        }
        let number = self.server.lock().take(mail);
        if action == Some(Action::LoseAnswer) {
            return Err(End::Reset);
        }
        self.say(250, &format!("2.0.0 Ok: queued as {number:08X}")).await
    }

    /// The mail up to the line with a single dot, doubled dots undone.
    async fn content(&mut self, breaks: bool) -> Result<Vec<u8>, End> {
        let mut content = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.wire.read_until(b'\n', &mut line).await? == 0 {
                return Err(End::Closed);
            }
            if breaks {
                return Err(End::Reset);
            }
            if line == b".\r\n" {
                return Ok(content);
            }
            if !line.ends_with(b"\r\n") || line[..line.len() - 2].contains(&b'\r') {
                self.violation("a line of the mail holds a CR or an LF that isn't part of a CRLF");
            }
            if line.len() > LONGEST_LINE {
                self.violation("a line of the mail is longer than 998 characters");
            }
            if line.contains(&0) {
                self.violation("the mail holds a NUL");
            }
            let line = line.strip_prefix(b".").unwrap_or(&line);
            content.extend_from_slice(line);
        }
    }

    /// Applies a due fault. True: an answer was sent already.
    async fn faulty(&mut self, stage: Stage) -> Result<bool, End> {
        let action = self.server.lock().script.next(&stage);
        match action {
            None => Ok(false),
            Some(Action::Reply { code, text }) => self.say(code, &text).await.map(|()| true),
            Some(Action::Delay { ms }) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(false)
            }
            Some(Action::Reset | Action::LoseAnswer) => Err(End::Reset),
        }
    }

    fn security(&self) -> Security {
        self.server.lock().options.security
    }

    fn wants_log_in(&self) -> bool {
        !self.logged_in && self.server.lock().options.credentials.is_some()
    }

    fn violation(&self, what: &str) {
        self.server.lock().violations.push(what.to_owned());
    }

    async fn say(&mut self, code: u16, text: &str) -> Result<(), End> {
        self.send(format!("{code} {text}\r\n").as_bytes()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.wire.get_mut().write_all(bytes).await?;
        Ok(self.wire.get_mut().flush().await?)
    }
}
