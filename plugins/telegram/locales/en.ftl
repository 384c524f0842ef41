# What the standard sentences call it.
-platform = Telegram

# The channel's settings.
setting-bot-token = Bot token
setting-bot-token-help = Create a bot with @BotFather in Telegram; it answers with the token. Whoever holds it controls the bot.
setting-chat-id = Channel or group
setting-chat-id-help = The public name (@mychannel), a link (t.me/mychannel), or the link to a message of a private one. Make the bot an administrator that may post messages.
setting-message-thread-id = Topic
setting-message-thread-id-help = Only in a forum: the number of the topic to post in. It is in the topic's link: t.me/name/TOPIC.
setting-silent = Post silently
setting-silent-help = Members get the message without a sound.
setting-link-preview = Preview of the job page
setting-link-preview-help = What Telegram shows below the text.
setting-api-base-url = Bot API address
setting-api-base-url-help = Change it only if you run your own Bot API server.
setting-link-preview-none = None
setting-link-preview-small = With a small picture
setting-link-preview-large = With a large picture

# What to tell the channel's admins.
error-chat-id = Give @name or the link of a public channel or group, or the number of a private one.
error-chat-invitation = That is an invitation link, which doesn't tell which chat it is. Give the @name or, of a private chat, the link to one of its messages (t.me/c/…).
error-unauthorized = Telegram doesn't accept the bot token. Ask @BotFather for a valid one and store it in this channel.
error-token-or-address = Telegram knows neither this bot nor this method. Check the bot token, then the Bot API address.
error-no-access = The bot may not write there: it was removed, blocked, or never added. Add it to the chat again as an administrator that may post messages.
error-no-chat = Telegram doesn't know { $chat }, or the bot was never added there. Check the name, then add the bot.
error-no-rights = The bot may not post in { $chat }. Make it an administrator that may post messages.
error-no-topic = The topic doesn't exist or is closed. Correct its number or leave it empty.
error-foreign = The address answered with status { $status }, but not as a Bot API server does.
error-left-behind = The copy stayed in the old group when it became a supergroup; it can't be changed from here. Change it by hand.
error-not-editable = Telegram doesn't let the bot change that message. Change it by hand.
error-adopt-link = That is no link to a Telegram message. In Telegram, open the message's menu and choose “Copy link”.
error-adopt-elsewhere = That message is not in { $chat }.
error-adopt-missing = There is no such message in { $chat }.
error-adopt-foreign = That message was not posted by this bot, so it could never be changed or removed from here.
warning-no-delete = The bot may not delete messages of { $chat }: after 48 hours a copy can only be struck through.
warning-no-edit = The bot may not edit messages in { $chat }: only its own posts can be kept up to date, not one that somebody else has posted.
warning-no-forum = { $chat } has no topics, but a topic is set. Leave it empty, or posts will be refused.
warning-rights-unknown = Telegram doesn't tell which rights the bot has in { $chat }. The first post will show.
