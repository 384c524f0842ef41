//! Looking around at Discord: is the channel there, is a lost copy, is the message that a person points at?

use tablon_plugin::{Error, Failure, Located, Method, Repeatable, Shown, Verified, same_address, unix_seconds};

use crate::copy::Copy;
use crate::message::{Content, is_struck_through};
use crate::refusals::{UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};
use crate::rest::{Place, Rest, Sent};
use crate::thread::{FORUM_TAGS, chosen};

/// Messages in one answer: the most that Discord gives.
const PAGE: usize = 100;
/// How many answers are read before the search is given up.
const PAGES: usize = 5;
/// How far this machine's clock may be from Discord's before a copy is taken for older than it is, in seconds.
const SKEW: i64 = 24 * 60 * 60;
/// The first second of 2015, from which Discord's ids count milliseconds.
const EPOCH: i64 = 1_420_070_400;

pub(crate) fn verify(rest: &Rest<'_>) -> Result<Verified, Error> {
    let (settings, words) = (&rest.on.settings, &rest.on.words);
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
        warnings.push(words.say("warning-rights-unknown"));
    }
    if settings.new_thread {
        // A webhook isn't told the forum's tags, so it has to be given their ids.
        let (tags, unknown) = chosen(settings, &place.available_tags);
        if let Some(tag) = unknown.first() {
            let word = if settings.bot { "error-no-tag" } else { "error-tag-ids" };
            return Err(Error::invalid_setting("/tags", words.say_with(word, &[("tag", tag)])));
        }
        if place.requires_tag() && tags.is_empty() {
            warnings.push(words.say("warning-tag-required"));
        }
    }
    let name = place.name.unwrap_or_default();
    let label = if settings.bot { format!("#{name}") } else { name };
    let channel = place.channel_id.unwrap_or(place.id);
    let url = place.guild_id.map(|guild| format!("https://discord.com/channels/{guild}/{channel}"));
    let verified = warnings.into_iter().fold(Verified::new(label).linked(url), Verified::warning);
    Ok(if settings.new_thread { verified.remembering(FORUM_TAGS, &place.available_tags) } else { verified })
}

/// Reads the channel backwards for a message of the bot that shows this offer. Discord doesn't tell a message's nonce
/// afterwards, so the job's address has to do; an older copy that was struck through has it too. A message that has only
/// the title may be the copy with another spelling of the address, or another job's: then nothing is known. What is older
/// than the publish isn't its copy, and ends the search.
pub(crate) fn locate(rest: &Rest<'_>, content: &Content, began: &str) -> Result<Located, Error> {
    let settings = &rest.on.settings;
    let channel = settings.thread().unwrap_or(settings.channel_id());
    let me = rest.me()?.id;
    let began = unix_seconds(began).unwrap_or_default();
    let is_older = |message: &Sent| sent_at(&message.id).is_some_and(|at| at < began - SKEW);
    let is_open =
        |message: &Sent| message.author.id == me && !is_older(message) && !is_struck_through(&message.embeds[0]);
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
            return Ok(Copy::of(found, rest, None).shown(rest.guild().unwrap_or_default()).located(content));
        }
        doubtful |= messages.iter().any(|message| is_open(message) && content.has_the_title_of(&message.embeds[0]));
        match messages.last() {
            // A bot that may not read the history is shown none: then nothing is known.
            None if page == 0 => {
                let place: Place = rest.get(rest.bot(Method::Get, &format!("/channels/{channel}")))?;
                let never_used = place.last_message_id.is_none();
                return Ok(if never_used { Located::Absent } else { Located::Unknowable });
            }
            Some(last) if messages.len() == PAGE && !is_older(last) => before = format!("&before={}", last.id),
            _ if doubtful => break,
            _ => return Ok(Located::Absent),
        }
    }
    Ok(Located::Unknowable)
}

/// When a message was sent, in seconds since 1970: its id tells.
fn sent_at(id: &str) -> Option<i64> {
    let id: i64 = id.parse().ok()?;
    Some((id >> 22) / 1000 + EPOCH)
}

/// The message that a person points at, if it is in this channel and can be changed from here.
pub(crate) fn adopt(rest: &Rest<'_>, url: &str) -> Result<Shown<Copy>, Error> {
    let (settings, words) = (&rest.on.settings, &rest.on.words);
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
    let copy = Copy { thread, own_thread, ..Copy::of(&found, rest, None) };
    Ok(copy.shown(Some(guild.to_owned())))
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
