//! The ways in, and what can go wrong.

use super::forms::{field, small_form};
use super::*;

pub(super) fn pages(locale: &'static str) -> Vec<Sample> {
    let bare = || Frame { board: None, ..frame(locale) };
    let keys = [
        ("not-found", 404),
        ("forbidden", 403),
        ("form-expired", 403),
        ("no-link", 404),
        ("sent-before", 409),
        ("set-up-before", 410),
        ("bad-request", 400),
        ("method-not-allowed", 405),
        ("conflict", 409),
        ("invalid", 422),
        ("too-large", 413),
        ("too-many", 429),
        ("unavailable", 503),
        ("internal", 500),
    ];
    let mut samples: Vec<Sample> = keys
        .into_iter()
        .map(|(key, status)| {
            let errors = if key == "invalid" {
                vec![ErrorItem { label: "Puesto".into(), message: "Rellena este campo.".into() }]
            } else {
                vec![]
            };
            sample(
                key,
                "pages/error.html",
                ErrorPage {
                    helpers: if key == "forbidden" { vec!["Lucía Prado".into(), "Ana".into()] } else { vec![] },
                    back: "/t/x/admin".into(),
                    back_label: "error-page-queue",
                    frame: frame(locale),
                    key,
                    status,
                    errors,
                },
            )
        })
        .collect();
    let account = || {
        small_form(vec![
            FieldView { required: true, autocomplete: Some("username"), ..field("email", "email", "Correo") },
            FieldView {
                required: true,
                autocomplete: Some("current-password"),
                ..field("password", "password", "Contraseña")
            },
        ])
    };
    samples.push(sample(
        "login",
        "pages/login.html",
        Login {
            frame: bare(),
            csrf: "c0ffee".into(),
            done: Some("password-reset"),
            next: "/".into(),
            kept: vec![("keep.title".into(), "Ingeniera \"Rust\"".into())],
            form: FormView {
                errors: vec![FormError {
                    target: None,
                    label: String::new(),
                    message: "El correo o la contraseña no son correctos.".into(),
                }],
                ..account()
            },
        },
    ));
    for key in ["form-expired", "no-link", "conflict", "invalid", "too-many", "unavailable", "internal", "signed-in"] {
        let had_secret = key == "signed-in";
        let view = Resend {
            frame: frame(locale),
            csrf: "c0ffee".into(),
            key,
            errors: vec![],
            action: "/t/rust-sevilla/submit".into(),
            pairs: vec![("title".into(), "Ingeniera \"Rust\"\n<b>".into())],
            had_secret,
            has_page: key != "conflict",
            typed: vec![ErrorItem { label: "Puesto".into(), message: "Ingeniera \"Rust\"\n<b>".into() }],
        };
        samples.push(sample("resend", "pages/resend.html", view));
    }
    samples.push(sample(
        "setup",
        "pages/setup.html",
        Setup { frame: bare(), csrf: "c0ffee".into(), action: "/setup/x".into(), form: account(), fresh: true },
    ));
    samples
}
