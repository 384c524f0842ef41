//! One sample of every page, for the test that renders them all in every language. A file for each part of the site.

mod account;
mod channels;
mod entrance;
mod forms;
mod jobs;
mod operator;
mod placements;
mod previews;
mod public;
mod staff;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::*;

/// A template and what it is given.
pub(crate) struct Sample {
    /// What this sample shows: the template's name, or the name and a case.
    pub(crate) name: &'static str,
    pub(crate) template: &'static str,
    pub(crate) view: serde_json::Value,
}

/// Every page in every state that looks different.
pub(crate) fn all(locale: &'static str) -> Vec<Sample> {
    let mut samples = public::pages(locale);
    samples.extend(entrance::pages(locale));
    samples.extend(account::pages(locale));
    samples.extend(operator::pages(locale));
    samples.extend(staff::pages(locale));
    samples.extend(channels::pages(locale));
    samples.extend(placements::pages(locale));
    samples
}

fn sample(name: &'static str, template: &'static str, view: impl Serialize) -> Sample {
    Sample { name, template, view: serde_json::to_value(view).expect("a view serialises") }
}

fn now() -> DateTime<Utc> {
    "2026-11-20T10:30:00Z".parse().expect("a time")
}

fn frame(locale: &'static str) -> Frame {
    Frame {
        locale,
        now: now(),
        board: Some(BoardView {
            name: "Rust Sevilla".into(),
            description: Some("Empleo para quien programa en Rust, en Sevilla y desde Sevilla.".into()),
            root: "/t/rust-sevilla".into(),
            url: "https://jobs.example.org/t/rust-sevilla/".into(),
            zone: "Europe/Madrid".into(),
            brand_css: "/t/rust-sevilla/brand.css".into(),
            register_url: Some("https://jobs.example.org/t/rust-sevilla/register".into()),
        }),
        home: "/t/rust-sevilla/".into(),
        login_url: "https://jobs.example.org/login".into(),
    }
}

fn staff(section: &'static str) -> StaffView {
    StaffView {
        user: "Lucía Prado".into(),
        csrf: "c0ffee".into(),
        admin: "/t/rust-sevilla/admin".into(),
        section,
        may_admin: true,
        operator: true,
        queue: 3,
        trouble: 1,
        paused: 1,
    }
}
