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
        address_asked: Some(AddressAsked { email: "new@example.org".into(), until: now() + Duration::hours(20) }),
        mails: true,
        operator: false,
        address: small_form(vec![FieldView { required: true, ..field("new_email", "email", "Correo nuevo") }]),
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
        waiting: vec![
            WaitingView {
                id: "w".into(),
                email: "luis@example.org".into(),
                role: "moderator",
                maker: Some("Lucía".into()),
                expires_at: now() + Duration::days(12),
                may_change: true,
            },
            WaitingView {
                id: "v".into(),
                email: "rosa@example.org".into(),
                role: "owner",
                maker: None,
                expires_at: now() + Duration::days(30),
                may_change: false,
            },
        ],
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
    let address = |state| AccountAddress {
        frame: bare(),
        csrf: "c0ffee".into(),
        action: "/account/address/x".into(),
        state,
        email: "new@example.org".into(),
        present: "lucia@example.org".into(),
    };
    let register = |user: Option<String>, mails| Register {
        frame: frame(locale),
        csrf: "c0ffee".into(),
        action: "/t/rust-sevilla/register".into(),
        sent: false,
        mails,
        user,
        member: false,
        enter_url: "/login?next=x".into(),
        form: small_form(vec![FieldView { required: true, ..field("email", "email", "Correo") }]),
    };
    let register_link = |state| RegisterLink {
        frame: frame(locale),
        csrf: "c0ffee".into(),
        action: "/t/rust-sevilla/register/x".into(),
        state,
        email: "ana@example.org".into(),
        register_url: "/t/rust-sevilla/register".into(),
        form: small_form(vec![name(), password()]),
    };
    let signed_in = || Some("Ana (ana@example.org)".to_owned());
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
                address_asked: None,
                mails: false,
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
        sample("account-address", "pages/account_address.html", address("works")),
        sample(
            "account-address-present",
            "pages/account_address.html",
            AccountAddress { present: "new@example.org".into(), ..address("works") },
        ),
        sample("account-address-over", "pages/account_address.html", address("over")),
        sample("account-address-other", "pages/account_address.html", address("other")),
        sample("account-address-taken", "pages/account_address.html", address("taken")),
        sample("register", "pages/register.html", register(None, true)),
        sample("register-without-mail", "pages/register.html", register(None, false)),
        sample("register-sent", "pages/register.html", Register { sent: true, ..register(None, true) }),
        sample("register-signed-in", "pages/register.html", register(signed_in(), true)),
        sample("register-member", "pages/register.html", Register { member: true, ..register(signed_in(), true) }),
        sample("register-link", "pages/register_link.html", register_link("works")),
        sample("register-link-over", "pages/register_link.html", register_link("over")),
        sample("register-link-taken", "pages/register_link.html", register_link("taken")),
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
