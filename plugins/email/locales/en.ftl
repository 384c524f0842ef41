# What the standard sentences call it.
-platform = The mail server

# The channel's settings.
setting-to = Address
setting-to-help = Where the jobs go: the address of a mailing list.
setting-recipient = Who is behind it
setting-recipient-help = A list's readers all see the same link: only its page stops the mails then, never one click in a mail program.
setting-recipient-list = A mailing list
setting-recipient-person = One person
setting-delivery = When
setting-delivery-at-once = Each job as soon as it is published
setting-delivery-daily = One mail a day
setting-delivery-weekly = One mail a week
setting-hour = Hour
setting-hour-help = 0 to 23, in the board's time zone. Only for one mail a day or a week.
setting-weekday = Day
setting-weekday-help = Only for one mail a week.
setting-weekday-monday = Monday
setting-weekday-tuesday = Tuesday
setting-weekday-wednesday = Wednesday
setting-weekday-thursday = Thursday
setting-weekday-friday = Friday
setting-weekday-saturday = Saturday
setting-weekday-sunday = Sunday
setting-subject-prefix = Subject begins with
setting-subject-prefix-help = For example [Jobs]. Leave it empty for the title alone.
setting-smtp-url = Mail server of your own
setting-smtp-url-help = Only if mail should not go through this server's own: smtps://user:password@mail.example.org?from=jobs@example.org

# In a mail.
why = You get this mail because this address receives the new jobs of
# What to tell the channel's admins.
error-html = the HTML isn't well-formed: { $why }
error-unknown = The mail server may have taken the mail over; its answer was lost.
error-adopt = Give the link to the message in the list's archive, or its Message-ID.
