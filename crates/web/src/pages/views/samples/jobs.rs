//! What jobs say.

use chrono::Duration;

use super::*;

fn place(city: &str, country: &str) -> Place {
    Place { city: Some(city.into()), region: None, country: Some(country.into()) }
}

pub(super) fn card(title: &str, organization: &str, workplace: &'static str, hours: i64) -> JobCard {
    JobCard {
        title: title.into(),
        organization: organization.into(),
        url: "/t/rust-sevilla/jobs/x".into(),
        workplace,
        locations: if workplace == "remote" { vec![] } else { vec![place("Sevilla", "ES")] },
        remote_countries: vec![],
        pay: Some("42.000–52.000 €/año".into()),
        published_at: Some(now() - Duration::hours(hours)),
        submitted_at: Some(now() - Duration::hours(hours)),
        at: Some(now() - Duration::hours(hours)),
        state: "published",
        has_pending: false,
    }
}

pub(super) fn cards() -> Vec<JobCard> {
    vec![
        card("Ingeniera de plataformas (Rust)", "Acme Logística", "hybrid", 2),
        JobCard {
            pay: None,
            locations: vec![place("Madrid", "ES"), place("Lisboa", "PT")],
            ..card("Backend engineer, payments", "Girasol", "on-site", 26)
        },
        JobCard {
            remote_countries: vec!["ES".into(), "PT".into(), "BR".into()],
            pay: Some("from US$90/hour".into()),
            state: "submitted",
            has_pending: true,
            ..card("Developer advocate", "Ferrous Labs International Cooperative", "remote", 24 * 6)
        },
        JobCard {
            remote_countries: ["ES", "PT", "FR", "DE", "IT"].map(String::from).to_vec(),
            state: "filled",
            ..card(
                "Responsable de infraestructura y operaciones para un equipo pequeño con guardias pagadas",
                "Cooperativa Ítaca",
                "remote",
                24 * 40,
            )
        },
        card("Prácticas de desarrollo embebido", "Tierra Firme", "on-site", 24 * 90),
    ]
}

pub(super) fn body() -> JobBody {
    JobBody {
        title: "Ingeniera de plataformas (Rust)".into(),
        organization: "Acme Logística".into(),
        organization_url: Some("https://acme.example".into()),
        description: "Llevamos paquetes a **cuatro millones** de puertas. Nuestro planificador de rutas está escrito \
            en Rust y calcula cada noche el reparto del día siguiente.\n\n## Qué harás\n\n- Cuidar el servicio que \
            reparte 12.000 rutas\n- Medir antes de optimizar, y contar lo que mediste\n- Revisar código con calma; \
            véase [cómo trabajamos](https://acme.example/como)\n\n## Qué pedimos\n\nHaber llevado algún servicio \
            en producción. `async` no debería darte miedo.\n\n> Aquí nadie está de guardia sin cobrarla."
            .into(),
        workplace: "hybrid",
        locations: vec![place("Sevilla", "ES")],
        remote_countries: vec!["ES".into(), "PT".into()],
        employment_types: vec!["FULL_TIME", "PART_TIME"],
        pay: Some("42.000–52.000 €/año".into()),
        tags: vec!["rust".into(), "postgres".into(), "logística".into()],
        apply_url: Some("https://acme.example/jobs/1".into()),
        apply_email: Some("talento@acme.example".into()),
        language: Some("es".into()),
        valid_through: Some("2026-12-31".parse().expect("a day")),
        custom: vec![CustomField { label: "Tamaño del equipo".into(), value: "8".into() }],
        contact_email: Some("hr@acme.example".into()),
        markup_gap: Some("countries"),
    }
}

pub(super) fn tags() -> Vec<TagLink> {
    ["rust", "backend", "embedded", "postgres", "remoto", "prácticas"]
        .iter()
        .enumerate()
        .map(|(i, name)| TagLink { name: (*name).into(), url: format!("?tag={name}"), current: i == 1 })
        .collect()
}
