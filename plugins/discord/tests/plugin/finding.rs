//! Verifying, locating and adopting.

use serde_json::{Value, json};
use tablon_plugin::testing::{ScriptedHost, attempt, context, posting};
use tablon_plugin::{Error, Located, Posting, Presence, Publisher, Target};
use tablon_plugin_discord::Discord;

use crate::support::{body, bot, calls, hook, id_at, me, message, place, refused, render, sent, webhook};

fn pointer(result: Result<impl std::fmt::Debug, Error>) -> String {
    match result {
        Err(Error::InvalidSettings(fields)) => fields[0].pointer.clone(),
        other => panic!("{other:?}"),
    }
}

fn verify(target: &Target, answers: Vec<(u16, Value)>) -> Result<tablon_plugin::Verified, Error> {
    Discord.verify(&ScriptedHost::answering(answers), target, &context())
}

#[test]
fn a_webhook_is_verified_by_what_it_tells_of_itself() {
    let verified = verify(&webhook(json!({})), vec![hook()]).expect("verified");
    assert_eq!(verified.account.label, "Job board");
    assert_eq!(verified.account.url.as_deref(), Some("https://discord.com/channels/1/55"));
}

#[test]
fn a_bot_is_verified_with_its_channel_and_thread() {
    let verified = verify(&bot(json!({})), vec![me(), place(0)]).expect("verified");
    assert_eq!((verified.account.label.as_str(), verified.warnings.len()), ("#jobs", 1));
    assert_eq!(pointer(verify(&bot(json!({})), vec![me(), place(15)])), "/new_thread");
    assert_eq!(pointer(verify(&bot(json!({ "new_thread": true })), vec![me(), place(0)])), "/new_thread");
    assert!(verify(&bot(json!({ "new_thread": true })), vec![me(), place(15)]).is_ok());
    let in_thread = bot(json!({ "thread_id": "66" }));
    let thread =
        |parent: &str| (200, json!({ "id": "66", "type": 11, "name": "t", "guild_id": "1", "parent_id": parent }));
    assert!(verify(&in_thread, vec![me(), place(0), thread("55")]).is_ok());
    assert_eq!(pointer(verify(&in_thread, vec![me(), place(0), thread("56")])), "/thread_id");
}

#[test]
fn a_channel_has_exactly_one_way_to_post() {
    let with = |secrets: &[&str]| Target { secrets: secrets.iter().map(|s| (*s).into()).collect(), ..bot(json!({})) };
    assert_eq!(pointer(verify(&with(&[]), vec![])), "/webhook_url");
    assert_eq!(pointer(verify(&with(&["bot_token", "webhook_url"]), vec![])), "/webhook_url");
    assert_eq!(pointer(verify(&bot(json!({ "channel_id": null })), vec![])), "/channel_id");
    assert_eq!(pointer(verify(&webhook(json!({ "thread_id": "1", "new_thread": true })), vec![])), "/new_thread");
    // A preview doesn't post and needs neither.
    assert!(Discord.render(&posting(), &with(&[])).is_ok());
}

fn locate(answers: Vec<(u16, Value)>) -> (Result<Located, Error>, usize) {
    let host = ScriptedHost::answering(answers);
    let located = Discord.locate(&host, &posting(), &bot(json!({})), &attempt());
    (located, calls(&host).len())
}

fn list(messages: Vec<Value>) -> (u16, Value) {
    (200, Value::Array(messages))
}

fn others(count: usize) -> Vec<Value> {
    let count = u32::try_from(count).expect("few");
    (0..count).map(|n| message(&id_at(1, 1000 - n), &json!([{ "title": "Something else" }]))).collect()
}

#[test]
fn a_lost_copy_is_found_by_the_jobs_address() {
    let embeds = body(&render(&posting(), &bot(json!({}))))["embeds"].clone();
    let mut closed = embeds.clone();
    closed[0]["title"] = json!("~~Rust engineer~~");
    let mut foreign = message(&id_at(1, 3), &embeds);
    foreign["author"]["id"] = json!("98");
    let mut first = others(99);
    first.push(message(&id_at(1, 4), &closed));
    let second = vec![foreign, message(&id_at(1, 2), &embeds)];
    let (located, asked) = locate(vec![me(), list(first), list(second), place(0)]);
    let Ok(Located::Found(receipt)) = located else { panic!("{located:?}") };
    let link = format!("https://discord.com/channels/1/55/{}", id_at(1, 2));
    assert_eq!((receipt.url, asked), (Some(link), 4));
}

/// What comes of it if the channel shows one message of the bot with this embed.
fn locate_among(posting: &Posting, target: &Target, embed: &Value) -> Located {
    let messages = list(vec![message(&id_at(1, 2), &json!([embed]))]);
    let host = ScriptedHost::answering([me(), messages, place(0)]);
    Discord.locate(&host, posting, target, &attempt()).expect("an answer")
}

#[test]
fn an_address_is_known_again_however_discord_writes_it() {
    for (ours, theirs) in [
        ("https://Board.Example/jobs/1", "https://board.example/jobs/1"),
        ("https://board.example", "https://board.example/"),
        ("https://board.example:443?a=1#b", "https://board.example/?a=1#b"),
        ("https://board.example/ingeniería?q=ñ|%7c", "https://board.example/ingenier%C3%ADa?q=%c3%B1%7C|"),
    ] {
        let posting = Posting { url: ours.into(), ..posting() };
        let mut embed = body(&render(&posting, &bot(json!({}))))["embeds"][0].clone();
        embed["url"] = json!(theirs);
        let located = locate_among(&posting, &bot(json!({})), &embed);
        assert!(matches!(located, Located::Found(_)), "{ours}: {located:?}");
    }
}

#[test]
fn a_board_as_grey_as_what_is_over_finds_its_copies() {
    let mut target = bot(json!({}));
    target.board.color = "#80848e".into();
    let embed = body(&render(&posting(), &target))["embeds"][0].clone();
    assert_eq!(embed["color"], json!(0x0080_848e));
    assert!(matches!(locate_among(&posting(), &target, &embed), Located::Found(_)));
}

#[test]
fn a_copy_of_the_same_name_with_another_address_leaves_it_open() {
    let mut embed = body(&render(&posting(), &bot(json!({}))))["embeds"][0].clone();
    for url in [json!("https://elsewhere.example/9"), Value::Null] {
        embed["url"] = url;
        assert_eq!(locate_among(&posting(), &bot(json!({})), &embed), Located::Unknowable);
    }
    embed["title"] = json!("~~Rust engineer~~");
    assert_eq!(locate_among(&posting(), &bot(json!({})), &embed), Located::Absent);
}

#[test]
fn a_copy_is_absent_only_where_all_was_read() {
    assert_eq!(locate(vec![me(), list(others(7))]).0, Ok(Located::Absent));
    let pages = (0..5).map(|_| list(others(100)));
    let (located, asked) = locate(std::iter::once(me()).chain(pages).collect());
    assert_eq!((located, asked), (Ok(Located::Unknowable), 6));
    // What is older than the publish ends the search, whatever more there is.
    let mut old = others(100);
    old[99]["id"] = json!(id_at(-2 * 24 * 60 * 60, 0));
    assert_eq!(locate(vec![me(), list(old)]), (Ok(Located::Absent), 2));
    // Who may not read the history is shown an empty channel.
    assert_eq!(locate(vec![me(), list(vec![]), place(0)]).0, Ok(Located::Unknowable));
    let fresh = (200, json!({ "id": "55", "type": 0, "name": "jobs", "guild_id": "1", "last_message_id": null }));
    assert_eq!(locate(vec![me(), list(vec![]), fresh]).0, Ok(Located::Absent));
}

#[test]
fn a_copy_from_before_the_publish_is_another_one() {
    let embeds = body(&render(&posting(), &bot(json!({}))))["embeds"].clone();
    let sent = |at| locate(vec![me(), list(vec![message(&id_at(at, 2), &embeds)]), place(0)]).0;
    assert_eq!(sent(-2 * 24 * 60 * 60), Ok(Located::Absent));
    // This machine's clock may be wrong by hours.
    assert!(matches!(sent(-60 * 60), Ok(Located::Found(_))));
}

#[test]
fn a_webhook_and_a_forum_cannot_be_searched() {
    for target in [webhook(json!({})), bot(json!({ "new_thread": true }))] {
        let host = ScriptedHost::default();
        assert_eq!(Discord.locate(&host, &posting(), &target, &attempt()), Ok(Located::Unknowable));
    }
}

fn adopt(target: &Target, url: &str, answers: Vec<(u16, Value)>) -> Result<tablon_plugin::Receipt, Error> {
    Discord.adopt(&ScriptedHost::answering(answers), url, &posting(), target, &context())
}

#[test]
fn a_message_that_a_person_points_at_is_adopted() {
    let link = "https://canary.discord.com/channels/1/55/7";
    let receipt = adopt(&webhook(json!({})), link, vec![hook(), sent("7")]).expect("a receipt");
    assert_eq!(receipt.url.as_deref(), Some("https://discord.com/channels/1/55/7"));
    assert!(adopt(&bot(json!({})), link, vec![place(0), sent("7"), me()]).is_ok());
    // A post in the forum's thread.
    let thread = (200, json!({ "id": "66", "type": 11, "guild_id": "1", "parent_id": "55" }));
    let in_thread = "https://discord.com/channels/1/66/66";
    let answers = vec![place(15), thread, sent("66"), me()];
    assert!(adopt(&bot(json!({ "new_thread": true })), in_thread, answers).is_ok());
}

#[test]
fn a_copy_that_was_adopted_is_compared_with_what_it_should_say() {
    let target = webhook(json!({}));
    let link = "https://discord.com/channels/1/55/7";
    let receipt = adopt(&target, link, vec![hook(), sent("7")]).expect("a receipt");
    let check = |embeds: &Value| {
        let host = ScriptedHost::answering([(200, message("7", embeds))]);
        Discord.check(&host, &receipt, &posting(), &target, &context())
    };
    assert_eq!(check(&body(&render(&posting(), &target))["embeds"]), Ok(Presence::Present));
    assert!(matches!(check(&json!([{ "title": "Another" }])), Ok(Presence::Altered(_))));
}

#[test]
fn what_could_not_be_changed_from_here_is_not_adopted() {
    let why = |result: Result<tablon_plugin::Receipt, Error>| match result {
        Err(Error::Rejected(why)) => why,
        other => panic!("{other:?}"),
    };
    let link = "https://discord.com/channels/1/55/7";
    let target = webhook(json!({}));
    assert!(why(adopt(&target, "https://discord.com/x", vec![])).contains("no link"));
    let missing = refused(404, 10_008, "Unknown Message");
    assert!(why(adopt(&target, link, vec![hook(), missing])).contains("no such message"));
    let mut foreign = sent("7");
    foreign.1["author"]["id"] = json!("98");
    assert!(why(adopt(&bot(json!({})), link, vec![place(0), foreign, me()])).contains("not posted by this bot"));
    let elsewhere = (200, json!({ "id": "66", "type": 0, "guild_id": "1", "parent_id": null }));
    let answers = vec![place(0), elsewhere];
    assert!(
        why(adopt(&bot(json!({})), "https://discord.com/channels/1/66/7", answers)).contains("not in this channel")
    );
}
