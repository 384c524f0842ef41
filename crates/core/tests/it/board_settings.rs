//! A board's settings, its rules and its first steps.

use serde_json::{Value, json};
use tablon_core::board::PlaceRule;
use tablon_core::store::{FirstSteps, ImportOutcome, ImportRun, Submission};
use tablon_core::{Actor, AuditAction, EmailKey, Error, Role, TenantScope};

use crate::fixture::{World, channel, offer, on_both, published, submitted};

const PAGES: &[&str] = &["en", "es", "pt-BR"];

async fn change(world: &World, board: &TenantScope, patch: Value, seen: Option<u64>) -> Result<TenantScope, Error> {
    world.store.tenants().update(board, &patch, seen, PAGES, Actor::System).await
}

/// The pointers of what is wrong, and the names of the problems.
#[track_caller]
fn told<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<(String, &'static str)> {
    match result.expect_err("refused") {
        Error::Invalid(errors) => errors.0.into_iter().map(|e| (e.pointer, e.problem.key())).collect(),
        other => panic!("{other}"),
    }
}

fn pairs(pairs: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    pairs.iter().map(|(pointer, key)| ((*pointer).to_owned(), *key)).collect()
}

#[tokio::test]
async fn settings_have_a_version_and_a_change_of_an_older_one_is_refused() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        assert_eq!((board.version, board.currency.as_str(), board.listed), (1, "EUR", true));
        let patch = json!({ "default_days": 20, "listed": false, "rules": { "require_pay": true } });
        let second = change(&world, &board, patch.clone(), Some(1)).await.unwrap();
        assert_eq!((second.version, second.default_days, second.listed), (2, 20, false));
        let stale = change(&world, &board, json!({ "name": "Mine" }), Some(1)).await.unwrap_err();
        assert!(matches!(stale, Error::Stale { current: 2 }), "{stale}");
        // The same once more changes nothing, and a patch of one rule leaves the others.
        assert_eq!(change(&world, &board, patch, Some(2)).await.unwrap().version, 2);
        let third = change(&world, &board, json!({ "rules": { "min_description": 5 } }), None).await.unwrap();
        assert!(third.rules.require_pay && third.rules.min_description == Some(5));
        let fourth = change(&world, &board, json!({ "rules": null, "description": "Us" }), None).await.unwrap();
        assert!(!fourth.rules.require_pay && fourth.rules.min_description.is_none());

        let since = async |version| fourth.settings_changed_since(version).await.unwrap();
        assert_eq!(since(4).await, Vec::<String>::new());
        assert_eq!(since(3).await, ["description", "rules.min_description", "rules.require_pay"]);
        let all = ["default_days", "description", "listed", "rules.min_description", "rules.require_pay"];
        assert_eq!(since(1).await, all);
        let log = fourth.audit().list(Some(board.id), None, None).await.unwrap();
        assert_eq!(log.items.len(), 3);
        assert!(log.items.iter().all(|event| event.action == AuditAction::TenantUpdate));
        let again = world.store.tenants().by_id(board.id).await.unwrap().unwrap();
        assert_eq!(again.settings(), fourth.settings(), "the row says the same");
    })
    .await;
}

#[tokio::test]
async fn wrong_settings_are_refused_whole() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let patch = json!({ "name": null, "currency": "EURO", "rules": { "require_place": "moon" }, "slug": "X", "theme": "x" });
        let mut wrong = told(change(&world, &board, patch, None).await);
        wrong.sort();
        let expected = [
            ("/currency", "error-not-currency"),
            ("/name", "error-required"),
            ("/rules/require_place", "error-not-option"),
            ("/slug", "error-not-slug"),
            ("/theme", "error-unknown-field"),
        ];
        assert_eq!(wrong, pairs(&expected));
        assert_eq!(told(change(&world, &board, json!([]), None).await), pairs(&[("", "error-not-object")]));
    })
    .await;
}

async fn strict(world: &World) -> TenantScope {
    let board = world.board("acme").await;
    let rules = json!({
        "require_pay": true, "require_place": "country", "min_description": 12, "blocked_words": ["pirámide"],
        "blocked_domains": ["https://www.bit.ly/x"], "refuse_agencies": true, "consent": "We answer everybody.",
    });
    change(world, &board, json!({ "rules": rules }), None).await.unwrap()
}

fn ticked(mut offer: Value) -> Value {
    offer["consent"] = json!(true);
    offer["is_employer"] = json!(true);
    offer
}

#[tokio::test]
async fn a_poster_is_told_of_every_broken_rule_together_with_every_other_mistake() {
    on_both(|world| async move {
        let board = strict(&world).await;
        assert_eq!(board.rules.require_place, PlaceRule::Country);
        assert_eq!(board.rules.blocked_domains, ["bit.ly"]);
        let mut broken = offer("Ventas en PIRAMIDE");
        broken["salary"] = Value::Null;
        broken["locations"] = json!([{ "city": "Sevilla" }]);
        broken["description"] = json!("See [us](https://x.bit.ly/1).");
        broken["contact_email"] = json!("nobody");
        let mut wrong = told(board.jobs().submit(&broken, Actor::Visitor).await);
        wrong.sort();
        let expected = [
            ("/consent", "error-consent-demanded"),
            ("/contact_email", "error-not-email"),
            ("/description", "error-blocked-domains"),
            ("/description", "error-too-short"),
            ("/is_employer", "error-agencies-refused"),
            ("/locations", "error-country-demanded"),
            ("/salary", "error-pay-demanded"),
            ("/title", "error-blocked-words"),
        ];
        assert_eq!(wrong, pairs(&expected));
        board.jobs().submit(&ticked(offer("Rust engineer")), Actor::Visitor).await.unwrap();
        let unread = json!({ "consent": true });
        assert!(board.jobs().submit(&unread, Actor::Visitor).await.is_err(), "nothing else is there");
    })
    .await;
}

#[tokio::test]
async fn what_was_ticked_is_kept_with_the_revision_and_asked_for_again_when_the_text_has_changed() {
    on_both(|world| async move {
        let board = strict(&world).await;
        let Submission { job, .. } =
            board.jobs().submit(&ticked(offer("Rust engineer")), Actor::Visitor).await.unwrap();
        let declared = board.jobs().declared(job.id, job.revision).await.unwrap();
        assert!(declared.is_employer && declared.agrees_to(&board.rules));
        board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();

        let patch = json!({ "rules": { "consent": "We answer everybody within a week." } });
        let board = change(&world, &board, patch, None).await.unwrap();
        assert!(!board.jobs().declared(job.id, 1).await.unwrap().agrees_to(&board.rules));
        let mut edit = offer("Senior Rust engineer");
        edit["is_employer"] = json!(true);
        let refused = told(board.jobs().propose(job.id, &edit, Actor::Poster).await);
        assert_eq!(refused, pairs(&[("/consent", "error-consent-demanded")]));
        let proposed = board.jobs().propose(job.id, &ticked(edit), Actor::Poster).await.unwrap();
        let pending = proposed.pending_revision.expect("a pending revision");
        assert!(board.jobs().declared(job.id, pending).await.unwrap().agrees_to(&board.rules));
        assert!(!board.jobs().declared(job.id, 1).await.unwrap().agrees_to(&board.rules), "the old one stays");
    })
    .await;
}

#[tokio::test]
async fn staff_may_break_the_rules() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = submitted(&board, "Rust engineer").await;
        let board = change(&world, &board, json!({ "rules": { "require_pay": true } }), None).await.unwrap();
        let patched = board.jobs().patch(job.id, &json!({ "salary": null }), None, Actor::System).await.unwrap();
        assert_eq!(patched.content.salary, None);
        assert_eq!(board.rules.violations(&patched.content.to_value()).0.len(), 1);
        let asked = board.jobs().patch(job.id, &json!({ "consent": true }), None, Actor::System).await;
        assert_eq!(told(asked), pairs(&[("/consent", "error-unknown-field")]));
    })
    .await;
}

#[tokio::test]
async fn an_import_warns_of_broken_rules_and_takes_the_offer() {
    on_both(|world| async move {
        let board = strict(&world).await;
        let bare = json!({ "title": "Engineer", "organization": { "name": "Acme" }, "description": "Plenty of work" });
        let mut prepared = Vec::new();
        let today = board.today(board.now());
        tablon_core::import::read(bare.to_string().as_bytes(), None, today, &mut |job| {
            prepared.push(job.prepare(&board.form, today).unwrap());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        let imported = board.jobs().import(prepared, ImportRun::new(), Actor::System).await.unwrap().remove(0);
        assert_eq!(imported.outcome, ImportOutcome::Created);
        let told: Vec<String> = imported.warnings.iter().map(ToString::to_string).collect();
        let expected = [
            "salary must be stated: this board demands the pay",
            "locations must name a country: this board demands one",
        ];
        assert_eq!(told, expected);
    })
    .await;
}

#[tokio::test]
async fn an_offer_without_a_last_day_stands_as_long_as_the_board_says() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let board = change(&world, &board, json!({ "default_days": 10 }), None).await.unwrap();
        let mut open = offer("Rust engineer");
        open["valid_through"] = Value::Null;
        let id = board.jobs().submit(&open, Actor::Visitor).await.unwrap().job.id;
        let job = board.jobs().approve(id, Default::default(), Actor::System).await.unwrap();
        let last = chrono::NaiveDate::from_ymd_opt(2026, 6, 25).unwrap();
        assert_eq!(job.expires_at, Some(board.end_of(last)));
    })
    .await;
}

#[tokio::test]
async fn first_steps_are_seen_from_what_is_there() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let open = FirstSteps { described: false, settings: false, channel: false, team: false, offer: false };
        assert_eq!(board.first_steps().await.unwrap(), Some(open));
        let board = change(&world, &board, json!({ "description": "Jobs for us" }), None).await.unwrap();
        channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let steps = board.first_steps().await.unwrap().expect("one is left");
        assert_eq!(steps, FirstSteps { described: true, settings: true, channel: true, team: false, offer: true });
        board.members().appoint(&EmailKey::of("mod@example.org"), Role::Moderator, Actor::System).await.unwrap();
        assert!(!board.first_steps().await.unwrap().is_some_and(|steps| steps.team), "no owner yet");
        board.members().appoint(&EmailKey::of("me@example.org"), Role::Owner, Actor::System).await.unwrap();
        assert_eq!(board.first_steps().await.unwrap(), None);

        let other = world.board("other").await;
        other.hide_first_steps(Actor::System).await.unwrap();
        other.hide_first_steps(Actor::System).await.unwrap();
        let other = world.store.tenants().by_id(other.id).await.unwrap().unwrap();
        assert_eq!(other.first_steps().await.unwrap(), None);
        assert_eq!(other.audit().list(Some(other.id), None, None).await.unwrap().items.len(), 1);
    })
    .await;
}
