//! Accounts, invitations, and who works on a board.

use chrono::Duration;

use super::forms::{field, small_form};
use super::*;

pub(super) fn pages(locale: &'static str) -> Vec<Sample> {
    let bare = || Frame { board: None, home: "/".into(), ..frame(locale) };
    let password = || FieldView {
        required: true,
        autocomplete: Some("new-password"),
        ..field("password", "password", "Contraseña")
    };
    let name = || FieldView { required: true, ..field("name", "text", "Tu nombre") };
    let code = || FieldView {
        required: true,
        error: Some("No es el código de este momento.".into()),
        ..field("code", "text", "Código")
    };
    let account = || Account {
        frame: bare(),
        csrf: "c0ffee".into(),
        done: Some("account-saved"),
        email: "lucia@example.org".into(),
        email_confirmed: false,
        operator: false,
        profile: small_form(vec![name()]),
        password: small_form(vec![password()]),
        totp_since: Some(now()),
        codes_left: 3,
        sessions: vec![
            SessionView {
                handle: "0123".into(),
                since: now() - Duration::days(2),
                used: now(),
                browser: Some("Firefox, Linux".into()),
                current: true,
            },
            SessionView { handle: "4567".into(), since: now(), used: now(), browser: None, current: false },
        ],
        boards: vec![AccountBoard {
            slug: "rust-sevilla".into(),
            name: "Rust <Sevilla>".into(),
            url: "#".into(),
            role: "moderator",
        }],
        boards_problem: Some("Un tablón necesita un propietario.".into()),
    };
    let join = |state| Join {
        frame: bare(),
        csrf: "c0ffee".into(),
        action: "/join/x".into(),
        state,
        inviting: "Rust <Sevilla>".into(),
        inviting_url: "#".into(),
        role: "moderator",
        inviter: Some("Lucía Prado".into()),
        email: Some("ana@example.org".into()),
        user: None,
        fits: false,
        enter_url: "/login?next=%2Fjoin%2Fx".into(),
        form: small_form(vec![name(), password()]),
    };
    let member = |name: &str, role, me, may_change| MemberView {
        id: "x".into(),
        name: name.into(),
        email: format!("{name}@example.org"),
        role,
        email_confirmed: me,
        me,
        may_change,
    };
    let team = |new_link: Option<String>| Team {
        frame: frame(locale),
        staff: staff("members"),
        done: None,
        problem: new_link.is_none().then(|| "Un tablón necesita un propietario.".into()),
        members: vec![member("Lucía", "owner", false, false), member("Ana", "admin", true, true)],
        waiting: vec![member("luis", "moderator", false, true)],
        invitations: vec![
            InvitationView {
                id: "y".into(),
                role: "moderator",
                email: Some("ana@example.org".into()),
                maker: Some("Lucía".into()),
                expires_at: now() + Duration::days(6),
                may_revoke: true,
            },
            InvitationView {
                id: "z".into(),
                role: "owner",
                email: None,
                maker: None,
                expires_at: now() + Duration::days(6),
                may_revoke: false,
            },
        ],
        new_link,
        roles: vec!["member", "moderator", "admin"],
        form: small_form(vec![field("email", "email", "Correo")]),
    };
    let link = "https://jobs.example.org/join/8Jq2mVb0Yw3nq1cTqv5k7Zr6xPsL4dFhAeUoGiKtMnB";
    let forgot = |sent, mails| Forgot {
        frame: bare(),
        csrf: "c0ffee".into(),
        sent,
        mails,
        form: small_form(vec![field("email", "email", "Correo")]),
    };
    let reset = |valid| Reset {
        frame: bare(),
        csrf: "c0ffee".into(),
        action: "/reset/x".into(),
        valid,
        form: small_form(vec![password()]),
    };
    let mut samples: Vec<Sample> =
        [("join-open", "open"), ("join-used", "used"), ("join-revoked", "revoked"), ("join-expired", "expired")]
            .into_iter()
            .map(|(name, state)| sample(name, "pages/join.html", join(state)))
            .collect();
    samples.extend([
        sample("account", "pages/account.html", account()),
        sample(
            "account-plain",
            "pages/account.html",
            Account {
                done: None,
                totp_since: None,
                operator: true,
                email_confirmed: true,
                boards: vec![],
                boards_problem: None,
                ..account()
            },
        ),
        sample(
            "account-totp",
            "pages/account_totp.html",
            AccountTotp {
                frame: bare(),
                csrf: "c0ffee".into(),
                pending: "x".into(),
                picture: "data:image/svg+xml;base64,PHN2Zy8+".into(),
                key: "GEZD GNBV GY3T QOJQ".into(),
                form: small_form(vec![code(), password()]),
            },
        ),
        sample(
            "account-totp-off",
            "pages/account_totp_off.html",
            AccountTotpOff { frame: bare(), csrf: "c0ffee".into(), form: small_form(vec![code(), password()]) },
        ),
        sample(
            "recovery-codes",
            "pages/recovery_codes.html",
            RecoveryCodes { frame: bare(), codes: vec!["abcd-efgh-ijkl-mnop".into(); 10] },
        ),
        sample(
            "login-code",
            "pages/login_code.html",
            LoginCode {
                frame: bare(),
                csrf: "c0ffee".into(),
                step: "x".into(),
                next: "/".into(),
                kept: vec![("keep.title".into(), "Ingeniera \"Rust\"".into())],
                form: small_form(vec![code()]),
            },
        ),
        sample(
            "join-signed-in",
            "pages/join.html",
            Join { user: Some("Ana (ana@example.org)".into()), fits: true, ..join("open") },
        ),
        sample(
            "join-for-another",
            "pages/join.html",
            Join { user: Some("Luis (luis@example.org)".into()), inviter: None, ..join("open") },
        ),
        sample("forgot", "pages/forgot.html", forgot(false, false)),
        sample("forgot-sent", "pages/forgot.html", forgot(true, true)),
        sample("forgot-without-mail", "pages/forgot.html", forgot(true, false)),
        sample("reset", "pages/reset.html", reset(true)),
        sample("reset-over", "pages/reset.html", reset(false)),
        sample("admin-members", "pages/admin/members.html", team(None)),
        sample("admin-members-link", "pages/admin/members.html", team(Some(link.into()))),
    ]);
    samples
}
