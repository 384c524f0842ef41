//! A form with every kind of field.

use super::*;

pub(super) fn field(name: &str, kind: &'static str, label: &str) -> FieldView {
    FieldView {
        name: name.into(),
        id: format!("f-{}", name.replace('.', "-")),
        kind,
        label: label.into(),
        ..FieldView::default()
    }
}

pub(super) fn options(values: &[&str]) -> Vec<OptionView> {
    let option = |(i, v): (usize, &&str)| OptionView { value: (*v).into(), label: (*v).into(), chosen: i == 1 };
    values.iter().enumerate().map(option).collect()
}

fn forget(secret: &str) -> Option<ForgetView> {
    Some(ForgetView { secret: secret.into(), chosen: secret == "old_token" })
}

pub(super) fn form(with_errors: bool) -> FormView {
    let help = |text: &str| Some(text.to_owned());
    let wrong = |text: &str| with_errors.then(|| text.to_owned());
    let group = |legend: &str, fields| Group { legend: Some(legend.into()), fields };
    FormView {
        groups: vec![
            group(
                "El puesto",
                vec![
                    FieldView {
                        required: true,
                        max: Some(150),
                        help: help("Lo que alguien buscaría. Sin mayúsculas ni «urgente»."),
                        value: "Ingeniera <script> \"de\" plataformas".into(),
                        ..field("title", "text", "Puesto")
                    },
                    FieldView {
                        required: true,
                        error: wrong("Rellena este campo."),
                        ..field("organization.name", "text", "Empresa")
                    },
                    field("organization.url", "url", "Su página web"),
                    FieldView {
                        required: true,
                        value: "Una línea\n</textarea>".into(),
                        ..field("description", "markdown", "Descripción")
                    },
                ],
            ),
            group(
                "Dónde",
                vec![
                    FieldView {
                        options: options(&["Presencial", "Híbrido", "En remoto"]),
                        value: "x".into(),
                        required: true,
                        ..field("workplace", "select", "Modalidad")
                    },
                    FieldView {
                        rows: vec![
                            PlaceRow {
                                index: 0,
                                city: "Sevilla".into(),
                                region: "Andalucía".into(),
                                country: "ES".into(),
                            },
                            PlaceRow { index: 1, ..PlaceRow::default() },
                        ],
                        may_grow: true,
                        ..field("locations", "locations", "Lugares")
                    },
                    FieldView {
                        chosen: vec!["ES".into(), "PT".into()],
                        help: help("Si no eliges ninguno: desde cualquiera."),
                        ..field("remote_countries", "countries", "Países en remoto")
                    },
                ],
            ),
            group(
                "Condiciones",
                vec![
                    FieldView {
                        options: options(&["Jornada completa", "Media jornada", "Prácticas"]),
                        ..field("employment_types", "multi_select", "Tipo de trabajo")
                    },
                    FieldView {
                        money: Some(MoneyView {
                            min: "42000".into(),
                            max: "52k".into(),
                            currency: "XAU".into(),
                            currency_is_rare: true,
                            period: "MONTH".into(),
                        }),
                        error: wrong("Escribe un importe como 42000 o 42000.50."),
                        help: help("Bruto. Las ofertas que dicen el salario se leen más."),
                        ..field("salary", "money_range", "Salario")
                    },
                    FieldView { value: "rust, backend".into(), ..field("tags", "tags", "Etiquetas") },
                    FieldView { value: "true".into(), ..field("silent", "boolean", "Sin sonido") },
                    FieldView { value: "2026-12-31".into(), ..field("valid_through", "date", "Último día") },
                    FieldView { value: "3".into(), ..field("topic", "number", "Tema") },
                    FieldView { is_set: true, ..field("bot_token", "secret", "Token") },
                    FieldView {
                        is_set: true,
                        forget: forget("webhook_url"),
                        ..field("webhook_url", "secret", "Webhook")
                    },
                    FieldView {
                        forget: forget("old_token"),
                        error: Some("isn't known".into()),
                        ..field("old_token", "leftover", "old_token")
                    },
                    FieldView { options: options(&["Español", "Inglés"]), ..field("language", "language", "Idioma") },
                    field("organization.logo_url", "image", "Logotipo"),
                    FieldView {
                        autocomplete: Some("current-password"), ..field("password", "password", "Contraseña")
                    },
                    FieldView {
                        autocomplete: Some("email"),
                        placeholder: Some("a@b.example".into()),
                        ..field("email", "email", "Correo")
                    },
                ],
            ),
        ],
        kept: vec![],
        errors: if with_errors {
            vec![
                FormError {
                    target: Some("f-organization-name".into()),
                    label: "Empresa".into(),
                    message: "Rellena este campo.".into(),
                },
                FormError {
                    target: Some("f-salary".into()),
                    label: "Salario".into(),
                    message: "Escribe un importe.".into(),
                },
                FormError { target: None, label: String::new(), message: "Algo más.".into() },
            ]
        } else {
            vec![]
        },
    }
}

pub(super) fn small_form(fields: Vec<FieldView>) -> FormView {
    FormView { groups: vec![Group { legend: None, fields }], ..FormView::default() }
}
