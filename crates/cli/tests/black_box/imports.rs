//! `tablon job import`: a report of what each row did, and little memory for a file of any size.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use tablon_testkit::Backend;

use crate::board::{Program, run};

async fn program(backend: Backend) -> Program {
    let program = Program::new(backend).await;
    program.json(&["tenant", "create", "acme"], "");
    program
}

fn file(program: &Program, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = program.folder().join(name);
    fs::write(&path, text).expect("a file");
    path.display().to_string()
}

fn outcomes(report: &Value) -> Vec<(u64, String)> {
    let rows = report["items"].as_array().expect("a list").iter();
    rows.map(|row| (row["row"].as_u64().expect("a number"), row["outcome"].as_str().expect("a word").to_owned()))
        .collect()
}

#[tokio::test]
async fn the_report_says_which_row_did_what_and_a_second_import_does_nothing() {
    for backend in Backend::all() {
        let program = program(backend).await;
        let table = |pay: &str| {
            format!(
                "sep=;\nReference;Job Title;Company Name;Salary min;Salary max;Currency\n\
             1;Baker;Oven;{pay};40.000;EUR\n2;;;;;\n3;Cook;Oven;;;\n"
            )
        };
        let path = file(&program, "jobs.csv", table("30.000"));
        let import = ["job", "import", &path, "--tenant", "acme"];
        let dry = program.json(&[&import[..], &["--dry-run"]].concat(), "");
        let words =
            |words: [&str; 3]| words.into_iter().zip(1..).map(|(word, row)| (row, word.to_owned())).collect::<Vec<_>>();
        assert_eq!(outcomes(&dry), words(["created", "refused", "created"]));
        assert_eq!((&dry["items"][0]["id"], &dry["items"][0]["state"]), (&Value::Null, &json!("not imported")));
        let first = program.json(&import, "");
        assert_eq!(outcomes(&first), words(["created", "refused", "created"]), "{first:#}");
        assert!(first["items"][1]["error"].as_str().is_some_and(|error| error.contains("/title")), "{first:#}");
        assert_eq!(outcomes(&program.json(&import, "")), words(["skipped", "refused", "skipped"]));
        file(&program, "jobs.csv", table("32.000"));
        let third = program.json(&import, "");
        assert_eq!(outcomes(&third), words(["updated", "refused", "skipped"]), "{third:#}");
        assert_eq!(third["items"][0]["id"], first["items"][0]["id"]);
        assert_eq!(third["counts"], json!({"created": 0, "updated": 1, "skipped": 1, "refused": 1}));

        let output = run(&mut program.command(&import), "");
        assert!(output.status.success());
        let (report, progress) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(report.contains("row 1: skipped Baker") && report.contains("row 2: refused"), "{report}");
        assert!(progress.contains("3 rows: 0 created, 0 updated, 2 skipped, 1 refused"), "{progress}");
    }
}

#[tokio::test]
async fn a_file_of_any_size_is_read_piece_by_piece() {
    for backend in Backend::all() {
        let program = program(backend).await;
        // More rows than the API takes; each as long as offers are.
        let mut table = "title,company,url,description\n".to_owned();
        let text = "We bake bread, cakes and more. ".repeat(60);
        for row in 0..12_000 {
            writeln!(table, "Baker {row},Oven,https://oven.example/{row},{text}").expect("text");
        }
        let path = file(&program, "many.csv", &table);
        let mut command = program.command(&["job", "import", &path, "--tenant", "acme", "--json"]);
        let output = run(&mut command, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["counts"], json!({"created": 12_000, "updated": 0, "skipped": 0, "refused": 0}));
        assert_eq!(report["items"][11_999]["row"], 12_000);
    }
}

#[tokio::test]
async fn rows_before_a_break_are_told_and_the_break_too() {
    for backend in Backend::all() {
        let program = program(backend).await;
        let job = json!({"@type": "JobPosting", "title": "Baker", "hiringOrganization": "Oven"});
        let path = file(&program, "jobs.jsonl", format!("{job}\n{{\"@type\":"));
        let output = run(&mut program.command(&["job", "import", &path, "--tenant", "acme", "--json"]), "");
        assert!(!output.status.success());
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON, whole");
        assert_eq!(outcomes(&report), [(1, "created".to_owned())]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("not valid JSON"), "{output:?}");
        let from_a_pipe = program.json(&["job", "import", "-", "--tenant", "acme"], &job.to_string());
        assert_eq!(outcomes(&from_a_pipe), [(1, "skipped".to_owned())]);
    }
}
