//! Looking around at Discord: is the channel there, is a lost copy, is the message that a person points at?

use tablon_plugin::{Error, Failure, LastSent, Located, Method, Receipt, Repeatable, Verified};

use crate::Copy;
use crate::message::{Content, is_struck_through};
use crate::rest::{Place, Rest, Sent, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};

/// Messages in one answer: the most that Discord gives.
const PAGE: usize = 100;
/// How many answers are read before the search is given up.
const PAGES: usize = 5;

pub(crate) fn verify(rest: &Rest<'_>) -> Result<Verified, Error> {
    let (settings, words) = (&rest.channel.settings, &rest.channel.words);
    let mut warnings = Vec::new();
    if settings.bot {
        rest.me()?;
    }
    let place: Place = rest.get(rest.place())?;
    if settings.bot {
        let wrong = |pointer: &str, word: &str| Err(Error::invalid_setting(pointer, words.say(word)));
        match place.is_forum() {
            true if !settings.new_thread && settings.thread().is_none() => return wrong("/new_thread", "error-forum"),
            false if settings.new_thread => return wrong("/new_thread", "error-no-forum"),
            _ => {}
        }
        if let Some(thread) = settings.thread() {
            let thread: Place = rest.get(rest.bot(Method::Get, &format!("/channels/{thread}")))?;
            if thread.parent_id.as_deref() != Some(settings.channel_id()) {
                return wrong("/thread_id", "error-no-thread");
            }
        }
        if settings.new_thread && place.requires_tag() {
            warnings.push(words.say("warning-tag-required"));
        }
        warnings.push(words.say("warning-rights-unknown"));
    }
    let name = place.name.unwrap_or_default();
    let label = if settings.bot { format!("#{name}") } else { name };
    let channel = place.channel_id.unwrap_or(place.id);
    let url = place.guild_id.map(|guild| format!("https://discord.com/channels/{guild}/{channel}"));
    Ok(warnings.into_iter().fold(Verified::new(label).linked(url), Verified::warning))
}

/// Reads the channel backwards for a message of the bot that shows this offer. Discord doesn't tell a message's nonce
/// afterwards, so the job's address has to do; an older copy that was struck through has it too. A message that has only
/// the title may be the copy with another spelling of the address, or another job's: then nothing is known.
pub(crate) fn locate(rest: &Rest<'_>, content: &Content) -> Result<Located, Error> {
    let settings = &rest.channel.settings;
    let channel = settings.thread().unwrap_or(settings.channel_id());
    let me = rest.me()?.id;
    let is_open = |message: &Sent| message.author.id == me && !is_struck_through(&message.embeds[0]);
    let is_copy = |message: &Sent| {
        let same = match &content.embeds[0].url {
            Some(url) => message.embeds[0]["url"].as_str().is_some_and(|theirs| same_address(theirs, url)),
            None => content.is_shown_by(&message.embeds),
        };
        same && is_open(message)
    };
    let mut doubtful = false;
    let mut before = String::new();
    for page in 0..PAGES {
        let path = format!("/channels/{channel}/messages?limit={PAGE}{before}");
        let messages: Vec<Sent> = rest.get(rest.bot(Method::Get, &path))?;
        if let Some(found) = messages.iter().find(|message| is_copy(message)) {
            return Ok(Located::Found(
                Copy::of(found, rest.channel, LastSent::offer(content)).into_receipt(rest.guild().unwrap_or_default()),
            ));
        }
        doubtful |= messages.iter().any(|message| is_open(message) && content.has_the_title_of(&message.embeds[0]));
        match messages.last() {
            // A bot that may not read the history is shown none: then nothing is known.
            None if page == 0 => {
                let place: Place = rest.get(rest.bot(Method::Get, &format!("/channels/{channel}")))?;
                let never_used = place.last_message_id.is_none();
                return Ok(if never_used { Located::Absent } else { Located::Unknowable });
            }
            Some(last) if messages.len() == PAGE => before = format!("&before={}", last.id),
            _ if doubtful => break,
            _ => return Ok(Located::Absent),
        }
    }
    Ok(Located::Unknowable)
}

/// Whether two addresses of the web are one. Discord gives some back in another spelling than they were sent in.
fn same_address(a: &str, b: &str) -> bool {
    spelled_out(a) == spelled_out(b)
}

/// Scheme and host in lower case, no port that goes without saying, a path, and nothing encoded.
fn spelled_out(url: &str) -> Option<(String, String, Vec<u8>)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(port).unwrap_or(host).to_lowercase();
    let mut plain = Vec::from(if path.starts_with('/') { "" } else { "/" });
    let mut bytes = path.as_bytes();
    while let [first, rest @ ..] = bytes {
        let encoded = rest.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match encoded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                bytes = &rest[2..];
            }
            None => {
                plain.push(*first);
                bytes = rest;
            }
        }
    }
    Some((scheme, host, plain))
}

/// The receipt of a message that a person points at, if it is in this channel and can be changed from here.
pub(crate) fn adopt(rest: &Rest<'_>, url: &str, shows: LastSent) -> Result<Receipt, Error> {
    let (settings, words) = (&rest.channel.settings, &rest.channel.words);
    let rejected = |word: &str| Error::Rejected(words.say(word));
    let (guild, channel, message) = read_link(url).ok_or_else(|| rejected("error-adopt-link"))?;
    let place: Place = rest.get(rest.place())?;
    let home = place.channel_id.as_deref().unwrap_or(&place.id);
    let thread = channel != home;
    if settings.thread().is_some_and(|wanted| wanted != channel)
        || (thread && settings.bot && !is_in(rest, channel, home)?)
    {
        return Err(rejected("error-adopt-elsewhere"));
    }
    let found = rest.call::<Sent>(rest.message(Method::Get, channel, thread, message), Repeatable::Yes);
    let found = found.map_err(|failure| match failure {
        Failure::Refused(refusal) if matches!(refusal.code, Some(UNKNOWN_MESSAGE | UNKNOWN_CHANNEL)) => {
            rejected("error-adopt-missing")
        }
        failure => rest.explain(failure),
    })?;
    if settings.bot && found.author.id != rest.me()?.id {
        return Err(rejected("error-adopt-foreign"));
    }
    let own_thread = thread && found.id == channel;
    let copy = Copy { thread, own_thread, ..Copy::of(&found, rest.channel, shows) };
    Ok(copy.into_receipt(Some(guild.to_owned())))
}

/// Whether a thread belongs to a channel.
fn is_in(rest: &Rest<'_>, thread: &str, channel: &str) -> Result<bool, Error> {
    match rest.call::<Place>(rest.bot(Method::Get, &format!("/channels/{thread}")), Repeatable::Yes) {
        Ok(thread) => Ok(thread.parent_id.as_deref() == Some(channel)),
        Err(Failure::Refused(refusal)) if refusal.code == Some(UNKNOWN_CHANNEL) => Ok(false),
        Err(failure) => Err(rest.explain(failure)),
    }
}

/// Server, channel and message of `https://discord.com/channels/1/2/3`, whatever host stands before it.
fn read_link(url: &str) -> Option<(&str, &str, &str)> {
    let (_, path) = url.trim().split_once("/channels/")?;
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let mut parts = path.split('/');
    let mut number = || parts.next().filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let link = (number()?, number()?, number()?);
    parts.next().is_none().then_some(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_link_is_read_from_every_client() {
        for host in
            ["https://discord.com", "https://canary.discord.com", "https://discordapp.com", "http://127.0.0.1:1"]
        {
            assert_eq!(read_link(&format!(" {host}/channels/1/22/333/?x#y ")), Some(("1", "22", "333")));
        }
        for link in
            ["https://discord.com/channels/1/2", "https://discord.com/channels/@me/2/3", "x", "/channels/1/2/3/4"]
        {
            assert_eq!(read_link(link), None, "{link}");
        }
    }
}
