//! Real offers, from files that others wrote: imported, reviewed, published. They belong to others and
//! are not part of the project; without the folder the offers below stand in for them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tablon_testkit::Backend;

use crate::board::{Board, CHANNEL};

/// Beside the checkout, where there is one.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    beside.is_dir().then_some(beside)
}

#[tokio::test]
async fn imported_offers_are_reviewed_and_published_on_both_databases() {
    for backend in Backend::all() {
        let board = Board::start(backend).await;
        board.add_channel().await;
        let files = files_to_import(board.program().folder());
        let mut ids = Vec::new();
        for file in files {
            let imported =
                board.program().json(&["job", "import", &file.display().to_string(), "--tenant", "acme"], "");
            for row in imported["items"].as_array().expect("a list") {
                assert_eq!(row["state"], "submitted", "{}: {row:#}", file.display());
                ids.push(row["id"].as_str().expect("an id").to_owned());
            }
            let again = board.program().json(&["job", "import", &file.display().to_string(), "--tenant", "acme"], "");
            let skipped = again["counts"]["skipped"].as_u64();
            assert_eq!(skipped, again["items"].as_array().map(|rows| rows.len() as u64), "{again:#}");
        }
        // Several files may speak of the same offer: then they are one.
        ids.sort_unstable();
        ids.dedup();
        assert!(!ids.is_empty());
        for id in &ids {
            review(&board, id).await;
            board.approve(id).await;
        }
        for id in &ids {
            board.placement_in(id, "published").await;
        }
        assert_eq!(board.telegram.shown(CHANNEL).len(), ids.len());
        board.telegram.assert_no_violations();
    }
}

/// What a moderator adds where the source had no way to apply.
async fn review(board: &Board, id: &str) {
    let job = board.staff.get(&format!("/jobs/{id}")).await.expect(200);
    assert!(job["valid_through"].is_null() || job["valid_through"].as_str() > Some("2026"), "{job:#}");
    if job["apply_url"].is_null() && job["apply_email"].is_null() {
        let apply = json!({ "apply_url": "https://jobs.example.org/apply", "contact_email": "hr@example.org" });
        board.staff.patch(&format!("/jobs/{id}"), apply).await.expect(200);
    }
}

fn files_to_import(scratch: &Path) -> Vec<PathBuf> {
    let Some(folder) = folder() else {
        let file = scratch.join("jobs.json");
        fs::write(&file, STAND_IN).expect("a file");
        return vec![file];
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => files.push(path),
            Some("yml") => {
                let jobs = jobs_of_yaml(&fs::read_to_string(&path).expect("text"));
                assert!(jobs.len() > 10, "the list was read");
                let csv = scratch.join("jobs.csv");
                fs::write(&csv, as_csv(&jobs)).expect("a file");
                files.push(csv);
                let json_ld = scratch.join("jobs.jsonld");
                fs::write(&json_ld, as_json_ld(&jobs).to_string()).expect("a file");
                files.push(json_ld);
            }
            _ => {}
        }
    }
    files
}

#[derive(Default)]
struct Listed {
    title: String,
    link: String,
    company: String,
    logo: String,
    locations: Vec<String>,
}

/// Just the YAML of a list of flat entries with one nested list, which is all that such a page has.
fn jobs_of_yaml(text: &str) -> Vec<Listed> {
    let mut jobs: Vec<Listed> = Vec::new();
    for line in text.lines() {
        if line.starts_with("  - ") {
            jobs.push(Listed::default());
        }
        let Some(job) = jobs.last_mut() else { continue };
        let entry = line.trim_start_matches([' ', '-']);
        let nested = line.starts_with("      - ");
        match entry.split_once(": ") {
            Some(("title", value)) if !nested => job.title = value.trim_matches('"').to_owned(),
            Some(("link", value)) if !nested => job.link = value.to_owned(),
            Some(("company", value)) if !nested => job.company = value.to_owned(),
            Some(("company_logo", value)) if !nested => job.logo = value.to_owned(),
            _ if nested => job.locations.push(entry.to_owned()),
            _ => {}
        }
    }
    jobs
}

fn as_csv(jobs: &[Listed]) -> String {
    let mut csv = "title,company,company_logo,link,locations\n".to_owned();
    for job in jobs {
        let cells = [&job.title, &job.company, &job.logo, &job.link, &job.locations.join("|")];
        let cells: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        writeln!(csv, "{}", cells.join(",")).expect("text");
    }
    csv
}

fn as_json_ld(jobs: &[Listed]) -> Value {
    let posting = |job: &Listed| {
        let remote = job.locations.iter().any(|place| place == "Remote");
        let places: Vec<Value> =
            job.locations.iter().filter(|place| *place != "Remote").map(|place| json!({"address": place})).collect();
        json!({
            "@type": "JobPosting", "title": job.title, "url": job.link,
            "description": format!("<p><strong>{}</strong> looks for you.</p>", job.company),
            "hiringOrganization": {"@type": "Organization", "name": job.company, "logo": job.logo},
            "jobLocation": places, "jobLocationType": if remote { json!("TELECOMMUTE") } else { Value::Null },
        })
    };
    json!({ "@context": "https://schema.org", "@graph": jobs.iter().map(posting).collect::<Vec<_>>() })
}

const STAND_IN: &str = r#"[
  {"@type": "JobPosting", "title": "Software Engineer", "description": "<p>Build <b>things</b>.</p>",
   "validThrough": "2024-03-18T00:00", "jobLocationType": "TELECOMMUTE",
   "applicantLocationRequirements": {"@type": "Country", "name": "USA"},
   "hiringOrganization": {"@type": "Organization", "name": "Acme", "sameAs": "https://acme.example"},
   "baseSalary": {"currency": "USD", "value": {"value": 40.0, "unitText": "HOUR"}}},
  {"@type": "JobPosting", "title": "Ingeniera de datos", "description": "&lt;p&gt;Datos&lt;/p&gt;",
   "employmentType": ["FULL_TIME", "CONTRACTOR"], "url": "https://acme.example/2",
   "jobLocation": {"address": {"addressLocality": ", Sevilla", "addressCountry": "ESP"}},
   "hiringOrganization": "Acme"}
]"#;
