use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::*;
use crate::form::{FieldErrors, FieldProblem};

struct Import {
    jobs: Vec<ImportedJob>,
    warnings: Vec<Warning>,
}

fn read(text: &str, format: Format, today: NaiveDate) -> Result<Import, ImportError> {
    let mut jobs = Vec::new();
    let warnings = super::read(text.as_bytes(), Some(format), today, &mut |job| {
        jobs.push(job);
        ControlFlow::Continue(())
    })?;
    Ok(Import { jobs, warnings })
}

fn today() -> NaiveDate {
    "2026-01-01".parse().expect("a date")
}

fn titles(text: &str, format: Format) -> Vec<String> {
    let import = read(text, format, today()).expect("jobs");
    import.jobs.iter().map(|job| job.job["title"].as_str().unwrap_or("?").to_owned()).collect()
}

#[test]
fn jobs_are_found_in_every_shape_of_json() {
    let posting = |title: &str| json!({"@type": "JobPosting", "title": title}).to_string();
    let (a, b) = (posting("A"), posting("B"));
    for text in [
        format!("[{a},{b}]"),
        format!("{a}\n{b}\n"),
        format!(r#"{{"@context":"https://schema.org","@graph":[{{"@type":"WebPage"}},{a},{b}]}}"#),
        format!(
            r#"{{"@type":"ItemList","itemListElement":[{{"@type":"ListItem","item":{a}}},{{"@type":"ListItem","item":{b}}}]}}"#
        ),
        r#"{"items":[{"id":"1","title":"A"},{"id":"2","title":"B"}],"next_cursor":null}"#.to_owned(),
    ] {
        assert_eq!(titles(&text, Format::Json), ["A", "B"], "{text}");
    }
}

#[test]
fn a_job_that_was_exported_from_a_board_comes_back_without_what_the_server_added() {
    let text = r#"{"id":"1","slug":"a","state":"published","title":"A","salary":null,"valid_through":"2026-05-01"}"#;
    let import = read(text, Format::Json, today()).expect("a job");
    assert_eq!(import.jobs[0].job, json!({"title": "A", "description": "A", "valid_through": "2026-05-01"}));
}

#[test]
fn a_table_may_use_semicolons_and_its_own_names() {
    let text = "\u{feff}Job title;Company;Description;Locations;Tags;Link;Salary min;Currency;Salary period;Mood\n\
                Rust engineer;Acme;\"Build; ship\";Paris, France|Remote;rust, sql;https://acme.example/1;42,000;eur;year;good\n";
    let import = read(text, Format::Csv, today()).expect("a job");
    assert_eq!(
        import.jobs[0].job,
        json!({
            "title": "Rust engineer", "organization": {"name": "Acme"}, "description": "Build; ship",
            "locations": [{"city": "Paris", "country": "FR"}], "workplace": "remote", "tags": ["rust", "sql"],
            "apply_url": "https://acme.example/1",
            "salary": {"min": "42000", "max": null, "currency": "EUR", "period": "YEAR"},
        })
    );
    assert_eq!(import.warnings, [Warning::Unused("the column \"Mood\"".to_owned())]);
    assert_eq!(import.jobs[0].warnings, [Warning::Missing("contact_email")]);
}

#[test]
fn a_file_without_jobs_says_so() {
    assert!(matches!(read("{}", Format::Json, today()), Err(ImportError::NoJob)));
    assert!(matches!(read("{", Format::Json, today()), Err(ImportError::Json(_))));
    assert!(matches!(read("a,b\n1,2\n", Format::Csv, today()), Err(ImportError::NoKnownColumn)));
}

#[test]
fn the_format_is_told_by_the_ending_or_by_the_first_character() {
    assert_eq!(Format::by_name("jobs.jsonld"), Some(Format::Json));
    assert_eq!(Format::by_name("jobs.CSV"), Some(Format::Csv));
    assert_eq!(Format::by_name("jobs"), None);
    for text in [" [{\"title\":\"A\"}]", "\u{feff}{\"title\":\"A\"}", "title,organization\nA,Acme\n"] {
        let mut titles = Vec::new();
        super::read(text.as_bytes(), None, today(), &mut |job| {
            titles.push(job.title().map(str::to_owned));
            ControlFlow::Continue(())
        })
        .expect("a job");
        assert_eq!(titles, [Some("A".to_owned())], "{text}");
    }
}

#[test]
fn what_stands_above_a_table_is_passed_over() {
    for text in [
        "sep=;\nJob Title;Company Name\nA;Acme\n",
        "\"sep=;\"\r\nJob Title;Company Name\r\nA;Acme\r\n",
        "Open positions in May\n\nJob Title,Company Name\nA,Acme\n",
        "Open positions;;\n;;\nJob Title;Company Name;Mood\nA;Acme;good\n",
        "Job Title\tCompany Name\nA\tAcme\n",
        "sep=\t\nJob Title\tCompany Name\nA\tAcme\n",
    ] {
        let import = read(text, Format::Csv, today()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(import.jobs.len(), 1, "{text}");
        assert_eq!(import.jobs[0].job["organization"]["name"], "Acme", "{text}");
        assert_eq!(import.jobs[0].job["title"], "A", "{text}");
    }
}

#[test]
fn nodes_of_a_graph_are_followed_and_a_circle_ends() {
    let graph = |last: &str| {
        format!(
            r##"{{"@context":"https://schema.org","@graph":[
            {{"@type":"JobPosting","@id":"#job","title":"A","description":"B","hiringOrganization":{{"@id":"#org"}},
              "jobLocation":[{{"@id":"#place"}}]}},
            {{"@type":"Organization","@id":"#org","name":"R&amp;D","logo":{{"@id":"#logo"}}}},
            {{"@type":"ImageObject","@id":"#logo","url":"https://acme.example/logo.png","about":{{"@id":"#org"}}}},
            {{"@type":"Place","@id":"#place","address":{{"addressLocality":"Sevilla","addressCountry":"ES"}}}}{last}]}}"##
        )
    };
    for text in [graph(""), graph(r##",{"@id":"#org","name":"Second"}"##)] {
        let job = &read(&text, Format::Json, today()).expect("a job").jobs[0].job;
        let logo = "https://acme.example/logo.png";
        assert_eq!(job["organization"], json!({"name": "R&D", "logo_url": logo}), "{text}");
        assert_eq!(job["locations"], json!([{"city": "Sevilla", "country": "ES"}]));
    }
}

#[test]
fn references_that_multiply_are_not_copied_without_end() {
    let mut nodes: Vec<Value> = (0..20)
        .map(|n| json!({"@id": format!("#{n}"), "name": "x", "a": {"@id": format!("#{}", n + 1)}, "b": {"@id": format!("#{}", n + 1)}}))
        .collect();
    nodes.push(json!({"@type": "JobPosting", "title": "A", "hiringOrganization": {"@id": "#0"}}));
    let text = json!({"@graph": nodes}).to_string();
    assert_eq!(read(&text, Format::Json, today()).expect("a job").jobs[0].job["organization"]["name"], "x");
}

#[test]
fn a_flat_object_with_the_names_of_tables_is_a_job() {
    let text = r#"[{"job_title":"A","company":"Acme","url":"https://acme.example/1","location":"Remote, US","salary":"30k-40k EUR/year","foo":1}]"#;
    let import = read(text, Format::Json, today()).expect("a job");
    let job = &import.jobs[0].job;
    assert_eq!((&job["title"], &job["organization"]["name"]), (&json!("A"), &json!("Acme")));
    assert_eq!(job["salary"], json!({"min": "30000", "max": "40000", "currency": "EUR", "period": "YEAR"}));
    assert_eq!(job["workplace"], "remote");
    assert!(import.jobs[0].warnings.iter().any(|warning| warning.to_string().contains("foo")));
}

#[test]
fn a_list_of_links_becomes_jobs_that_a_moderator_can_complete() {
    let import = read("title,link\nRust engineer,https://www.acme.example/1\n", Format::Csv, today()).expect("a job");
    let job = &import.jobs[0];
    assert_eq!(job.job["organization"], json!({"name": "acme.example"}));
    assert_eq!(job.job["description"], "Rust engineer");
    let said: Vec<String> = job.warnings.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|warning| warning.starts_with("description is missing; \"Rust engineer\"")), "{said:?}");
}

#[test]
fn what_the_board_refuses_is_left_out_whole_but_never_what_a_job_needs() {
    let mut job = ImportedJob {
        job: json!({"title": "A", "organization": {"name": "Acme", "logo_url": "img/a.svg"}, "salary": {"min": "9", "max": "1"}}),
        warnings: Vec::new(),
        identity: Identity { identifier: None, namespace: None, url: None, fingerprint: String::new() },
    };
    let mut refused = FieldErrors::one("/organization/logo_url", FieldProblem::NotUrl);
    refused.push("/salary/max", FieldProblem::MinOverMax);
    assert!(job.leave_out(&refused));
    assert_eq!(job.job, json!({"title": "A", "organization": {"name": "Acme"}}));
    assert_eq!(job.warnings.len(), 2);
    assert!(!job.leave_out(&FieldErrors::one("/title", FieldProblem::TooLong { max: 1 })));
}
