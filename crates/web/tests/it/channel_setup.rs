//! Setting a channel up: the connection is checked before the answer, and what is wrong stands beside its field.

use serde_json::{Value, json};
use tablon_core::Role;
use tablon_core::store::{Findings, ProblemKind};
use tablon_testkit::telegram::{Action, BOT_TOKEN, FakeTelegram, Fault};

use crate::board::Board;
use crate::browser::Browser;
use crate::channels::{ADMIN, MODERATOR, channel, on_each_database, settle};

/// A token of the right form that no bot has.
const LEAKED: &str = "110201543:AAleakedleakedleakedleakedleakedlea";

async fn create(board: &Board, body: Value) -> Value {
    board.call("POST", "/channels", ADMIN, Some(body)).await.expect(201).json()
}

async fn read(board: &Board, id: &str) -> Value {
    board.call("GET", &format!("/channels/{id}"), MODERATOR, None).await.expect(200).json()
}

fn id(channel: &Value) -> String {
    channel["id"].as_str().expect("an id").to_owned()
}

/// A channel's settings as the browser sends them.
fn typed<'a>(telegram: &'a str, chat: &'a str, token: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("channel_name", "Nuestro canal"),
        ("settings.chat_id", chat),
        ("settings.api_base_url", telegram),
        ("settings.link_preview", "none"),
        ("secrets.bot_token", token),
    ]
}

#[tokio::test]
async fn a_new_channel_is_active_when_its_check_passes_and_paused_with_the_problem_when_not() {
    on_each_database(async |board, telegram| {
        let made = create(&board, channel(&telegram, BOT_TOKEN)).await;
        assert_eq!((&made["state"], &made["problem"]), (&json!("active"), &Value::Null));
        assert_eq!(made["account"]["label"], "Tablón jobs", "{made}");

        let refused = create(&board, channel(&telegram, LEAKED)).await;
        assert_eq!((&refused["state"], &refused["problem_kind"]), (&json!("paused"), &json!("credential")));
        assert!(refused["problem"].as_str().expect("a problem").to_lowercase().contains("unauthorized"), "{refused}");
        assert_eq!(refused["problem_fields"][0]["pointer"], "/secrets/bot_token");
        assert_eq!(refused["secrets"], json!(["bot_token"]), "the secret is saved");
        let list = board.call("GET", "/channels", MODERATOR, None).await.expect(200);
        assert!(!list.text.contains(LEAKED) && list.text.contains("problem_fields"), "{}", list.text);

        let mut body = channel(&telegram, BOT_TOKEN);
        body["settings"]["chat_id"] = json!("@nobody_knows_it");
        let unknown = create(&board, body).await;
        assert_eq!((&unknown["state"], &unknown["problem_kind"]), (&json!("paused"), &json!("settings")));
        assert_eq!(unknown["problem_fields"][0]["pointer"], "/settings/chat_id");

        // Saving it with what is right checks again.
        let patch = json!({ "settings": { "chat_id": "@tablon_jobs" } });
        let path = format!("/channels/{}", id(&unknown));
        let mended = board.call("PATCH", &path, ADMIN, Some(patch)).await.expect(200).json();
        assert_eq!((&mended["state"], &mended["problem"]), (&json!("active"), &Value::Null), "{mended}");
        assert_eq!(mended["problem_fields"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_platform_that_does_not_answer_is_waited_for_ten_seconds() {
    on_each_database(async |board, telegram| {
        telegram.fault(Fault::on("getMe", Action::Delay { ms: 20_000 }));
        let began = std::time::Instant::now();
        let made = create(&board, channel(&telegram, BOT_TOKEN)).await;
        assert!(began.elapsed().as_secs() < 15, "{:?}", began.elapsed());
        assert_eq!((&made["state"], &made["problem"]), (&json!("paused"), &json!("no answer in 10 s")));
        let mut admin = Browser::new(&board);
        admin.headers.push(("accept-language", "es".into()));
        admin.log_in(Role::Admin).await;
        let page = admin.get("/t/acme/admin/channels").await.expect(200);
        assert!(page.text.contains("La plataforma no ha respondido en 10 segundos."), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn the_page_shows_the_problem_beside_its_field_in_the_admins_language_and_loses_nothing() {
    on_each_database(async |board, telegram| {
        let base = telegram.base_url();
        let mut admin = Browser::new(&board);
        admin.headers.push(("accept-language", "es".into()));
        admin.log_in(Role::Admin).await;
        admin.get("/t/acme/admin/channels/new?plugin=telegram").await.expect(200);
        let answer = admin
            .send("/t/acme/admin/channels/new?plugin=telegram", &typed(&base, "@nadie_lo_conoce", BOT_TOKEN))
            .await;
        let path = answer.header("location").split('?').next().expect("a path").to_owned();
        let page = admin.follow(answer).await;
        assert!(page.text.contains("la conexión todavía no funciona"), "{}", page.text);
        let field = page.text.split("id=\"f-settings-chat_id-error\">").nth(1).expect("an error beside the chat");
        assert!(field.starts_with("Telegram no conoce @nadie_lo_conoce"), "{field}");
        assert!(page.text.contains("value=\"@nadie_lo_conoce\""), "{}", page.text);
        assert!(page.text.contains("Canal o grupo:</b>"), "the field is named above the form, too: {}", page.text);
        assert!(!page.text.contains(BOT_TOKEN), "the secret stays hidden");
        let list = admin.get("/t/acme/admin/channels").await.expect(200);
        assert!(list.text.contains("Telegram no conoce"), "{}", list.text);

        // The secret stays saved: only what was wrong is typed again.
        admin.get(&path).await.expect(200);
        let answer = admin.send(&path, &typed(&base, "t.me/tablon_jobs", "")).await;
        let page = admin.follow(answer).await;
        assert!(page.text.contains("Activo") && !page.text.contains("-error\""), "{}", page.text);
        assert!(page.text.contains("value=\"@tablon_jobs\""), "the chat stands there as Telegram writes it");
        // And a worse setting pauses it.
        let answer = admin.send(&path, &typed(&base, "https://t.me/+AbCdEf", "")).await;
        let page = admin.follow(answer).await;
        assert!(
            page.text.contains("Eso es un enlace de invitación") && page.text.contains("En pausa"),
            "{}",
            page.text
        );
        assert!(page.text.contains("value=\"https://t.me/+AbCdEf\""), "what was typed stays");
    })
    .await;
}

#[tokio::test]
async fn a_later_pause_stands_beside_its_field_too() {
    on_each_database(async |board, telegram| {
        let made = create(&board, channel(&telegram, BOT_TOKEN)).await;
        telegram.fault(Fault::on("sendMessage", Action::Unauthorized));
        board.publish().await;
        settle(&board).await;
        let paused = read(&board, &id(&made)).await;
        assert_eq!((&paused["state"], &paused["problem_kind"]), (&json!("paused"), &json!("credential")));
        assert_eq!(paused["problem_fields"][0]["pointer"], "/secrets/bot_token");
        let mut admin = Browser::new(&board);
        admin.headers.push(("accept-language", "pt-BR".into()));
        admin.log_in(Role::Admin).await;
        let page = admin.get(&format!("/t/acme/admin/channels/{}", id(&made))).await.expect(200);
        assert!(page.text.contains("A plataforma não aceita a credencial."), "{}", page.text);
        assert!(page.text.contains("id=\"f-secrets-bot_token-error\""), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn why_the_engine_paused_a_channel_is_told_in_the_readers_language_wherever_it_stands() {
    on_each_database(async |board, telegram| {
        let made = create(&board, channel(&telegram, BOT_TOKEN)).await;
        let job = board.publish().await;
        settle(&board).await;
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        // A copy that waits shows the channel among the copies.
        let edit = json!({ "title": "Edited meanwhile" });
        board.call("POST", &format!("/channels/{}/pause", id(&made)), ADMIN, None).await.expect(200);
        board.call("PATCH", &format!("/jobs/{job}"), ADMIN, Some(edit)).await.expect(200);
        let pages = ["/t/acme/admin/channels", "/t/acme/admin", "/t/acme/admin/placements"].map(str::to_owned);
        let pages = [&pages[..], &[format!("/t/acme/admin/channels/{}", id(&made))]].concat();
        let channel = id(&made).parse().expect("an id");
        for (kind, spanish, portuguese) in [
            (ProblemKind::Busy, "La plataforma ha pedido esperar.", "A plataforma pediu para esperar."),
            (ProblemKind::NotGranted, "no ha concedido al plugin", "não concedeu ao plugin"),
            (ProblemKind::Secrets, "se guardaron con otra clave", "foram salvos com outra chave"),
            (ProblemKind::MailServer, "No se puede usar el servidor de correo.", "Não é possível usar o servidor"),
            (ProblemKind::Unsubscribed, "Todos sus destinatarios se han dado de baja", "se descadastraram"),
            (ProblemKind::Plugin, "El plugin ha fallado.", "O plugin falhou."),
        ] {
            let findings = Findings::own(kind, "en");
            board.acme.channels().stop(channel, "said in English", &findings).await.expect("stopped");
            let told = read(&board, &id(&made)).await;
            assert_eq!((&told["state"], &told["problem_kind"]), (&json!("paused"), &json!(kind)));
            let detail = matches!(kind, ProblemKind::Secrets | ProblemKind::MailServer | ProblemKind::Plugin);
            for (locale, sentence) in [("es", spanish), ("pt-BR", portuguese)] {
                admin.headers = vec![("accept-language", locale.to_owned())];
                for page in &pages {
                    let page = admin.get(page).await.expect(200).text;
                    assert!(page.contains(sentence), "{kind} in {locale}: {page}");
                    let english = page.contains("<span lang=\"en\">said in English</span>");
                    assert_eq!(english, detail, "details stand below, marked as English; {kind}: {page}");
                    assert_eq!(page.contains("said in English"), detail, "{kind}: {page}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_chat_is_taken_however_it_is_copied_and_stored_in_one_way() {
    on_each_database(async |board, telegram| {
        for chat in [
            "t.me/tablon_jobs",
            "https://t.me/tablon_jobs",
            "@tablon_jobs",
            "tablon_jobs",
            "https://t.me/tablon_jobs/123",
        ] {
            let mut body = channel(&telegram, BOT_TOKEN);
            body["settings"]["chat_id"] = json!(chat);
            let made = create(&board, body).await;
            assert_eq!(
                (&made["state"], &made["settings"]["chat_id"]),
                (&json!("active"), &json!("@tablon_jobs")),
                "{chat}"
            );
        }
        let mut body = channel(&telegram, BOT_TOKEN);
        body["settings"]["chat_id"] = json!("https://t.me/c/123456/7");
        assert_eq!(create(&board, body).await["settings"]["chat_id"], "-100123456");
    })
    .await;
}

#[tokio::test]
async fn a_test_message_is_posted_and_taken_away_and_is_no_copy() {
    on_each_database(async |board, telegram| {
        let made = create(&board, channel(&telegram, BOT_TOKEN)).await;
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let path = format!("/t/acme/admin/channels/{}", id(&made));
        admin.get(&path).await.expect(200);
        let page = admin.send(&format!("{path}/test"), &[]).await.expect(200);
        assert!(page.text.contains("The test message was posted and taken away"), "{}", page.text);
        assert_eq!(telegram.requests_of("sendMessage").len(), 1);
        assert!(telegram.requests_of("sendMessage")[0].params["text"].to_string().contains("Test message"));
        assert!(telegram.shown("@tablon_jobs").is_empty(), "nothing is left");
        let list = board.call("GET", "/placements", MODERATOR, None).await.expect(200).json();
        assert_eq!(list["items"], json!([]), "it is no placement");
        let audit = board.call("GET", "/audit", ADMIN, None).await.expect(200);
        assert!(audit.text.contains("channel.test"), "{}", audit.text);

        telegram.fault(Fault::on("sendMessage", Action::Unauthorized));
        let page = admin.send(&format!("{path}/test"), &[]).await.expect(200);
        assert!(page.text.contains("wasn&#39;t posted"), "{}", page.text);
        admin.send(&format!("{path}/test"), &[]).await.expect(200);
        admin.get(&path).await.expect(200);
        let throttled = admin.send(&format!("{path}/test"), &[]).await.expect(429);
        assert!(!throttled.header("retry-after").is_empty());
        telegram.assert_no_violations();
    })
    .await;
}

/// Three channels of a board with a token that has leaked, and one with another one.
async fn with_a_leaked_token(board: &Board, telegram: &FakeTelegram) -> [String; 4] {
    let mut ids = Vec::new();
    for (name, token) in [("First", LEAKED), ("Second", LEAKED), ("Third", LEAKED), ("Other", BOT_TOKEN)] {
        let mut body = channel(telegram, token);
        body["name"] = json!(name);
        ids.push(id(&create(board, body).await));
    }
    ids.try_into().expect("four")
}

#[tokio::test]
async fn a_leaked_token_is_replaced_once_for_all_channels_that_have_it() {
    on_each_database(async |board, telegram| {
        let [first, second, third, other] = with_a_leaked_token(&board, &telegram).await;
        let base = telegram.base_url();
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = admin.get(&format!("/t/acme/admin/channels/{other}")).await.expect(200);
        assert!(!page.text.contains("name=\"share\""), "nobody shares this one: {}", page.text);
        let path = format!("/t/acme/admin/channels/{first}");
        let page = admin.get(&path).await.expect(200);
        assert!(page.text.contains("these 2 channels too") && page.text.contains("Second, Third"), "{}", page.text);
        let mut fields = typed(&base, "@tablon_jobs", BOT_TOKEN);
        fields.push(("share", "bot_token"));
        let answer = admin.send(&path, &fields).await;
        admin.follow(answer).await;
        for id in [&first, &second, &third] {
            assert_eq!(read(&board, id).await["state"], "active", "{id}");
        }
        let audit = board.call("GET", "/audit", ADMIN, None).await.expect(200).json();
        let replaced = audit["items"].as_array().expect("events").iter().filter(|event| {
            event["action"] == "channel.update" && event["detail"].to_string().contains("secrets.bot_token")
        });
        assert_eq!(replaced.count(), 3, "{audit}");
        assert!(!audit.to_string().contains(BOT_TOKEN));

        // Without the box only the one channel changes; the API can say it too.
        let patch = json!({ "secrets": { "bot_token": LEAKED } });
        board.call("PATCH", &format!("/channels/{first}"), ADMIN, Some(patch)).await.expect(200);
        assert_eq!(read(&board, &first).await["state"], "paused");
        assert_eq!(read(&board, &second).await["state"], "active");
        let patch = json!({ "secrets": { "bot_token": LEAKED }, "share_secrets": true });
        board.call("PATCH", &format!("/channels/{second}"), ADMIN, Some(patch)).await.expect(200);
        assert_eq!(read(&board, &third).await["state"], "paused");
        assert_eq!(read(&board, &other).await["state"], "paused", "it had the same one");
    })
    .await;
}

#[tokio::test]
async fn posters_see_the_public_name_of_a_channel() {
    on_each_database(async |board, telegram| {
        let mut body = channel(&telegram, BOT_TOKEN);
        body["name"] = json!("Internal: the bot of 2024");
        let made = create(&board, body).await;
        let submitted = board.call("POST", "/jobs", None, Some(crate::board::offer())).await.expect(201).json();
        let job = submitted["id"].as_str().expect("an id");
        board.call("POST", &format!("/jobs/{job}/approve"), MODERATOR, None).await.expect(200);
        settle(&board).await;
        let link = submitted["edit_url"].as_str().expect("a link");
        let link = &link[link.find("/t/acme").expect("a path")..];
        let mut poster = Browser::new(&board);
        let answer = poster.get(link).await;
        let page = poster.follow(answer).await;
        assert!(page.text.contains("Tablón jobs") && !page.text.contains("Internal"), "{}", page.text);

        let patch = json!({ "public_name": "Empleo en Sevilla" });
        let path = format!("/channels/{}", id(&made));
        let named = board.call("PATCH", &path, ADMIN, Some(patch)).await.expect(200).json();
        assert_eq!(named["public_name"], "Empleo en Sevilla");
        let address = poster.get("/t/acme/my").await;
        let page = if address.status == 303 { poster.follow(address).await } else { address };
        assert!(page.text.contains("Empleo en Sevilla") || page.status != 200, "{}", page.text);
        let long = json!({ "public_name": "x".repeat(101) });
        board.call("PATCH", &path, ADMIN, Some(long)).await.expect(422);
    })
    .await;
}

#[tokio::test]
async fn a_channel_of_each_bundled_plugin_is_set_up_without_a_word_of_english() {
    on_each_database(async |board, _| {
        // Names, and words that are the same in the other language.
        let same = ["Telegram", "Discord", "Webhook", "E-mail", "Pausa", "No"];
        for locale in ["es", "pt-BR"] {
            let mut admin = Browser::new(&board);
            admin.headers.push(("accept-language", locale.into()));
            admin.log_in(if locale == "es" { Role::Admin } else { Role::Owner }).await;
            let mut list = admin.get("/t/acme/admin/channels/new").await.expect(200).text;
            for plugin in ["telegram", "discord", "email", "webhook"] {
                list += &admin.get(&format!("/t/acme/admin/channels/new?plugin={plugin}")).await.expect(200).text;
            }
            admin.headers.clear();
            admin.headers.push(("accept-language", "en".into()));
            for plugin in ["telegram", "discord", "email", "webhook"] {
                let english = admin.get(&format!("/t/acme/admin/channels/new?plugin={plugin}")).await.expect(200).text;
                for phrase in words(&english).into_iter().filter(|phrase| !same.contains(&phrase.as_str())) {
                    assert!(!words(&list).contains(&phrase), "{locale}, {plugin}: {phrase}");
                }
            }
            let english = admin.get("/t/acme/admin/channels/new").await.expect(200).text;
            for phrase in words(&english).into_iter().filter(|phrase| !same.contains(&phrase.as_str())) {
                assert!(!words(&list).contains(&phrase), "{locale}: {phrase}");
            }
        }
    })
    .await;
}

/// The texts of a page's main part.
fn words(page: &str) -> Vec<String> {
    let main = page.split("<main").nth(1).expect("a main part").split("</main>").next().unwrap_or_default();
    let texts = main.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text.trim().to_owned());
    texts.filter(|text| text.chars().filter(|c| c.is_alphabetic()).count() > 1).collect()
}
