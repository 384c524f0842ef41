//! What a channel mailed and who wants no more of it, on its page and over the API.

use serde_json::json;
use tablon_core::store::{
    DigestMail, FragmentKind, MailContent, MailOutcome, MailState, NewFragment, NewSuppression, RecipientMark,
    SuppressionOrigin,
};
use tablon_core::{Actor, Role, TenantScope};
use tablon_testkit::Backend;
use uuid::Uuid;

use crate::board::Board;
use crate::browser::Browser;
use crate::channels::{ADMIN, plugins};

const LIST: &str = "list@example.org";

/// A digest of the channel of which nobody knows whether it went out.
pub(crate) async fn lost_digest(tenant: &TenantScope, channel_id: Uuid) -> Uuid {
    let content = MailContent { subject: "3 new jobs <at> Acme".into(), html: "<p>Job</p>".into(), text: "Job".into() };
    let part = NewFragment {
        channel_id,
        key: Uuid::now_v7().simple().to_string(),
        kind: FragmentKind::Open,
        audience: "setting:to".to_owned(),
        content: content.clone(),
        due_at: tenant.now(),
        placement_id: None,
    };
    tenant.mail().put_by(part).await.expect("a part");
    let digest = DigestMail { recipients: vec![LIST.to_owned()], content };
    let ids = tenant.mail().compose(channel_id, |_, _| Some(digest)).await.expect("the database").expect("a digest");
    tenant.mail().begin(ids[0], std::time::Duration::from_secs(60)).await.expect("the database");
    let lost = MailOutcome::Unknown("the connection broke".to_owned());
    tenant.mail().finish(ids[0], lost, None).await.expect("the database");
    ids[0]
}

/// Somebody who gets none of the channel's mail and wants none.
pub(crate) async fn unsubscribed(tenant: &TenantScope, channel_id: Uuid) -> Uuid {
    let new = NewSuppression {
        channel_id,
        mark: RecipientMark::of("bo@example.org"),
        address: Some("bo@example.org"),
        origin: SuppressionOrigin::Admin,
        problem: "",
    };
    tenant.mail().suppress(new, Actor::System).await.expect("a suppression").id
}

async fn on_each(test: impl AsyncFn(Board, Uuid)) {
    for backend in Backend::all() {
        let board = Board::new(backend, Some(&plugins())).await;
        let new = json!({"plugin": "email", "name": "Our list", "settings": {"to": LIST, "delivery": "daily"}});
        let made = board.call("POST", "/channels", ADMIN, Some(new)).await.expect(201).json();
        let id: Uuid = made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        // This server has no outgoing mail, which the check of the connection told.
        assert_eq!(made["state"], "paused");
        board.call("POST", &format!("/channels/{id}/resume"), ADMIN, None).await.expect(200);
        test(board, id).await;
    }
}

#[tokio::test]
async fn a_program_sees_what_became_of_each_mail_and_answers_for_a_digest() {
    on_each(async |board, channel| {
        let lost = lost_digest(&board.acme, channel).await;
        let path = format!("/channels/{channel}/mails");
        let list = board.call("GET", &path, ADMIN, None).await.expect(200).json();
        let mail = &list["items"][0];
        assert_eq!((mail["state"].as_str(), mail["asks"].as_bool()), (Some("unknown"), Some(true)), "{list}");
        assert_eq!((&mail["subject"], &mail["recipient"]), (&json!("3 new jobs <at> Acme"), &json!(LIST)));
        assert_eq!(mail["problem"], "the connection broke");
        let none = board.call("GET", &format!("{path}?state=sent"), ADMIN, None).await.expect(200).json();
        assert_eq!(none["items"], json!([]));
        board.call("GET", &format!("{path}?state=gone"), ADMIN, None).await.expect(422);

        let again = board.call("POST", &format!("/mails/{lost}/send-again"), ADMIN, None).await.expect(200).json();
        assert_eq!((again["state"].as_str(), again["asks"].as_bool()), (Some("queued"), Some(false)));
        let twice = board.call("POST", &format!("/mails/{lost}/leave"), ADMIN, None).await.expect(409);
        assert!(twice.text.contains("a mail that is queued"), "{}", twice.text);
        let other = lost_digest(&board.acme, channel).await;
        let left = board.call("POST", &format!("/mails/{other}/leave"), ADMIN, None).await.expect(200).json();
        assert_eq!(left["state"], "left");
        let log = board.call("GET", &format!("/audit?subject={channel}"), ADMIN, None).await.expect(200).json();
        assert_eq!(log["items"][0]["action"], "channel.leave_mail");
        assert_eq!(log["items"][1]["action"], "channel.send_mail_again");
    })
    .await;
}

#[tokio::test]
async fn a_program_notes_who_wants_no_more_mail_and_lifts_it() {
    on_each(async |board, channel| {
        let path = format!("/channels/{channel}/suppressions");
        for (address, pointer) in [(json!("nobody"), "/address"), (json!(null), "/address")] {
            let answer = board.call("POST", &path, ADMIN, Some(json!({"address": address}))).await.expect(422);
            assert_eq!(answer.pointers(), [pointer]);
        }
        let body = Some(json!({"address": LIST}));
        let made = board.call("POST", &path, ADMIN, body.clone()).await.expect(201).json();
        assert_eq!((made["address"].as_str(), made["origin"].as_str()), (Some(LIST), Some("admin")));
        assert_eq!(
            board.call("POST", &path, ADMIN, body).await.expect(201).json(),
            made,
            "saying it twice is no mistake"
        );
        assert_eq!(board.call("GET", &path, ADMIN, None).await.expect(200).json()["items"], json!([made]));

        let channel_path = format!("/channels/{channel}");
        let stopped = board.call("GET", &channel_path, ADMIN, None).await.expect(200).json();
        assert_eq!(stopped["state"], "paused");
        assert!(stopped["problem"].as_str().is_some_and(|words| words.contains(LIST)), "{stopped}");
        // Neither by a button nor by saving the same settings again.
        let refused = board.call("POST", &format!("{channel_path}/resume"), ADMIN, None).await.expect(409);
        assert!(refused.text.contains("lift that first"), "{}", refused.text);
        let same = json!({"settings": {"to": LIST, "hour": 9}});
        let saved = board.call("PATCH", &channel_path, ADMIN, Some(same)).await.expect(200).json();
        assert_eq!((&saved["state"], &saved["problem"]), (&json!("paused"), &stopped["problem"]));

        let id = made["id"].as_str().expect("an id");
        board.call("DELETE", &format!("/suppressions/{id}"), ADMIN, None).await.expect(204);
        board.call("DELETE", &format!("/suppressions/{id}"), ADMIN, None).await.expect(404);
        let works = board.call("GET", &channel_path, ADMIN, None).await.expect(200).json();
        assert_eq!((&works["state"], &works["problem"]), (&json!("active"), &json!(null)));
    })
    .await;
}

#[tokio::test]
async fn an_admin_sees_a_lost_digest_wherever_they_arrive_and_says_what_becomes_of_it() {
    on_each(async |board, channel| {
        let (first, second) = (lost_digest(&board.acme, channel).await, lost_digest(&board.acme, channel).await);
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let path = format!("/t/acme/admin/channels/{channel}/mail");
        let arrival = admin.get("/t/acme/admin").await.expect(200);
        assert!(arrival.text.contains("2 mails of Our list") && arrival.text.contains(&path), "{}", arrival.text);
        let settings = admin.get(&format!("/t/acme/admin/channels/{channel}")).await.expect(200);
        assert!(settings.text.contains("2 mails didn") && settings.text.contains(&path), "{}", settings.text);
        let page = admin.get(&path).await.expect(200);
        assert!(page.text.contains("3 new jobs &lt;at&gt; Acme") && page.text.contains("the connection broke"));

        let state = async |id| board.acme.mail().get(id).await.expect("the database").expect("the mail").state;
        let answer = admin.send(&path, &[("action", "send-again"), ("mail", &first.to_string())]).await;
        assert!(admin.follow(answer).await.text.contains("within half a minute"));
        assert_eq!(state(first).await, MailState::Queued);
        let answer = admin.send(&path, &[("action", "leave"), ("mail", &second.to_string())]).await;
        let page = admin.follow(answer).await;
        assert!(page.text.contains("Left at that") && !page.text.contains("Send it again"), "{}", page.text);
        assert_eq!(state(second).await, MailState::Left);
        for (fields, status) in [
            (vec![("action", "leave"), ("mail", &*second.to_string())], 409),
            (vec![("action", "leave"), ("mail", &*channel.to_string())], 404),
            (vec![], 400),
        ] {
            admin.get(&path).await.expect(200);
            admin.send(&path, &fields).await.expect(status);
        }
    })
    .await;
}

#[tokio::test]
async fn an_admin_lifts_what_somebody_asked_for_on_the_page_that_says_so() {
    on_each(async |board, channel| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let root = format!("/t/acme/admin/channels/{channel}");
        let path = format!("{root}/mail");
        admin.get(&path).await.expect(200);
        let wrong = admin.send(&path, &[("action", "suppress"), ("address", "nobody")]).await.expect(422);
        assert!(
            wrong.text.contains("id=\"address-error\"") && wrong.text.contains("value=\"nobody\""),
            "{}",
            wrong.text
        );
        let answer = admin.send(&path, &[("action", "suppress"), ("address", LIST)]).await;
        assert!(admin.follow(answer).await.text.contains("No more mail goes there"));

        let settings = admin.get(&root).await.expect(200);
        assert!(settings.text.contains("Everybody it mails to has unsubscribed"), "{}", settings.text);
        assert!(settings.text.contains("mail#suppressed"), "and where it is lifted");
        assert!(!settings.text.contains(&format!("{root}/resume")), "resuming would change nothing");
        // Saving the form as it is lifts nothing.
        let fields = [("channel_name", "Our list"), ("settings.to", LIST), ("settings.delivery", "daily")];
        admin.send(&root, &fields).await.expect(303);
        let suppression = board.acme.mail().suppressions(channel).await.expect("the database").remove(0);
        assert!(admin.get(&root).await.expect(200).text.contains("Everybody it mails to has unsubscribed"));

        let lift = [("action", "lift"), ("suppression", &*suppression.id.to_string())];
        let answer = admin.send(&path, &lift).await;
        let page = admin.follow(answer).await;
        assert!(page.text.contains("Nobody has asked") && page.text.contains("Lifted"), "{}", page.text);
        assert!(page.text.contains(&format!("{root}/pause")), "it works again");
        admin.send(&path, &lift).await.expect(404);
        let history = admin.get(&format!("{root}/history")).await.expect(200);
        assert!(history.text.contains("Mail goes to somebody again") && history.text.contains("wants no more mail"));
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_mails_nobody_has_no_page_about_mail_in_its_row_of_pages() {
    on_each(async |board, channel| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        // Whether the row of pages of a channel has one about mail.
        let of = async |admin: &mut Browser<'_>, id: &str| {
            let page = admin.get(&format!("/t/acme/admin/channels/{id}/history")).await.expect(200).text;
            page.contains(&format!("/channels/{id}/mail\""))
        };
        assert!(of(&mut admin, &channel.to_string()).await);
        let new = json!({
            "plugin": "webhook", "settings": {"url": "https://hooks.example.org/x"},
            "secrets": {"signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
        });
        let made = board.call("POST", "/channels", ADMIN, Some(new)).await.expect(201).json();
        assert!(!of(&mut admin, made["id"].as_str().expect("an id")).await);
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_sends_no_mail_has_no_page_for_it() {
    on_each(async |board, list| {
        let webhook = json!({
            "plugin": "webhook", "name": "Our program", "settings": {"url": "https://example.org/hook"},
            "secrets": {"signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
        });
        let made = board.call("POST", "/channels", ADMIN, Some(webhook)).await.expect(201).json();
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = |id: &str| format!("/t/acme/admin/channels/{id}/mail");
        admin.get(&page(&list.to_string())).await.expect(200);
        admin.get(&page(made["id"].as_str().expect("an id"))).await.expect(404);
    })
    .await;
}
