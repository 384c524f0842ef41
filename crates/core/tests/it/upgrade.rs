//! A database of the version before mail to people, brought to this one with everything that was in it.

use chrono::Duration;
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Value};
use serde_json::json;
use tablon_core::clock::ManualClock;
use tablon_core::store::{ChannelState, MailState};
use tablon_core::{Actor, EmailKey, JobState, Role};
use tablon_migrations::{Migrator, MigratorTrait as _};
use tablon_testkit::database::{Backend, TestDatabase};
use uuid::Uuid;

use crate::fixture::{migrated, noon, offer};

/// The migrations of that version.
const BEFORE: u32 = 15;

async fn insert<const N: usize>(db: &DatabaseConnection, table: &str, row: [(&str, Value); N]) {
    let (columns, values): (Vec<_>, Vec<_>) = row.into_iter().map(|(name, value)| (Alias::new(name), value)).unzip();
    let mut insert = Query::insert();
    insert.into_table(Alias::new(table)).columns(columns).values_panic(values.into_iter().map(Into::into));
    db.execute(&insert).await.unwrap_or_else(|error| panic!("{table}: {error}"));
}

#[tokio::test]
async fn nothing_is_lost_when_an_earlier_database_is_brought_to_this_version() {
    for backend in Backend::all() {
        println!("on {backend}");
        let database = TestDatabase::new(backend).await.unwrap();
        let clock = ManualClock::new(noon());
        let url = match backend {
            Backend::Sqlite => format!("{}?mode=rwc", database.url()),
            Backend::Postgres => database.url().to_owned(),
        };
        let db = Database::connect(&url).await.unwrap();
        Migrator::up(&db, Some(BEFORE)).await.unwrap();
        let ids: Vec<Uuid> = (0..8).map(|_| Uuid::now_v7()).collect();
        let [board, other, owner, job, channel, mail, waiting, sent] = ids[..] else { unreachable!() };
        let (at, soon) = (noon() - Duration::days(9), noon() + Duration::days(9));
        for (id, slug, locale) in [(board, "acme", "pt-BR"), (other, "otro", "es")] {
            let row = [
                ("id", id.into()),
                ("slug", slug.into()),
                ("name", slug.into()),
                ("locale", locale.into()),
                ("time_zone", "America/Bahia".into()),
                ("accent", "#123456".into()),
                ("form", json!({ "fields": [] }).into()),
                ("default_days", 30_i64.into()),
                ("created_at", at.into()),
            ];
            insert(&db, "tenants", row).await;
        }
        let row = [
            ("id", owner.into()),
            ("email", "ana@example.org".into()),
            ("name", "Ana".into()),
            ("password_hash", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA".into()),
            ("operator", false.into()),
            ("created_at", at.into()),
        ];
        insert(&db, "users", row).await;
        let row = [
            ("tenant_id", board.into()),
            ("user_id", owner.into()),
            ("role", "owner".into()),
            ("created_at", at.into()),
        ];
        insert(&db, "memberships", row).await;
        let row = [
            ("tenant_id", board.into()),
            ("id", waiting.into()),
            ("email", "bea@example.org".into()),
            ("role", "moderator".into()),
            ("created_at", at.into()),
        ];
        insert(&db, "invitations", row).await;
        let row = [
            ("token_hash", "a-session".into()),
            ("user_id", owner.into()),
            ("created_at", at.into()),
            ("expires_at", soon.into()),
        ];
        insert(&db, "sessions", row).await;
        insert(&db, "setup_links", [("token_hash", "a-link".into()), ("expires_at", soon.into())]).await;
        let row = [
            ("tenant_id", board.into()),
            ("id", job.into()),
            ("slug", "rust-engineer-1".into()),
            ("state", "published".into()),
            ("revision", 1_i64.into()),
            ("workplace", "hybrid".into()),
            ("search_text", "rust engineer".into()),
            ("listed_at", at.into()),
            ("submitted_at", at.into()),
            ("published_at", at.into()),
            ("expires_at", soon.into()),
        ];
        insert(&db, "jobs", row).await;
        let mut content = offer("Rust engineer");
        content.as_object_mut().unwrap().remove("contact_email");
        let row = [
            ("tenant_id", board.into()),
            ("job_id", job.into()),
            ("number", 1_i64.into()),
            ("content", content.into()),
            ("author_kind", "visitor".into()),
            ("created_at", at.into()),
        ];
        insert(&db, "job_revisions", row).await;
        let row = [("tenant_id", board.into()), ("job_id", job.into()), ("email", "hr@acme.example".into())];
        insert(&db, "job_contacts", row).await;
        let row = [
            ("tenant_id", board.into()),
            ("id", channel.into()),
            ("plugin", "email".into()),
            ("name", "Newsletter".into()),
            ("settings", json!({ "to": "list@example.org" }).into()),
            ("state", "paused".into()),
            ("problem", "the server refused it".into()),
            ("lanes", json!([]).into()),
            ("created_at", at.into()),
            ("updated_at", at.into()),
        ];
        insert(&db, "channels", row).await;
        for (id, key, state, recipient) in
            [(mail, "waits", "queued", Some("list@example.org")), (sent, "is over", "sent", None::<&str>)]
        {
            let row = [
                ("tenant_id", board.into()),
                ("id", id.into()),
                ("channel_id", channel.into()),
                ("key", key.into()),
                ("recipient", recipient.into()),
                ("state", state.into()),
                ("subject", "Rust engineer".into()),
                ("created_at", at.into()),
                ("updated_at", at.into()),
            ];
            insert(&db, "mails", row).await;
        }
        db.close().await.unwrap();

        let store = migrated(&database, &clock).await;
        let acme = store.tenants().by_slug("acme").await.unwrap().unwrap();
        let otro = store.tenants().by_slug("otro").await.unwrap().unwrap();
        assert_eq!((acme.currency.as_str(), otro.currency.as_str()), ("BRL", "EUR"));
        assert_eq!((acme.default_days, acme.listed, acme.version, acme.steps_hidden), (30, true, 1, true));
        let patch = json!({ "description": "Vagas" });
        store.tenants().update(&acme, &patch, Some(1), &["en", "es", "pt-BR"], Actor::System).await.unwrap();

        let ana = store.users().by_email(&EmailKey::of("ana@example.org")).await.unwrap().unwrap();
        assert!(ana.address_confirmed, "until now an operator made every account");
        assert_eq!(acme.members().role_of(&ana).await.unwrap(), Some(Role::Owner));
        let roles = acme.members().waiting().await.unwrap();
        assert_eq!((roles[0].email.as_str(), roles[0].role), ("bea@example.org", Role::Moderator));

        let offer = acme.jobs().get(job).await.unwrap().unwrap();
        assert_eq!((offer.state, offer.content.title.as_str()), (JobState::Published, "Rust engineer"));
        assert_eq!(offer.content.contact_email.as_deref(), Some("hr@acme.example"));
        assert!(acme.jobs().declared(job, 1).await.unwrap() == Default::default());
        acme.jobs().close(job, Actor::Poster).await.unwrap();

        let newsletter = acme.channels().get(channel).await.unwrap().unwrap();
        assert_eq!(newsletter.state, ChannelState::Paused);
        assert_eq!(newsletter.problem.as_deref(), Some("the server refused it"));
        let of_key = async |key| acme.mail().of_key(channel, key).await.unwrap();
        assert_eq!(of_key("waits").await[0].state, MailState::Queued);
        assert_eq!(of_key("is over").await[0].state, MailState::Sent);
    }
}
