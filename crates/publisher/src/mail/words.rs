//! The few fixed words of a digest, in the board's language. They are here, like those of pay in core, because the host
//! makes digests and not the theme.

/// The most addresses that one sentence names.
const MOST_NAMES: usize = 3;

/// A language's words. `{n}` is a number, `{board}` the board's name.
pub(crate) struct Words {
    pub(crate) language: &'static str,
    one: &'static str,
    many: &'static str,
    /// The subject of a digest with closed jobs only.
    only_over: &'static str,
    pub(crate) over: &'static str,
    pub(crate) all_jobs: &'static str,
    why: &'static str,
    pub(crate) unsubscribe: &'static str,
    /// Why a channel is paused whose recipients, `{who}`, have all unsubscribed.
    unsubscribed: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    one: "1 new job at {board}",
    many: "{n} new jobs at {board}",
    only_over: "Jobs at {board} that are no longer open",
    over: "No longer open",
    all_jobs: "All jobs",
    why: "You get this because this address receives the new jobs of {board}.",
    unsubscribe: "Stop these mails",
    unsubscribed: "{who} has asked for no more mail, so nothing is sent. Lift that on the channel's page “Mail” once they want it again, or give another address.",
};

const SPANISH: Words = Words {
    language: "es",
    one: "1 oferta nueva en {board}",
    many: "{n} ofertas nuevas en {board}",
    only_over: "Ofertas de {board} que ya no están abiertas",
    over: "Ya no están abiertas",
    all_jobs: "Todas las ofertas",
    why: "Recibes este correo porque esta dirección recibe las ofertas nuevas de {board}.",
    unsubscribe: "Dejar de recibir estos correos",
    unsubscribed: "{who} ha pedido no recibir más correo, así que no se envía nada. Anula la baja en la página «Correo» del canal cuando quiera recibirlo de nuevo, o pon otra dirección.",
};

const PORTUGUESE: Words = Words {
    language: "pt-BR",
    one: "1 vaga nova em {board}",
    many: "{n} vagas novas em {board}",
    only_over: "Vagas de {board} que não estão mais abertas",
    over: "Não estão mais abertas",
    all_jobs: "Todas as vagas",
    why: "Você recebe este e-mail porque este endereço recebe as vagas novas de {board}.",
    unsubscribe: "Parar de receber estes e-mails",
    unsubscribed: "{who} pediu para não receber mais e-mails, por isso nada é enviado. Reative o envio na página “E-mail” do canal quando quiser recebê-los de novo, ou informe outro endereço.",
};

impl Words {
    /// The words of a locale's language, or English.
    pub(crate) fn of(locale: &str) -> &'static Self {
        match locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "es" => &SPANISH,
            "pt" => &PORTUGUESE,
            _ => &ENGLISH,
        }
    }

    /// "3 new jobs at Acme".
    pub(crate) fn heading(&self, open: usize, board: &str) -> String {
        let text = match open {
            0 => self.only_over,
            1 => self.one,
            _ => self.many,
        };
        // The number first: a board's name may contain `{n}`.
        text.replace("{n}", &open.to_string()).replace("{board}", board)
    }

    /// Why the channel is paused.
    pub(crate) fn unsubscribed(&self, who: &[String]) -> String {
        let mut names = who.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
        if who.len() > MOST_NAMES {
            names.push_str(&format!(", … ({})", who.len()));
        }
        self.unsubscribed.replace("{who}", &names)
    }

    pub(crate) fn why(&self, board: &str) -> String {
        self.why.replace("{board}", board)
    }
}
