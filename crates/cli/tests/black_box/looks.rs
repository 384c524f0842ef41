//! What a browser makes of the style sheet: letters and colours.

use serde_json::json;
use tablon_testkit::Backend;

use crate::board::{Board, MODERATOR, PASSWORD, job};
use crate::chrome::Chrome;

/// The letters of the second font file.
const OTHER_LETTERS: &str = "Łódź, Győr, Brașov, Çeşme, ẞ";

/// The ranges of the font files that the page has loaded.
async fn loaded(chrome: &Chrome) -> Vec<String> {
    let ranges = chrome
        .run_until_done(
            "document.fonts.ready.then(() => done([...document.fonts].filter((font) => font.status === 'loaded')\
             .map((font) => font.unicodeRange)))",
        )
        .await;
    ranges.as_array().expect("a list").iter().map(|range| range.as_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn a_page_loads_the_letters_of_its_titles_alone() {
    let board = Board::start(Backend::Sqlite).await;
    let chrome = Chrome::start("letters").await;
    let plain = board.submit(job("Ingénieur à Cœur, „sûr“")).await;
    board.approve(&plain).await;
    chrome.open(&board.url("/t/acme/")).await;
    let first = loaded(&chrome).await;
    assert_eq!(first.len(), 1, "{first:?}");
    let other = board.submit(job(OTHER_LETTERS)).await;
    let page = board.approve(&other).await["url"].as_str().expect("an address").to_owned();
    chrome.open(&page).await;
    assert_eq!(loaded(&chrome).await.len(), 2);
    // A letter that a font lacks is as wide as the next font in the list makes it. Three of Latin Extended-A stand for
    // two letters each, which people type one by one.
    let lacking = chrome
        .run_until_done(
            "const letters = [];
             for (let code = 0xA1; code < 0x17F; code += 1) letters.push(String.fromCodePoint(code));
             for (const pair of ['\\u0132', '\\u0133', '\\u0149']) letters.splice(letters.indexOf(pair), 1);
             letters.push('\\u1E9E', '\\u0218', '\\u021B', '\\u201E', '\\u2039');
             const files = letters.map((letter) => document.fonts.load('600 100px Newsreader', letter));
             Promise.all(files).then((found) => {
               const pen = document.createElement('canvas').getContext('2d');
               const width = (letter, next) => {
                 pen.font = `600 100px Newsreader, ${next}`;
                 return pen.measureText(letter).width;
               };
               const lacks = (letter) => width(letter, 'monospace') !== width(letter, 'sans-serif');
               done(letters.filter((letter, at) => found[at].length !== 1 || lacks(letter)));
             });",
        )
        .await;
    assert_eq!(lacking, json!([]), "the titles' font has these letters");
    chrome.quit().await;
}

#[tokio::test]
async fn texts_can_be_read_by_day_and_by_night_whatever_the_accent() {
    let board = Board::start(Backend::Sqlite).await;
    let chrome = Chrome::start("accents").await;
    for title in ["Rust engineer", "Baker", "Gardener"] {
        board.submit(job(title)).await;
    }
    let id = board.submit(job("Nurse")).await;
    board.approve(&id).await;
    chrome.open(&board.url("/t/acme/admin")).await;
    chrome.fill("email", MODERATOR).await;
    chrome.fill("password", PASSWORD).await;
    chrome.press("Log in").await;
    chrome.says("Rust engineer").await;
    for accent in ["#facc15", "#111111", "#f5f5f5", "#dc2626", "#1d4ed8", "#0f766e"] {
        board.staff.patch("/tenant", json!({ "accent": accent })).await.expect(200);
        let name = accent.trim_start_matches('#');
        for (page, path) in [("list", "/t/acme/"), ("queue", "/t/acme/admin")] {
            chrome.open(&board.url(path)).await;
            chrome.run(EVERY_STATE).await;
            chrome.look(&format!("{name}-{page}")).await;
        }
    }
    chrome.quit().await;
}

#[tokio::test]
async fn the_head_of_staffs_pages_is_one_line_on_a_desk_and_one_menu_on_a_phone() {
    let board = Board::start(Backend::Sqlite).await;
    board
        .staff
        .patch("/tenant", json!({ "name": "Comunidad de desarrollo de software libre de Andalucía" }))
        .await
        .expect(200);
    board.submit(job("Rust engineer")).await;
    let chrome = Chrome::start("head").await;
    chrome.open(&board.url("/t/acme/admin")).await;
    chrome.fill("email", MODERATOR).await;
    chrome.fill("password", PASSWORD).await;
    chrome.press("Log in").await;
    chrome.says("Rust engineer").await;
    for (locale, settings) in [("en", "Settings"), ("es", "Ajustes"), ("pt-BR", "Configurações")] {
        chrome.in_language(locale).await;
        chrome.on_a_screen_of(1280).await;
        chrome.open(&board.url("/t/acme/admin")).await;
        let lines = chrome.run(LINES_OF_THE_HEAD).await;
        assert_eq!(lines, json!(1), "{locale}");
        chrome.look(&format!("desk-{locale}")).await;
        chrome.on_a_screen_of(390).await;
        assert_eq!(chrome.run("return document.querySelector('#staff-menu').checkVisibility()").await, json!(false));
        chrome.press("Men").await;
        chrome.press(settings).await;
        chrome.find("main form.form [name='currency']").await;
        assert!(chrome.url().await.ends_with("/admin/settings"), "{locale}");
    }
    chrome.quit().await;
}

/// In how many lines the links, buttons and the name in the head of a page are.
const LINES_OF_THE_HEAD: &str = "
    const parts = [...document.querySelectorAll('header a, header button')].filter((part) => part.checkVisibility());
    const middles = parts.map((part) => { const box = part.getBoundingClientRect(); return box.top + box.height / 2; });
    const head = document.querySelector('header').getBoundingClientRect();
    return middles.every((middle) => Math.abs(middle - head.top - head.height / 2) < 4) ? 1 : middles;";

/// Shows every state, count, note and kind of button on the page itself and on a card.
const EVERY_STATE: &str = "
    const add = (place, tag, name) => {
      const part = document.createElement(tag);
      part.className = name;
      part.textContent = name || tag;
      place.append(part, ' ');
      return part;
    };
    const card = document.createElement('div');
    card.className = 'card';
    for (const place of [document.querySelector('main .wrap'), card]) {
      for (const state of ['', ' is-good', ' is-warn', ' is-bad', ' is-work', ' is-over']) {
        add(place, 'span', `state${state}`);
        const link = document.createElement('a');
        [link.href, link.textContent] = ['#', 'link'];
        add(place, 'div', `note${state}`).append(' ', link);
      }
      for (const name of ['count', 'count is-hot', 'count is-bad', 'tag', 'soft', 'help', 'field-error']) {
        add(place, 'span', name);
      }
      for (const name of ['', ' is-link', ' is-danger', ' is-quiet', ' is-quiet is-bad']) {
        add(place, 'button', `button${name}`);
      }
      add(place, 'button', 'link-button');
    }
    document.querySelector('main .wrap').append(card);";
