//! Descriptions that were stored before their HTML was understood.

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::Value;
use tablon_core::text::common_mark;

use crate::fixture::{World, on_both, published};

/// Changes every row's JSON in a column.
async fn rewrite(world: &World, table: &str, column: &str, change: impl Fn(&mut Value)) {
    let db = Database::connect(world.database.url()).await.unwrap();
    let select = Statement::from_string(db.get_database_backend(), format!("SELECT {column} FROM {table}"));
    let row = db.query_one_raw(select).await.unwrap().unwrap();
    let mut json: Value = row.try_get("", column).unwrap();
    change(&mut json);
    let text = json.to_string().replace('\'', "''");
    db.execute_unprepared(&format!("UPDATE {table} SET {column} = '{text}'")).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_row_from_before_is_read_as_what_was_typed() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = published(&board, "Baker").await;
        let typed = "<p>We look for a <b>baker</b>.</p>\n\nVec<T>\n• knead";
        rewrite(&world, "job_revisions", "content", |content| content["description"] = typed.into()).await;
        // What an approval froze then: without anything that looked like HTML.
        rewrite(&world, "postings", "posting", |posting| {
            posting["description"] = "".into();
            posting["summary"] = "Vec".into();
            posting.as_object_mut().unwrap().remove("text_rules");
        })
        .await;
        let stored = "We look for a **baker**.\n\nVec<T>\n• knead";
        let found = board.jobs().get(job.id).await.unwrap().unwrap();
        assert_eq!(found.content.description, stored);
        assert_eq!(board.jobs().revisions(job.id, None, None).await.unwrap().items[0].content.description, stored);
        let posting = board.jobs().posting(job.id).await.unwrap().unwrap();
        assert_eq!(posting.description, "We look for a **baker**.\n\nVec\\<T>\n- knead");
        assert_eq!(posting.summary, "We look for a baker. Vec<T> knead");
        assert_eq!(common_mark(&posting.description), posting.description, "once more changes nothing");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_is_nested_without_end_is_shown_as_plain_text() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = published(&board, "Baker").await;
        for deep in [">".repeat(29_000) + "x", "<b>".repeat(3_000) + "x" + &"</b>".repeat(3_000)] {
            rewrite(&world, "job_revisions", "content", |content| content["description"] = deep.clone().into()).await;
            let found = board.jobs().get(job.id).await.unwrap().unwrap();
            assert_eq!(found.content.description, deep, "what can't be read is left alone");
            let shown = common_mark(&found.content.description);
            assert!(shown.starts_with('\\') && shown.contains('x'), "{}", &shown[..100]);
        }
    })
    .await;
}
