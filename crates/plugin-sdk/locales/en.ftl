# What messages and sentences call the platform. A plugin gives its own.
-platform = The platform

# Words of a message.
on-site = On site
hybrid = Hybrid
remote = Remote
pay = Pay
apply = See the offer and apply
ending-filled = This position is filled
ending-closed = This offer is closed
ending-expired = This offer has expired

# What to tell the channel's admins.
platform-said = { -platform } says: “{ $answer }”.
error-settings = These settings can't be read: { $why }.
error-template = The message template doesn't work: { $why }.
error-too-long = The message is { $over } characters longer than { -platform } allows, even without its description. Shorten the title or the template.
error-unauthorized = { -platform } doesn't accept the credential. Give this channel a valid one.
error-forbidden = { -platform } doesn't allow that here. Check what this channel's account may do.
error-not-found = { -platform } doesn't know this destination. Check the channel's settings.
error-rejected = { -platform } refuses this message.
error-foreign = The address answered with status { $status }, but not as { -platform } does.
error-unavailable = { -platform } had a problem of its own (status { $status }).
error-receipt = The record of the copy can't be read: { $why }.
altered = The message on { -platform } wasn't as it was sent.
warning-squeezed = The description was shortened more than usual to stay within what { -platform } allows.

# What a message template can name.
variable-title = The job's title.
variable-organization = Who offers it.
variable-summary = One or two plain sentences; may be empty.
variable-url = The job's page on the board.
variable-apply-url = Where one applies: a web address, or mailto: and an e-mail address.
variable-locations = The places, a list.
variable-place = The places in one line.
variable-workplace = on-site, hybrid or remote.
variable-workplace-name = The same as a word of the channel's language.
variable-pay = The pay, if the offer says it.
variable-tags = The tags, a list.
variable-hashtags = The tags as hashtags, a list.
variable-language = The offer's language, as a tag: en, pt-BR.
variable-published-at = When it was published, in UTC.
variable-expires-at = When it expires, in UTC, if it does.
variable-extra = The board's own fields, by name: extra.level. Also extra.employment_types and extra.remote_countries, lists of codes; extra.salary.min, max, currency and period; extra.places, each with city, region and country; extra.updated_at.
variable-board = The board: board.name, board.url and board.color.
variable-words = Fixed words of the channel's language: words.pay, words.apply.
variable-description = The description in the platform's markup, shortened to what fits.
variable-link = A link: link(text, address).
