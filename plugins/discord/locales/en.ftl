# What the standard sentences call it.
-platform = Discord

# Words of a message.
field-organization = Organisation
field-place = Place
field-tags = Tags
field-apply = Apply

# The channel's settings.
setting-webhook-url = Webhook URL
setting-webhook-url-help = In Discord: the channel's settings, Integrations, Webhooks, New Webhook, Copy Webhook URL. Whoever has it can post there. Or leave it empty and use a bot.
setting-bot-token = Bot token
setting-bot-token-help = Only without a webhook. Make an application on discord.com/developers, add a bot, copy its token, and invite the bot to your server.
setting-channel-id = Channel ID
setting-channel-id-help = Only with a bot. In Discord, switch on Developer Mode, then right-click the channel and choose Copy Channel ID.
setting-thread-id = Thread ID
setting-thread-id-help = To post in one thread of the channel: right-click the thread and choose Copy Thread ID.
setting-new-thread = A thread for each job
setting-new-thread-help = For forum channels: each job opens a post named after its title.
setting-tags = Tags of posts
setting-tags-help = For forum channels: the names of the tags that every post gets, with commas between them, five at the most. A webhook needs their IDs. With a bot, a job's own tags are added where the forum has a tag of the same name.
setting-api-base-url = API address
setting-api-base-url-help = Only with a bot. Change it only if you run a proxy before Discord's API.

# What to tell the channel's admins.
error-no-credential = Give this channel a webhook URL, or a bot token and a channel ID.
error-two-credentials = This channel has both a webhook URL and a bot token. Remove one of them.
error-channel-id = A bot needs to know where to post: give the channel's ID.
error-two-threads = Choose one: a thread's ID, or a thread for each job.
error-unauthorized = Discord doesn't accept the bot token. Reset it on discord.com/developers and store the new one in this channel.
error-webhook-gone = Discord doesn't know this webhook any more: it was deleted or its URL is wrong. Make a new one and store its URL in this channel.
error-no-channel = Discord doesn't know this channel. Check the ID.
error-no-thread = Discord doesn't know this thread, or it belongs to another channel. Check the ID.
error-no-access = The bot can't see this channel. Invite it to the server and let it view the channel.
error-no-rights = The bot may not post here. Let it send messages and embed links; in a forum, create posts.
error-forum = This is a forum channel, which takes posts only. Switch on “A thread for each job”, or give a thread's ID.
error-no-forum = Only a forum channel can open a thread for each job. Switch that off.
error-tag-required = This forum takes no post without a tag. Name one of its tags in this channel's settings.
error-no-tag = The forum isn't known to have a tag called { $tag }. Correct the name, or check the channel if the tag is new.
error-tag-ids = A webhook isn't told the names of a forum's tags. Give the ID of { $tag } instead.
error-tag-gone = The forum doesn't have one of these tags any more. Correct them and check the channel.
error-archived = Discord has archived or locked the thread. Open it in Discord, then try again.
error-foreign-copy = The copy was posted by another bot or webhook, so it can't be changed from here. Change it by hand.
error-other-webhook = The copy was posted by another webhook than the one this channel has now. Change it by hand.
error-adopt-link = That is no link to a Discord message. In Discord, open the message's menu and choose Copy Message Link.
error-adopt-elsewhere = That message is not in this channel.
error-adopt-missing = There is no such message of this webhook in the channel.
error-adopt-foreign = That message was not posted by this bot, so it could never be changed or removed from here.
warning-no-link = Discord makes no link of { $url }: people outside can't reach it.
warning-rights-unknown = Discord doesn't tell whether the bot may post here. The first post will show.
warning-tag-required = This forum takes no post without a tag. Name one of its tags in this channel's settings, or a job that shares no tag with the forum will be refused.
unfinished-thread = The message was changed; the name and tags of its thread were not yet.
