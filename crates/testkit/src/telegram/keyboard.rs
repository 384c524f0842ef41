//! Inline keyboards, with Telegram's refusals.

use serde_json::Value;

use super::entities::checked_link;
use super::refusal::Refusal;

/// `callback_data` holds 1 to 64 bytes.
const LONGEST_CALLBACK_DATA: usize = 64;
/// Telegram drops the rows after this number of buttons.
const MOST_BUTTONS: usize = 100;

/// Refuses a `reply_markup` that Telegram refuses.
pub(crate) fn check(markup: &Value) -> Result<(), Refusal> {
    let Some(rows) = markup.get("inline_keyboard") else {
        return Ok(());
    };
    let rows =
        rows.as_array().ok_or_else(|| Refusal::bad_request("field \"inline_keyboard\" must be of type Array"))?;
    let mut count = 0;
    for row in rows {
        let row = row.as_array().ok_or_else(|| {
            Refusal::bad_request("can't parse inline keyboard: Field \"inline_keyboard\" must be an Array of Arrays")
        })?;
        for button in row {
            check_button(button)?;
            count += 1;
        }
    }
    if count > MOST_BUTTONS {
        return Err(Refusal::bad_request("reply markup is too long"));
    }
    Ok(())
}

fn check_button(button: &Value) -> Result<(), Refusal> {
    let broken = |what: &str| Refusal::bad_request(format!("can't parse inline keyboard button: {what}"));
    let Some(fields) = button.as_object() else {
        return Err(broken("InlineKeyboardButton must be an Object"));
    };
    let text = fields.get("text").and_then(Value::as_str).ok_or_else(|| broken("Can't find field \"text\""))?;
    if text.trim().is_empty() {
        return Err(broken("Text is empty"));
    }
    if let Some(url) = fields.get("url").and_then(Value::as_str) {
        return match checked_link(url) {
            Some(_) => Ok(()),
            None => Err(Refusal::bad_request(format!("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL"))),
        };
    }
    if let Some(data) = fields.get("callback_data").and_then(Value::as_str) {
        return if (1..=LONGEST_CALLBACK_DATA).contains(&data.len()) {
            Ok(())
        } else {
            Err(Refusal::bad_request("BUTTON_DATA_INVALID"))
        };
    }
    let others = [
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ];
    if others.iter().any(|name| fields.contains_key(*name)) {
        return Ok(());
    }
    Err(broken("Text buttons are unallowed in the inline keyboard"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(button: &Value) -> String {
        check(&json!({"inline_keyboard": [[button]]})).unwrap_err().description
    }

    #[test]
    fn a_button_needs_a_text_and_something_to_do() {
        check(&json!({"inline_keyboard": [[{"text": "Apply", "url": "https://a.example/"}], [{"text": "Save", "callback_data": "s:1"}]]})).unwrap();
        assert_eq!(
            refusal(&json!({"text": "x"})),
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        );
        assert_eq!(
            refusal(&json!({"url": "https://a.example"})),
            "Bad Request: can't parse inline keyboard button: Can't find field \"text\""
        );
        assert_eq!(refusal(&json!({"text": "x", "callback_data": "x".repeat(65)})), "Bad Request: BUTTON_DATA_INVALID");
        assert_eq!(
            refusal(&json!({"text": "x", "url": "http://localhost/"})),
            "Bad Request: inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL"
        );
    }
}
