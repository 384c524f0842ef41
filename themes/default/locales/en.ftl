## Everywhere
skip-to-content = Skip to content
made-with = Made with Tablón, the open job board.
staff-entrance = For moderators
post-a-job = Post a job
back-to-list = All jobs
log-out = Log out
pages = Pages
page-newest = ← Newest
page-older = Older →
tags = Tags

month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec

age-now = just now
age-minutes = { $count ->
    [one] a minute ago
   *[other] { $count } minutes ago
}
age-hours = { $count ->
    [one] an hour ago
   *[other] { $count } hours ago
}
age-days = { $count ->
    [one] yesterday
   *[other] { $count } days ago
}
age-weeks = { $count ->
    [one] a week ago
   *[other] { $count } weeks ago
}
age-months = { $count ->
    [one] a month ago
   *[other] { $count } months ago
}
age-years = { $count ->
    [one] a year ago
   *[other] { $count } years ago
}

## Boards
boards-title = Boards
boards-description = Job boards of communities: every job read by a person before it appears.
boards-manage = Manage
boards-empty-title = No boards yet
boards-empty-text = Whoever runs this server makes the first one with the link that was printed when it started.
jobs-open = { $count ->
    [0] No open jobs
    [one] One open job
   *[other] { $count } open jobs
}

## The list of jobs
listing-description = Open jobs on { $board }.
listing-found = What matches your search
listing-none-title = Nothing matches
listing-none-text = Try fewer words, or another kind of workplace.
listing-refused-title = That search is too long
listing-refused-text = Shorten it and search again: nothing was searched for yet.
listing-empty-title = No jobs yet
listing-empty-text = Be the first: it takes five minutes and no account.
search-label = Search jobs
search-placeholder = Title, company, skill…
search-workplace = Workplace
search-any-workplace = Any workplace
search-button = Search
search-clear = Show all jobs
feeds-follow = Follow these jobs:
og-locale = en_US

## A job
workplace-on-site = On site
workplace-hybrid = Hybrid
workplace-hybrid-inline = hybrid
workplace-remote = Remote
remote-anywhere = from anywhere
remote-countries = { $count ->
    [one] one country
   *[other] { $count } countries
}
remote-from = Remote workers:
employment-FULL_TIME = Full time
employment-PART_TIME = Part time
employment-CONTRACTOR = Freelance
employment-TEMPORARY = Temporary
employment-INTERN = Internship
employment-VOLUNTEER = Volunteering
employment-PER_DIEM = By the day
employment-OTHER = Other
pay-per-HOUR = an hour
pay-per-DAY = a day
pay-per-WEEK = a week
pay-per-MONTH = a month
pay-per-YEAR = a year
fact-workplace = Where
fact-pay = Pay
fact-employment = Kind of work
fact-language = Language
fact-valid-through = Apply until
fact-published = Published
fact-apply = Apply at
fact-apply-email = Apply by e-mail to
fact-contact = Contact
fact-contact-private = Only moderators see this.
apply-at = Apply at { $host }
apply-by-mail = Apply by e-mail
see-open-jobs = See the open jobs
job-ended-filled = This job has been filled
job-ended-expired = This job has expired
job-ended-closed = This job is closed
job-ended-text = It stays here for reference; you can no longer apply.
job-state-draft = Draft
job-state-submitted = Waiting for review
job-state-changes_requested = Changes requested
job-state-rejected = Rejected
job-state-spam = Spam
job-state-approved = Scheduled
job-state-published = Published
job-state-filled = Filled
job-state-expired = Expired
job-state-closed = Closed

## Forms
form-errors-title = { $count ->
    [one] One thing needs your attention
   *[other] { $count } things need your attention
}
form-unsent = Nothing was done yet: this page was open for too long. Everything you typed is still here, passwords and secrets aside. Press the button once more. If this comes up again, allow cookies for this site.
form-optional = (optional)
form-choose = Choose…
form-choose-countries = Choose countries
form-secret-set = Saved. Leave empty to keep it.
form-secret-forget = Remove the saved one
form-secret-leftover = Remove the saved secret { $name }, which the plugin no longer uses
form-place = Place { $number }
form-city = City
form-region = Region
form-country = Country
form-add-place = Add another place
form-pay-min = From
form-pay-max = To
form-pay-currency = Currency
form-pay-period = Per
group-job = The job
group-place = Where
group-terms = Terms
group-apply = How to apply
group-contact = About you
group-own = More questions
field-title = Job title
field-title-help = What people would search for. No capital letters, no “urgent”.
field-organization-name = Company or organisation
field-organization-url = Its website
field-organization-logo_url = Address of its logo
field-description = Description
field-description-help = What one does there, what you offer, what you ask for. You can use Markdown: **bold**, lists with “-”, headings with “##”.
field-locations = Places
field-locations-help = Town and country. Search engines such as Google leave out a job without them.
field-workplace = Workplace
field-remote_countries = Countries a remote worker may live in
field-remote_countries-help = None chosen means: anywhere. Search engines such as Google list a remote job only when it names its countries.
markup-gap-countries = Search engines such as Google won't list this job: it is remote and names no country. Choose the countries in which people may live.
markup-gap-place = Search engines such as Google won't list this job: it names no place. Give the town and its country.
markup-gap-country-of-place = Search engines such as Google won't list this job: its place has no country. Choose it beside the town.
field-employment_types = Kind of work
field-salary = Pay
field-salary-help = Before tax. Jobs that name their pay are read more often.
field-tags = Tags
field-tags-help = Up to ten, with commas: rust, backend, postgres
field-apply_url = Page to apply on
field-apply_email = E-mail to apply to
field-apply_email-help = Give the page, the e-mail, or both. What you give here is public.
field-contact_email = Your e-mail
field-contact_email-help = Never public. Moderators write to it when they have a question.
field-language = Language of the offer
field-valid_through = Last day to apply
field-email = E-mail
field-password = Password
field-password-help = At least ten characters. A few words in a row are easy to keep in mind.
field-name = Your name
field-board_name = Name of the board
field-board_name-help = As people know your community: “Rust Sevilla”.
field-board_slug = Its short address
field-board_slug-help = Lower-case letters, digits and dashes; left empty, it is made from the name. It is in every link: /t/rust-sevilla
field-board_locale = Its language
field-board_time_zone = Its time zone
field-board_time_zone-help = Such as Europe/Madrid or America/Sao_Paulo.
field-url = Link to the message
field-reason = Reason
field-publish_at = Day and time
field-channel_name = Name
field-channel_name-help = What your team calls it. Only staff see it.

error-required = This is needed.
error-too-long = Use at most { $max } characters.
error-too-deep = Nest quotations, lists and emphasis at most { $max } levels deep.
error-too-short = Use at least { $min } characters.
error-not-url = Write a web address such as https://example.org/jobs/1.
error-url-scheme = The address must begin with https:// or http://.
error-not-email = Write an e-mail address such as name@example.org.
error-not-text = This must be text.
error-not-list = This must be a list.
error-not-object = This can't be read.
error-not-boolean = Choose yes or no.
error-not-number = Write a number.
error-not-amount = Write an amount such as 42000 or 42000.50.
error-pay-contradicts = Write the same amount, currency and period here and in the fields beside it.
error-not-currency = Write a currency's three letters, such as EUR.
error-not-date = Write a date such as 2026-12-31.
error-past-date = This day is over. Choose today or a later one.
error-past-moment = This moment is over. Choose a later one.
error-not-option = Choose one of: { $options }.
error-too-many = Give at most { $max }.
error-too-many-words = Use at most { $max } words.
error-unknown-field = This form has no such field.
error-min-over-max = The lower amount is above the upper one.
error-one-of = Give at least one: a page to apply on, or an e-mail.
error-not-country = Choose a country from the list.
error-not-language = Write a language tag such as es or pt-BR.
error-pattern = This doesn't look right. Please check it.
error-number-range = Write a number between { $min } and { $max }.
error-not-slug = Use lower-case letters, digits and dashes inside, at most 63.
error-taken = This is taken. Choose another.
error-weak-password = Use at least ten characters, and not the same one over and over.
error-control-character = There are invisible characters in this. Type it again instead of pasting.
error-not-time-zone = Write a time zone such as Europe/Madrid.
error-not-host = Write a host name such as jobs.example.org.
error-not-color = Write a colour such as #0f766e.
error-unknown-placeholder = A name in braces is unknown. Only these are replaced: { $known }.
error-said = { $words }

## Submitting
submit-title = Post a job
submit-lead = No account needed. A moderator reads every offer before it goes on the board.
submit-send = Send for review
submit-preview = Preview
submit-preview-title = This is how it will look
submit-preview-text = Nothing has been sent yet.
submit-go-on-editing = Go on editing
submit-pot = Leave this empty
submit-once-more-title = Please send it once more
submit-once-more-text = Something was in a field that people can't see; a browser that fills in forms may have put it there. We have emptied it, and what you typed is still below.
submitted-title = Thank you, we have it
submitted-lead = “{ $title }” is waiting for a moderator. When it is approved, it goes on the board by itself.
submitted-published = “{ $title }” is on the board: your earlier offers were approved, so nobody has to look at it first.
submitted-see = See it there
submitted-link-title = Keep this private link
submitted-link-text = With it you can see where your offer stands, change it, and take it down once somebody is hired.
submitted-link-warning = Save it now: it is shown only once, and whoever has it can change your offer.
submitted-open = See where it stands
submitted-another = Post another job

## A poster's own page
my-title = Your offer
my-state-draft = It hasn't been sent yet.
my-state-submitted = A moderator will read it soon.
my-state-changes_requested = A moderator asks you to change something.
my-state-rejected = It won't go on the board.
my-state-spam = It won't go on the board.
my-state-approved = It goes on the board at the time the moderators chose.
my-state-published = It is on the board.
my-state-filled = You marked it as filled. Its copies say so.
my-state-filled-by-staff = The moderators marked it as filled. Its copies say so.
my-state-expired = Its time is over.
my-state-closed = It was taken down.
my-reason = What the moderator says
my-pending = Your change is waiting for a moderator. Until then the offer stays as it was.
my-actions = What you can do
my-edit = Change the offer
my-edit-resubmit = Change it and send it again
my-see-public = See it on the board
my-fill = Mark as filled
my-fill-help = Everyone sees that somebody was hired, here and on every channel.
my-reopen = Put it back on the board
my-reopen-help = If its time isn't over, it is there at once, here and on every channel. Otherwise a moderator reads it first.
my-link-help = A new link replaces this one. Do that if somebody else has it. If you end the link, only a moderator can give you another.
my-changed = That can't be done any more, so nothing was done. This is how your offer stands now.
my-close = Take it down
my-withdraw = Withdraw it
my-where = Where it was posted
my-where-none = Nowhere yet.
my-keep-link = Your private link stays valid until 180 days after the end of the offer. Follow it again to come back from another device.
my-edit-title = Change your offer
my-edit-live = The offer stays as it is until a moderator has read the change.
my-edit-waiting = A moderator reads the new text.
my-edit-send = Send the change
my-edit-wait = There were many changes in a short time. What you typed is below: send it again in { $seconds } seconds.
back-to-my = Your offer

## Another last day, and the private link
renew-title = Change the last day
renew-until = Last day on the board
renew-help = An offer whose time is over is back on the board at once, and so are its copies.
renew-button = Renew
link-title = Private link
link-new = Make a new private link
link-end = End the private link
link-made = The new private link
link-made-text = It is shown only once, and the old one has ended. Whoever has it can change the offer.
link-ended-title = The private link has ended
link-ended-text = Nobody can change your offer with it any more. If you need another link, ask the moderators of the board.

## Errors
error-page-home = Go to the front page
error-page-queue = Back to the queue
error-page-job = Back to the job
error-page-not-found-title = There is nothing here
error-page-not-found-text = The address may be mistyped, or what was here is gone.
error-page-forbidden-title = You may not do this
error-page-forbidden-text = Your account doesn't have the role for it. An owner of the board can give it to you.
error-page-form-expired-title = This form has expired
error-page-form-expired-text = Nothing was changed. Go back, load the page again, and send the form once more. Cookies must be allowed.
error-page-no-link-title = Open your private link first
error-page-no-link-text = This page belongs to an offer, and only its private link leads here. Open the link that you were shown when you sent the offer.
error-page-sent-before-title = We have this offer already
error-page-sent-before-text = It was sent before, so it wasn't taken a second time. Its private link was shown in the browser that sent it.
error-page-bad-request-title = This can't be understood
error-page-bad-request-text = Your browser sent something we can't read. Nothing was changed.
error-page-method-not-allowed-title = This address works in another way
error-page-method-not-allowed-text = Go back and use the links and buttons of the page.
error-page-conflict-title = This can't be done now
error-page-conflict-text = It has changed since you opened the page, or was done already, so nothing was done. Look at it again and decide anew.
error-page-invalid-title = Something in it isn't right
error-page-invalid-text = Nothing was changed. Go back and correct what stands below.
error-page-too-large-title = That is too much
error-page-too-large-text = What you sent is larger than we take. Shorten it and try again.
error-page-too-many-title = Too many attempts
error-page-too-many-text = Wait a little and try again.
error-page-crowded-title = Many people are searching right now
error-page-crowded-text = Try again in a few seconds. Your search is still in the address.
error-page-unavailable-title = We'll be right back
error-page-unavailable-text = The board can't reach its data for the moment. Nothing is lost. Try again in a minute.
error-page-internal-title = Something broke on our side
error-page-internal-text = It has been noted. Try again; if it goes on, tell whoever runs this board.
resend-form-expired-title = Please send it once more
resend-form-expired-text = The page was open for too long. If this comes up again, allow cookies for this site.
resend-no-link-title = Open your private link first
resend-no-link-text = This browser has forgotten it. Open the private link of your offer in another tab, then come back here.
resend-signed-in-title = You are logged in again
resend-signed-in-text = You can go on where you were.
resend-kept = Nothing was done yet. What you typed is kept, as long as this page is open.
resend-nothing-done = Nothing was done yet.
resend-secret = Passwords and secrets have to be typed again.
resend-button = Send it now
resend-form = Back to the form
resend-typed = What you typed

## Logging in, first run
login-title = Log in
login-button = Log in
login-kept = Your session has ended. Log in and go on where you were: what you typed is kept, as long as this page is open.
login-wrong = The e-mail address or the password is wrong.
login-too-many = Too many attempts. Try again in { $seconds } seconds.
login-elsewhere = You can only log in at { $url }. Open that address and try again.
setup-title = Welcome to Tablón
setup-lead = Two minutes, once: your account, and your first board.
setup-button = Create the account and the board
group-account = Your account
group-board = Your first board

## Staff
nav-administration = Administration
nav-menu = Menu
nav-see-board = See the board
nav-queue = Queue
nav-jobs = Jobs
nav-placements = Copies
nav-channels = Channels
nav-waiting = waiting:
nav-trouble = need attention:
nav-paused = paused:
done-submitted = Sent. A moderator reads it soon.
done-edited = Your change was saved.
done-proposed = Sent. A moderator reads the change; until then the offer stays as it is.
done-my-edited = Saved. Your change is on the board.
done-my-unchanged = Nothing was changed: the offer stays as it is.
done-withdrawn = Withdrawn.
done-approved = Published. The copies are on their way.
done-scheduled = Scheduled. It goes on the board by itself.
done-rejected = Rejected. The poster sees your reason.
done-changes-requested = Sent back. The poster sees what you ask for.
done-spam = Marked as spam.
done-closed = Taken down. The copies are taken down, too.
done-filled = Marked as filled. The copies are being updated.
done-reopened = Back on the board. The copies are being updated.
done-back-in-queue = Back in the queue, waiting for a decision.
done-renewed = Renewed. The copies are being updated.
done-link-ended = The private link has ended.
done-link-over = The offer ended so long ago that its private link has ended too. Reopen or renew it first.
done-revision-approved = The change is live. The copies are being updated.
done-revision-discarded = The change was discarded. The offer stays as it was.
done-channel-created = The channel is ready. Publishing sends a copy to it from now on.
done-channel-saved = Saved.
done-channel-paused = Paused. Copies wait until you resume it.
done-channel-resumed = Resumed. What waited is on its way.
done-adopted = Noted. From now on this copy is kept up to date.
done-resent = It is being sent again.
done-retried = It is being tried again.
done-retracted = It is being taken down.
attention-title = What needs attention
attention-paused = { $name } is paused
attention-paused-text = Its copies wait; nothing is lost.
attention-paused-link = Fix it and resume
attention-digests = { $count ->
    [one] A mail of { $name } didn't go out, or nobody knows
   *[other] { $count } mails of { $name } didn't go out, or nobody knows
}
attention-digests-text = Nothing is ever sent twice on a guess: say whether it is sent again.
attention-digests-link = See what the mail server said
attention-unverified = { $count ->
    [one] One copy may or may not be there
   *[other] { $count } copies may or may not be there
}
attention-unverified-text = Nothing is ever sent twice on a guess.
attention-unverified-link = Look and tell us
attention-failed = { $count ->
    [one] One copy failed
   *[other] { $count } copies failed
}
attention-failed-text = Each says why.
attention-failed-link = See why
attention-drifted = { $count ->
    [one] One copy was changed on its platform
   *[other] { $count } copies were changed on their platform
}
attention-drifted-text = Somebody edited it there; it doesn't say what it should.
attention-drifted-link = See which

queue-title = Waiting for you
queue-new = New
queue-change = Change to a live job
queue-review = Review
queue-empty-title = All done
queue-empty-text = Nothing is waiting. New offers appear here. Share this link where employers can find it:
queue-empty-no-channel = Nothing is waiting. While it is quiet: add a channel, so that approved jobs are posted there, too.
jobs-by-state = Jobs by state
jobs-all = All
jobs-none-title = No jobs here
jobs-none-text = There is none in this state.

review-next = { $count ->
    [one] Review the next one
   *[other] Review the next of { $count }
}
review-decide = Decide
review-actions = Actions
review-submitted = Sent
review-publishes = goes on the board
review-revision = revision { $number }
review-see-public = See it on the board
review-edit = Edit
review-publish = { $count ->
    [0] Publish on the board
    [one] Publish on the board and one channel
   *[other] Publish on the board and { $count } channels
}
review-publish-help = { $count ->
    [0] There is no channel yet; it appears on the board only.
   *[other] It goes out at once, exactly as the previews show it.
}
review-publish-scheduled = It goes on the board at once. Channels with posting hours post it at theirs, exactly as the previews show it.
review-publish-left-out = No channel takes it: they are paused, or their rules leave it out. It appears on the board only.
review-later = Publish later
review-later-when = Day and time
review-later-help = In the board's time zone, { $zone }.
review-later-button = Schedule
review-later-wrong = Choose a day and a time.
review-publish-now = Publish it now
review-move = Publish at another time
review-move-button = Move
review-last-day-over = The last day of this offer is over by then. Change that first.
review-reopen = Undo this
review-reopen-help = If it was on the board and its time isn't over, it is there again at once, and so are its copies. Otherwise it waits in the queue.
review-link-help = For a poster who has lost the private link, or whose link somebody else has. The link ends by itself 180 days after the end of the offer.
review-reason = Your message to the poster
review-reason-missing = Write a reason: the poster sees it and nothing else.
review-stale = It has changed since you read it, so nothing was done. This is how it stands now: read it and decide again.
review-decided = Somebody was faster, so nothing was done. This is how it stands now.
review-done-already = You have decided on it already, so nothing more was done. This is how it stands now.
review-changed = It has changed meanwhile, so nothing was done. This is how it stands now.
review-typed = What you had written:
review-reason-given = What the poster was told
review-request-changes = Ask for changes
review-request-changes-help = The poster sees this on their private page, changes the offer and sends it again.
review-request-changes-button = Send back with this request
review-reject = Reject
review-reject-help = The poster sees this on their private page.
review-reject-button = Reject with this reason
review-discard-revision = Discard the change
review-discard-revision-button = Discard with this reason
review-spam = It is spam
review-fill-help = The board and every copy then say that somebody was hired.
review-close = Take it down everywhere
diff-title = A change is waiting
diff-text = The offer stays as it is until you decide.
diff-before = Now
diff-after = Proposed
diff-nothing = nothing
diff-approve = { $count ->
    [0] Accept the change
    [one] Accept the change and update one copy
   *[other] Accept the change and update { $count } copies
}
history-title = What happened
audit-job-submit = Sent by the poster
audit-job-propose = A change was proposed
audit-job-approve = Approved
audit-job-publish = Published
audit-job-reject = Rejected
audit-job-request_changes = Sent back for changes
audit-job-spam = Marked as spam
audit-job-close = Taken down
audit-job-withdraw = Withdrawn by the poster
audit-job-fill = Marked as filled
audit-job-expire = Expired
audit-job-reopen = Reopened
audit-job-renew = Renewed
audit-job-reschedule = Moved to another time
audit-job-reissue_link = A new private link was made
audit-job-revoke_link = The private link was ended
audit-job-edit = Edited
audit-job-approve_revision = A change was accepted
audit-job-discard_revision = A change was discarded
previews-title = What each channel will show
previews-none = No channel yet. Add one, and approved jobs are posted there, too.
previews-left-out = No channel takes this job: they are paused, or their rules leave it out.
preview-failed = This channel can't show the job:
preview-length = { $length } of { $limit } { $unit }
preview-length-label = Length
unit-utf16 = characters (UTF-16)
unit-characters = characters
unit-bytes = bytes
preview-source = As it is sent
job-edit-title = Edit the job
job-edit-live = { $count ->
    [0] Saved changes are live at once.
    [one] Saved changes are live at once, and one copy is updated.
   *[other] Saved changes are live at once, and { $count } copies are updated.
}
job-edit-waiting = It isn't on the board yet.
job-edit-save = Save
job-edit-save-live = { $count ->
    [0] Save and update the board
    [one] Save and update the board and one copy
   *[other] Save and update the board and { $count } copies
}
job-edit-stale-title = Somebody else has changed this job
job-edit-stale-text = What you typed is still below. Compare it with the job as it is now, and save again if it should hold.

placements-lead = Each copy of a job on a channel: what should be there, and what is.
placements-by-state = Copies by state
placements-attention = Need attention
placements-all = All
placements-none-title = Nobody has to do anything
placements-none-text = Every copy is as it should be, or on its way.
placement-state-pending = Waiting
placement-state-sending = Sending
placement-state-published = Live
placement-state-unverified = Not sure
placement-state-failed = Failed
placement-state-blocked = On hold
placement-state-outdated = Live, with the text before the edit
placement-state-closed = Closed
placement-state-remains = Stays there
placement-state-retracted = Taken down
placement-text-pending = It goes out as soon as its turn comes.
placement-text-sending = It is being sent right now.
placement-text-published = The copy is there and shows the current text.
placement-text-following = The copy is there and is being brought up to date.
placement-text-outdated = The copy is there with the text before the edit. This channel can't change what it has posted.
placement-text-unverified = Nobody knows yet whether it arrived.
placement-text-unverified-plugin = The plugin failed after something had been sent. Nobody knows yet whether it arrived.
placement-text-failed = The platform refused it. Its words:
placement-text-failed-unreachable = The platform couldn't be reached for so long that nobody tries any more. The last answer:
placement-text-failed-channel = The platform refused the channel's settings or its credential:
placement-text-failed-elsewhere = The channel works, but this copy is where its settings don't lead any more:
placement-text-failed-plugin-trapped = The plugin crashed. What it left:
placement-text-failed-plugin-timeout = The plugin took too long and was stopped:
placement-text-failed-plugin-oversized = The plugin's answer was too large:
placement-text-failed-plugin-fault = The plugin made a mistake:
placement-text-failed-other = It couldn't be done:
placement-text-blocked = The channel is paused. It goes out when the channel is resumed.
placement-text-closed = The copy is there and says that the job is over.
placement-text-remains = The copy stays there as it is. This channel can't mark it as over or take it down.
placement-text-retracted = The copy was taken down.
placement-next-try = Next try: { $at }.
placement-open = Open it
placement-retry = Try again
placement-retract = Take this copy down
placement-attempts = { $count ->
    [one] One attempt
   *[other] { $count } attempts
}
attempt-took = { $ms } ms
operation-publish = Publish
operation-update = Update
operation-close = Close
operation-retract = Take down
operation-locate = Look for it
operation-check = Check
operation-adopt = Adopt
operation-verify = Verify
unverified-title = Is it there?
unverified-text = Nobody knows whether the message for { $channel } arrived. Please look yourself.
unverified-look = Open the channel
unverified-link = Link to the message
unverified-link-help = Open the message's menu and copy its link.
unverified-yes = Yes, this is it
unverified-no = No, it isn't there: send it again

channels-lead = Approved jobs are posted on each of these, and kept up to date there.
channels-add = Add a channel
channels-empty-title = No channels yet
channels-empty-text = The board works without one. With a channel, every approved job also goes to your Telegram group, for example, and is updated and struck through there by itself.
channel-state-active = Active
channel-state-paused = Paused
channel-new-title = New channel: { $plugin }
channel-new-lead = You can change all of this later.
channel-new-button = Add the channel
channel-verify = Check the connection
channel-pause = Pause
channel-resume = Resume
channel-save = Save the settings
channel-settings = Settings
channel-preview = What it will show
channel-preview-of = With your newest job, “{ $title }”:
channel-paused-title = Why it is paused
channel-verified-title = It works
channel-verified-text = Connected as { $account }.
channel-refused-title = The platform refused
channel-refused-text = Check the settings below.
plugins-none-title = No plugins are installed
plugins-none-text = Whoever runs this server can install some.

## Stopping mails
unsubscribe-title = Stop these mails
unsubscribe-lead = { $board } sends its job offers to { $address }.
unsubscribe-person = The button stops them. Nobody else's mail is touched.
unsubscribe-list-warning = This address is a mailing list: the button stops the mails for everybody who reads it, until the board's admins start them again.
unsubscribe-list-instead = If only you want no more of them, leave the list instead: its own mails say how.
unsubscribe-button = Stop the mails
unsubscribe-list-button = Stop them for everybody on the list
unsubscribe-done-title = No more mails
unsubscribe-done-text = { $board } sends no more of its job offers to { $address }. Its admins see it.
unsubscribe-done-text-gone = { $board } sends no mails to that address.

## Copies, one by one
placements-channel = Channel
placements-every-channel = Every channel
placements-show = Show
placements-empty-title = No copies here
placements-empty-text = There is none in this state on this channel.
placements-group-unverified = { $count ->
    [one] One copy may or may not be there
   *[other] { $count } copies may or may not be there
}
placements-group-unverified-text = Nothing is ever sent twice on a guess. Look and tell us.
placements-group-failed = { $count ->
    [one] One copy couldn't be made or kept
   *[other] { $count } copies couldn't be made or kept
}
placements-group-failed-text = Each says why. Fix it and try again, or leave it be.
placements-group-drifted = { $count ->
    [one] One copy was changed on its platform
   *[other] { $count } copies were changed on their platform
}
placements-group-drifted-text = Somebody edited it there. You can put it back as it should be.
placements-group-blocked = { $count ->
    [one] One copy waits for its channel
   *[other] { $count } copies wait for their channel
}
placements-group-blocked-text = These channels are paused. What waits goes out when they are resumed.
placements-paused-by-person = Somebody paused it.
placements-waiting-count = { $count ->
    [one] One copy waits
   *[other] { $count } copies wait
}
placements-mend = Fix the channel
placements-see-all = { $count ->
    [one] See it
   *[other] See all { $count }
}
placement-no-title = A job that is gone
placement-title = Copy on { $channel }
placement-now = How it stands
placement-history = What happened
placement-history-none = Nothing yet.
placement-channel = Channel
placement-desired = What should be there
placement-desired-present = The job
placement-desired-closed = The job, marked as over
placement-desired-absent = Nothing
placement-published-at = Posted
placement-checked-at = Last looked at
placement-drift-altered = Changed on the platform
placement-drift-absent = Gone from the platform
placement-text-altered = Somebody changed it on the platform. It doesn't say what it should.
placement-text-absent = Somebody deleted it on the platform. It isn't sent again by itself.
placement-resend = Send it again
placement-restore = Put it back as it should be
placement-now-button = Try now
placement-check = Look whether it is still there
placement-adopt = It is there: somebody posted it by hand
placement-adopt-button = Take this message over
attempt-status = answer { $status }
audit-placement-retry = Sent again by hand
audit-placement-resolve = Somebody looked and answered
audit-placement-retract = Taken down by hand
audit-placement-check = Asked to look at it

## How attempts end
outcome-started = Under way
outcome-interrupted = Interrupted
outcome-published = Posted
outcome-updated = Brought up to date
outcome-unsupported = Can't be done there
outcome-closed = Marked as over
outcome-retracted = Taken down
outcome-located = Found
outcome-sent = It was sent
outcome-not-sent = It isn't there
outcome-repeatable = May be repeated safely
outcome-unknowable = The platform can't be asked
outcome-unverified = Nobody knows
outcome-uncertain = No clear answer
outcome-unfinished = Done in part
outcome-not-installed = Plugin missing
outcome-not-now = Not now
outcome-unauthorized = Credential refused
outcome-invalid-settings = Settings refused
outcome-rate-limited = Asked to wait
outcome-transient = Failed, tried again
outcome-rejected = Refused
outcome-moved = The destination moved
outcome-gone = It was deleted there
outcome-no-record = No record of it
outcome-elsewhere = It is elsewhere
outcome-plugin-trapped = The plugin crashed
outcome-plugin-timeout = The plugin took too long
outcome-plugin-oversized = The plugin answered too much
outcome-plugin-fault = The plugin failed
outcome-present = Still there
outcome-altered = Changed on the platform
outcome-absent = Gone from the platform

## One channel
channel-tab-settings = Settings
channel-tab-template = Message
channel-tab-delivery = What and when
channel-tab-history = History
channel-tab-remove = Remove
channel-preview-sample = With a made-up job, until there is one:
channel-preview-edit = Change the message
lane-open-title = The platform isn't answering
lane-open-text = { $count ->
    [one] The last call failed. The next trial is at { $at }; what waits goes out then.
   *[other] The last { $count } calls failed. The next trial is at { $at }; what waits goes out then.
}
lane-held-title = The platform asked us to wait
lane-held-credential = Nothing more is sent with this credential before { $at }.
lane-held-destination = Nothing more is sent there before { $at }.
lane-held-server = Nothing more is sent to this platform before { $at }, by any board of this installation.
history-by-token = a program
history-by-command-line = the command line
audit-channel-create = Added
audit-channel-update = Changed
audit-channel-verify = The platform was asked, and it may post there
audit-channel-delete = Removed
audit-channel-abandon = Removed, its copies left where they are
audit-channel-pause = Paused
audit-channel-resume = Resumed
audit-channel-moved = The destination moved, and the settings followed
channel-tab-mail = Mail
channel-unsubscribed-title = Everybody it mails to has unsubscribed
channel-unsubscribed-text = Nothing is lost: what should be sent waits. Once they want mail again, lift it; or give another address in the settings.
channel-unsubscribed-link = See who asked
mail-title = The last mails
mail-lead = What became of each. What is over stays here for 90 days, and as long as its job is open.
mail-none = None yet.
mail-no-subject = Without a subject on record
mail-erased = Address erased
mail-asking = { $count ->
    [one] One mail didn't go out, or nobody knows
   *[other] { $count } mails didn't go out, or nobody knows
}
mail-asking-text = Nothing is ever sent twice on a guess: say whether it is sent again.
mail-asking-link = See which
mail-state-queued = Waiting
mail-state-sending = On its way
mail-state-sent = Sent
mail-state-unknown = Unknown
mail-state-refused = Refused
mail-state-given_up = Given up
mail-state-suppressed = Unsubscribed
mail-state-cancelled = Not sent
mail-state-left = Left at that
mail-text-queued = It goes out as soon as the mail server takes it.
mail-text-sending = The mail server is being talked to.
mail-text-sent = The mail server took it.
mail-text-unknown = The mail server's answer was lost: it may have been sent. Look in the list's archive.
mail-text-refused = The mail server won't take it.
mail-text-given_up = The mail server couldn't be reached for days, or always said “later”.
mail-text-suppressed = Its recipient wants no more mail.
mail-text-cancelled = Its address was taken out of the settings before.
mail-text-left = Somebody here decided not to send it again.
mail-send-again = Send it again
mail-leave = Leave it at that
done-mail-sent-again = It goes out within half a minute.
done-mail-left = Left at that: it isn't sent again.
done-mail-lifted = Lifted. Mail goes there again.
done-mail-suppressed = Noted. No more mail goes there.
suppressions-title = Who wants no more mail
suppressions-lead = They get none from this channel, whatever the settings say.
suppressions-none = Nobody has asked.
suppressions-unknown = An address that was erased, or isn't in the settings any more
suppressions-origin-one-click = With the button of their mail program
suppressions-origin-page = On the page behind the link in a mail
suppressions-origin-admin = Noted here by hand
suppressions-lift = Lift
suppressions-lift-help = Only when they want the mails again. A channel that was paused because nobody was left works again at once.
suppressions-address = Somebody asked you?
suppressions-address-help = Their address. No more mail of this channel goes there.
suppressions-add = Send them no more mail
audit-channel-suppress = Somebody wants no more mail
audit-channel-lift = Mail goes to somebody again who had unsubscribed
audit-channel-send_mail_again = A mail was sent again
audit-channel-leave_mail = A mail was left at that
done-channel-removed = The channel was removed.
done-channel-abandoned = The channel was removed. Its copies stay where they are.
done-checking = The platform is being asked. Load the page again in a moment.
done-template-saved = Saved. It applies from the next publish or edit.
done-template-default = The channel uses the plugin's own template again.
done-delivery-saved = Saved. It applies to jobs that are published from now on.
remove-title = Remove this channel
remove-text = It has no copies. Its settings, its secrets and its template are deleted. This can't be undone.
remove-delete = Remove the channel
remove-copies = { $count ->
    [one] One copy is still there
   *[other] { $count } copies are still there
}
remove-copies-text = To take them down first, close their jobs or take down each copy.
remove-see-copies = See the copies
remove-abandon-text = Or leave them behind: they stay on the platform as they are now. Edits no longer reach them, and filled jobs are no longer marked there. This can't be undone.
remove-understood = { $count ->
    [one] I understand that one copy stays and follows no job any more
   *[other] I understand that { $count } copies stay and follow no job any more
}
remove-abandon = { $count ->
    [one] Remove the channel and leave one copy behind
   *[other] Remove the channel and leave { $count } copies behind
}
remove-keep = Keep it

## The message of a channel
template-lead = What a copy says on this channel. The preview is exactly what will be sent.
template-label = Template
template-none = This plugin makes its messages itself: there is no template to change.
template-unsaved = Not saved yet.
template-is-own = This is the channel's own template. It applies from the next publish or edit.
template-is-default = This is the plugin's own template. Change it and save to make the message yours.
template-save = Save the template
template-preview = Preview
template-use-default = Go back to the plugin's template
template-default = The plugin's template
template-default-help = Nothing is saved by starting over.
template-start-default = Start over from it
template-variables = What a template can name
template-preview-title = What it will show
template-preview-with = With
template-preview-sample = A made-up job
preview-line = Line { $line }:
mail-subject = Subject
mail-to = To
mail-text = As text
sample-title = Backend engineer (Rust)
sample-organization = Example Cooperative
sample-summary = We look after a service that plans twelve thousand routes every night.
sample-description =
    We look after a **service** that plans twelve thousand routes every night.

    - Measure before you optimise
    - Review code calmly

    See [how we work](https://example.org/how).
sample-place = Seville, Andalusia, ES
sample-pay = €42,000–52,000/year

## What a channel is given, and when
delivery-lead = Without an answer here, every approved job is posted at once.
delivery-rules = Which jobs
delivery-schedule = When
delivery-checks = Looking after copies
delivery-zone = Times are in the board's time zone, { $zone }. Only new copies wait: edits and retractions are sent at once.
delivery-save = Save
delivery-waiting = { $count ->
    [one] One copy waits for its time.
   *[other] { $count } copies wait for their time.
}
delivery-kept = These rules were set by a program and stay as they are:
delivery-any-of = { $field }: one of { $values }
delivery-none-of = { $field }: none of { $values }
delivery-field-tags = Only with one of these tags
delivery-field-tags-help = With commas: rust, backend
delivery-field-not-tags = Never with one of these tags
delivery-field-country = Only in these countries
delivery-field-at = All of a day together, at
delivery-field-at-help = Empty: each as soon as it is approved.
delivery-field-from = Not before
delivery-field-to = Not after
delivery-field-days = Only on these days
delivery-field-per-day = At most a day
delivery-field-per-day-help = What is more waits for the next day.
delivery-field-check-every-hours = Look at each copy every so many hours
delivery-field-check-every-hours-help = Whether it is still there and as it should be. Empty: never.
delivery-not-time = Write a time such as 09:30.
delivery-to-early = This must be later than the beginning.
weekday-monday = Monday
weekday-tuesday = Tuesday
weekday-wednesday = Wednesday
weekday-thursday = Thursday
weekday-friday = Friday
weekday-saturday = Saturday
weekday-sunday = Sunday

## Plugins of the instance
nav-plugins = Plugins
plugins-title = Plugins
plugins-lead = What this server can publish to, and what each plugin may do.
plugins-problems = Plugins that can't be used
plugins-problem-title = { $source } can't be used
plugins-fault-unreadable = The file can't be read, or isn't there any more.
plugins-fault-no-plugin = It is no plugin of Tablón, or the file is damaged.
plugins-fault-manifest = Its manifest is wrong. Its author has to correct that.
plugins-fault-compile = It can't be compiled.
plugins-fault-contract = It isn't made for this version of Tablón.
plugins-fault-description = It fails when it is asked what it can do.
plugins-fault-same-id = Another file with the same id is used instead.
plugins-fault-unavailable = The database with the installed plugins couldn't be reached. It is asked again.
plugins-source-bundled = Part of Tablón
plugins-source-installed = Installed
plugins-source-file = From a folder
plugins-disabled = Disabled
plugins-id = Name in channels
plugins-channels = Channels that use it
plugins-grants = What it asks for
plugins-grants-none = Nothing.
plugins-grant-host = Requests to
plugins-grant-send = Send the secret
plugins-grant-to = to
plugins-grant-sign = Sign with the secret
plugins-grant-smtp = Mail server from the secret
plugins-grant-mail = Mail to
plugins-granted = Granted
plugins-refused = Refused
plugins-contract = Contract
plugins-license = License
plugins-homepage = Homepage
plugins-file = File

## Mail to posters and staff

notice-why-poster = You get this mail because an offer on { $board } names this address as its contact. If it wasn't you who sent it in, you needn't do anything.
notice-why-staff = You get this mail because you work on { $board }.
notice-settings = Choose what you are told
notice-on-board = On the board
notice-link-private = Keep the private link below. With it you can change or end the offer, without an account. Whoever has it can do the same.
notice-digest-subject = { $count ->
    [one] { $board }: one thing since the last mail
   *[other] { $board }: { $count } things since the last mail
}

notice-job-received-subject = Received: { $title }
notice-job-received-text = The offer “{ $title }” has reached { $board }. Somebody from the board reads it before it is published.
notice-job-received-action = Open your offer
notice-job-changes-requested-subject = Please change your offer: { $title }
notice-job-changes-requested-text = { $board } asks for changes before “{ $title }” can be published:
notice-job-changes-requested-action = Change the offer
notice-job-rejected-subject = Not published: { $title }
notice-job-rejected-text = { $board } doesn't publish the offer “{ $title }”. The reason:
notice-job-rejected-action = Open your offer
notice-job-published-subject = Published: { $title }
notice-job-published-text = The offer “{ $title }” is published. It is here:
notice-job-published-action = Change or end the offer
notice-job-edit-accepted-subject = Your change is published: { $title }
notice-job-edit-accepted-text = Your change of “{ $title }” is published, on the board and on its channels.
notice-job-edit-accepted-action = Open your offer
notice-job-edit-discarded-subject = Your change wasn't accepted: { $title }
notice-job-edit-discarded-text = Your change of “{ $title }” wasn't accepted; the offer stays as it was. The reason:
notice-job-edit-discarded-action = Open your offer
notice-job-expiring-subject = The last days of your offer: { $title }
notice-job-expiring-text = “{ $title }” is on the board until { $day }. If the position is still open, you can extend it; if it is filled, mark it as filled.
notice-job-expiring-action = Extend or end the offer
notice-job-ended-subject = No longer on the board: { $title }
notice-job-ended-text = The offer “{ $title }” is no longer on the board.
notice-job-ended-action = Open your offer

notice-queue-new-subject = New offer: { $title }
notice-queue-new-text = A new offer waits for a moderator: “{ $title }”.
notice-queue-new-action = Read the offer
notice-queue-changed-subject = Changed offer: { $title }
notice-queue-changed-text = The poster has changed “{ $title }”. The change waits for a moderator.
notice-queue-changed-action = Read the change
notice-channel-paused-subject = Channel paused: { $channel }
notice-channel-paused-text = The channel “{ $channel }” is paused by a problem. Nothing is lost: what has to be published there waits.
notice-channel-paused-action = Open the channel
notice-copy-in-doubt-subject = Was it published? { $title } on { $channel }
notice-copy-in-doubt-text = The answer of “{ $channel }” to the offer “{ $title }” was lost. Somebody must look whether it is there; until then it isn't sent again.
notice-copy-in-doubt-action = Answer the question

## What the staff is told

nav-notifications = Notifications
notifications-title = Notifications
notifications-lead = What { $board } tells you by mail, to { $address }.
notifications-no-server = This installation has no mail server, so nobody gets mail. Its operator sets one up with TABLON_SMTP_URL. Until then, everything that waits is on the start page, and posters keep the private link that they see after sending in an offer.
notifications-legend = When
notifications-timing-at_once = At once
notifications-timing-daily = Once a day
notifications-timing-never = Never
notifications-kind-queue-new = A new offer
notifications-kind-queue-changed = A poster changed an offer
notifications-kind-channel-paused = A channel was paused by a problem
notifications-kind-copy-in_doubt = Somebody must look whether a copy was published
notifications-daily-help = The daily mail goes out at 8 o'clock, if there is anything to tell.
notifications-save = Save
done-notifications-saved = Saved.
notifications-failed-title = Mail that didn't arrive
notifications-failed-lead = The last mails of this board that the mail server refused, or whose outcome is unknown.
notifications-failed-none = There is none.
notifications-kind-job-received = Offer received
notifications-kind-job-changes_requested = Changes requested
notifications-kind-job-rejected = Offer rejected
notifications-kind-job-published = Offer published
notifications-kind-job-edit_accepted = Change accepted
notifications-kind-job-edit_discarded = Change not accepted
notifications-kind-job-expiring = Offer ends soon
notifications-kind-job-ended = Offer ended
notice-state-refused = refused
notice-state-given_up = given up
notice-state-unknown = outcome unknown
notice-state-limited = held back
notice-text-refused = The mail server doesn't accept it.
notice-text-given_up = The mail server couldn't be reached for five days.
notice-text-unknown = It was handed over, but the answer was lost twice.
notice-text-limited = Too many mails within a short time to this address, about this offer or from this board. Nothing was sent.
notice-failed-title = A mail to the poster didn't arrive
notice-failed-text = Reach { $address } another way, or correct the address in the offer.

notification-stop-title = No more such mail
notification-stop-lead = “{ $kind }”: { $board } won't send you mail about this any more. You can change that at any time under Notifications.
notification-stop-button = Stop this mail
notification-stopped-title = Stopped

## The board's own words in mail

nav-mail = Mail
board-mail-title = Mail to posters
board-mail-lead = What { $board } writes to people who send in offers. You can say it in your own words; the reason, the links and the button are always added.
board-mail-own = your own words
board-mail-standard = standard words
board-mail-edit = Change the words
board-mail-subject = Subject
board-mail-subject-help = Empty: “{ $standard }”
board-mail-text = Text
board-mail-text-help = Plain text; an empty line begins a new paragraph. Empty: the standard words. These are replaced: { $placeholders }.
board-mail-save = Save
board-mail-preview = Preview
board-mail-test = Send a test mail to me
board-mail-preview-title = Preview, with a sample offer
board-mail-test-sent = The mail server took the test mail to { $address }.
board-mail-test-failed = The test mail wasn't sent:
done-board-mail-saved = Saved.
board-mail-sample-title = Rust developer
board-mail-sample-reason = Please name the pay and the city.
## Settings of a board, its rules and its first steps
nav-settings = Settings
done-settings-saved = Saved.
settings-title = Settings of the board
settings-tab-board = Board
settings-save = Save the settings
settings-stale-title = Somebody else has saved these settings meanwhile
settings-stale-text = Nothing was saved yet. What you typed is still below. If you save again, it replaces what the other person set:
settings-stale-now = { $label }, now:
settings-nothing = nothing
settings-yes = yes
settings-no = no
settings-address-title = Address
settings-address-text = A host name of its own is given to a board when it is made, on the command line (tablon tenant create --host).
settings-address-former = These earlier addresses lead here:
settings-slug = Short name in the address
settings-slug-help = /t/<short name>/: lower-case letters, digits and dashes. When you change it, the old address leads to the new one: links in channels, feeds and mails go on working. The last five are kept for you.
settings-group-board = The board
settings-group-languages = Languages and time
settings-group-offers = Offers
settings-group-rules = Rules for offers
settings-name = Name
settings-description = A sentence about it
settings-description-help = Below the name, in search engines and feeds. At most 300 characters.
settings-listed = Show it on the front page of this installation
settings-listed-help = An unlisted board works like any other for everybody who has its address. The front page and the installation's sitemap leave it out.
settings-locale = Language of the board
settings-locale-help = For feeds, copies on channels, and visitors who ask for no language that is offered.
settings-locales = Languages that visitors can choose
settings-locales-help = The browser's language is taken if it is among these. The board's own always is; with none ticked, all are.
settings-time-zone = Time zone
settings-time-zone-help = An offer's last day ends at midnight there.
settings-accent = Accent colour
settings-currency = Currency
settings-currency-help = The pay field begins with it. Posters can choose another.
settings-default-days = Days that an offer stands
settings-default-days-help = If it names no last day. Holds for offers that are published or edited from now on.
settings-rules-require-pay = Every offer states its pay
settings-rules-require-place = What every offer says of its place
settings-rules-require-place-help = For remote work, the countries will do in place of a place.
settings-place-optional = Nothing
settings-place-place = A place
settings-place-country = A place and its country
settings-rules-min-description = Minimum length of the description
settings-rules-min-description-help = In characters, as a reader sees it. Empty: any length.
settings-rules-blocked-words = Words that must not occur
settings-rules-blocked-words-help = One a line. Whole words or phrases; capitals and accents don't matter.
settings-rules-blocked-domains = Domains that must not be named
settings-rules-blocked-domains-help = One a line, such as bit.ly. Everything below a domain is blocked, too.
settings-rules-refuse-agencies = Only employers, no agencies
settings-rules-refuse-agencies-help = Posters must tick that they are the employer. Nobody checks it for you.
settings-rules-consent = What posters must agree to
settings-rules-consent-help = Plain text. Posters tick it with each offer; which text they agreed to is kept. Empty: nothing.
settings-rules-auto-approve-after = Approve by itself after
settings-rules-auto-approve-after-help = So many of a poster’s last offers must have been approved by you. Then their next ones, and their changes, are published at once – only if they came by a private link that was mailed to their address. Empty: you look at each one.
rule-min-description = At least { $min } characters.
rule-default-days = Left empty, the offer stands for { $days } days.
rules-broken-title = This breaks the board's rules
group-declarations = Before you send it
field-is_employer = We are the employer ourselves
field-is_employer-help = This board takes no offers from agencies.
field-consent = I agree to this text
declared-is_employer = The poster says that they are the employer.
declared-consent = The poster agreed to the board's conditions.
error-not-domain = “{ $entry }” is no domain. Write one such as example.org on each line.
error-pay-demanded = This board asks every offer to state its pay.
error-place-demanded = This board asks every offer where the work is: name a place or, for remote work, the countries.
error-country-demanded = This board asks every offer for a country: choose it beside the place or, for remote work, in the list.
error-blocked-words = This board doesn't take these words: { $words }.
error-blocked-domains = This board doesn't take links to: { $domains }.
error-agencies-refused = This board takes no offers from agencies. Tick this if you are the employer.
error-consent-demanded = Without your consent the offer can't be sent. Read the text and tick the box.
error-page-set-up-before-title = This link was used already
error-page-set-up-before-text = The installation has its operator and its first board. Go to the front page and log in.
first-steps-title = First steps
first-steps-hide = Don't show these any more
first-step-done = Done
first-step-open = To do
first-step-describe = Describe the board
first-step-describe-text = One sentence tells visitors and search engines whom it is for.
first-step-settings = Look through the settings
first-step-settings-text = Languages, currency, how long offers stand, and the rules for them.
first-step-channel = Add the first channel
first-step-channel-text = Approved offers are then posted there, too.
first-step-team = Invite a moderator
first-step-team-text = So that offers don't wait while you are away.
first-step-offer = Send a first offer
first-step-offer-text = An empty board convinces nobody. Share the link where employers find it.
# Accounts and team
nav-members = Team
role-member = Member
role-moderator = Moderator
role-admin = Admin
role-owner = Owner
role-member-help = Members belong to the board and have no powers on it.
role-moderator-help = Moderators read what is handed in and decide on it.
role-admin-help = Admins set up the board and its channels, and invite others.
role-owner-help = Owners may do everything on the board.
field-new_password = New password
field-code = Code
field-code-help = The six digits that your authenticator app shows now, or one of your recovery codes.
field-account_locale = Language
field-account_locale-help = Of the pages that only you see. With nothing chosen they follow your browser.
field-role = Role
field-role-help = Moderators read and decide on offers. Admins set up the board, too. Owners may do everything. Members have no powers.
error-wrong-password = That isn't your present password.
error-wrong-code = That isn't the code of this moment, or it was used before. Wait for the next one.
error-page-helpers = On this board these can help:
login-code-title = Your code
login-code-help = Lost both the app and the recovery codes? Whoever runs this server can switch the codes off for you.
login-code-again = Begin again
login-code-wrong = That code isn't good, or was used before. Wait for the next one and try again.
login-code-late = That took too long. Begin again with your password.
forgot-title = Forgot your password?
forgot-text = Type your e-mail address, and we send you a link with which you set a new one.
forgot-button = Send
forgot-sent = If this address has an account, a mail with a link is on its way. It is good for an hour.
forgot-no-mail = This server sends no mail to accounts. Ask whoever runs it for a link with which you set a new password; an owner of your board knows who that is.
reset-title = Set a new password
reset-button = Set the password
reset-help = You are logged out everywhere, and log in with the new password.
reset-over-title = This link doesn't work any more
reset-over-text = A link for a new password is good once and for an hour. Ask for another one.
join-title = Invitation to { $board }
join-lead = { $name } invites you to join { $board }. Your role would be:
join-lead-nobody = You are invited to join { $board }. Your role would be:
join-bound = This invitation is for { $email } alone.
join-as = You are logged in as { $user }.
join-button = Join
join-wrong-account = You are logged in as { $user }, and the invitation is for another address. Log out, and open the link again.
join-have-account = You have an account here
join-new-account = You are new here
join-create = Make an account and join
join-choose = Choose how you want to join.
join-other-address = This invitation is for another address. Log in with that account.
join-not-made = No account could be made with this. If you have one here, log in instead; else try another address.
join-over-title = This invitation doesn't work any more
join-over-used = Somebody has joined { $board } with it. Was it you? Then log in.
join-over-revoked = It was taken back.
join-over-expired = It was good for a week, and that is over.
join-over-text = Ask whoever sent it to you for a new one.
account-title = My account
account-unconfirmed = Nobody has confirmed yet that this address is yours. A role that was given to the address waits until then.
account-boards = Your boards
account-operator = You run this server and may do everything on every board.
account-all-boards = See the boards
account-no-boards = You belong to no board.
account-leave = Leave
account-profile = About you
account-save = Save
account-password = Password
account-password-text = A new password ends your sessions in all other browsers.
account-present-password = Present password
account-password-button = Change the password
totp-title = Two-factor log-in
totp-lead = An app on your phone makes a code that is asked for beside your password: who only knows the password doesn't get in.
totp-is-on = A log-in asks for a code of your authenticator app.
totp-codes-left = { $count ->
    [0] You have no recovery codes left: switch the codes off and on again to get new ones.
    [one] You have one recovery code left.
   *[other] You have { $count } recovery codes left.
}
totp-set-up = Set up the codes
totp-set-up-lead = Read this picture with an authenticator app, and type the code that it shows.
totp-picture = QR code for the authenticator app
totp-key = Or type this key into the app:
totp-switch-on = Switch the codes on
totp-switch-off = Switch the codes off
totp-cancel = Leave it as it is
totp-late = That took too long. Read the new picture with your app and try again.
totp-off-title = Switch two-factor log-in off
totp-off-lead = From then on your password alone is enough to log in.
recovery-title = Your recovery codes
recovery-lead = Log-ins ask for a code from now on. If you lose your app, each of these gets you in once.
recovery-warning = They are shown only now. Print them, or keep them where you keep your passwords.
recovery-kept = I have kept them
sessions-title = Where you are logged in
sessions-unknown = Unknown browser
sessions-this = this browser
sessions-used = Used
sessions-since = logged in
sessions-end = Log out
sessions-end-others = Log out everywhere else
team-lead = Who works on this board, and as what.
team-you = you
team-unconfirmed = address not confirmed
team-role-of = Role of { $name }
team-change = Change
team-remove = Remove
team-last-owner = A board needs at least one owner. Make somebody else an owner first.
team-waiting = Roles given to an address
team-waiting-text = The role is theirs when they come here and their address is confirmed.
team-take-back = Take back
team-invitations = Invitations
team-invitations-text = A link is good once and for a week. Give it to the person yourself; one for an address is also mailed there, if this server sends mail.
team-invited-by = Invited by { $name }
team-until = good until
team-revoke = Revoke
team-invite = Make a link
team-email-help = Only an account with this address can accept then. Empty: whoever has the link.
team-link-title = The link is ready
team-link-text = Copy it now: it isn't shown again.
done-account-saved = Saved.
done-password-changed = Your password was changed, and you are logged out everywhere else.
done-password-reset = Your password was set. Log in with it.
done-sessions-ended = Done. That browser has to log in again.
done-left = You have left the board.
done-joined = You have joined.
done-totp-off = Log-ins ask for no code any more.
done-member-changed = The role was changed.
done-member-removed = Removed.
done-invitation-revoked = Revoked. The link doesn't work any more.
plugins-none-operator = Install one below.
plugins-cli = All of this can also be done where the server runs:

## Channel set-up and plugins
field-channel_public_name = Name for posters
field-channel_public_name-help = What people who post an offer see this channel called. Left empty: its name on the platform, or the name above.
error-secret-rebound = Enter it again: with these settings it would go to another address.
error-plugin-not-ready = This plugin isn't ready yet. Try again in a minute.
error-plugin-gone = The plugin { $plugin } isn't installed any more.
form-secret-share = { $count ->
    [one] Use the new one for { $channels } too, which has the same one now
   *[other] Use the new one for these { $count } channels too, which have the same one now: { $channels }
}
channel-problem-settings = The platform doesn't accept one of the settings.
channel-problem-credential = The platform doesn't accept the credential.
channel-problem-no_answer = The platform gave no answer in 10 seconds.
channel-problem-platform = The platform couldn't be asked.
channel-problem-plugin = The plugin failed.
channel-problem-busy = The platform asked us to wait.
channel-problem-not_granted = Whoever runs this server hasn't granted the plugin what this channel needs.
channel-problem-secrets = The channel's secrets can't be read any more: they were saved with another key of this server. Enter them again.
channel-problem-mail_server = The mail server can't be used.
channel-problem-unsubscribed = Everybody it mails to has unsubscribed, so nothing is sent.
channel-problem-mend = Nothing is lost: what should go out waits. Correct it in the settings and save: the connection is checked again, and if it works, the channel resumes.
channel-warnings-title = It works, but
channel-test-title = Try it
channel-test-button = Send a test message
channel-test-help = It is posted for a moment and taken away again. It isn't a copy of any offer.
channel-test-see = See it there
channel-test-removed-title = The test message was posted and taken away
channel-test-removed-text = The channel works.
channel-test-marked-title = The test message was posted and marked as over
channel-test-marked-text = The channel works. This platform doesn't let us delete messages, so remove this one by hand.
channel-test-left-title = The test message was posted, but couldn't be taken away
channel-test-left-text = Remove it by hand.
channel-test-refused-title = The test message wasn't posted
channel-test-refused-text = Correct the settings and try again.
channel-test-unknown-title = Nobody knows whether the test message was posted
channel-test-unknown-text = Look there, and remove it if it is.
channel-test-held-title = No test message was sent
channel-test-held-text = The platform asked us to wait, or has failed too often. Try again later.
channel-test-posting-title = Test message
channel-test-posting-text = This is only a test. It will be gone in a moment.
done-channel-created-paused = Everything is saved, but the connection doesn't work yet.
done-channel-saved-paused = Saved, but the connection doesn't work.
audit-channel-test = A test message was sent
plugins-install = Install a plugin
plugins-install-text = Upload a plugin, or another version of one that is here. It says what it asks for, and nothing is granted before you agree.
plugins-upload-file = The plugin's file
plugins-upload-help = One .wasm file of at most { $mb } MB, as its author publishes it.
plugins-upload = Upload and look
plugins-upload-problem = { $file } can't be used
plugins-upload-none = Choose a file first.
plugins-review-title = Install { $plugin } { $version }?
plugins-review-replaces = It comes in the place of version { $version }.
plugins-review-replaces-bundled = It comes in the place of the plugin that is part of Tablón, with its channels and their secrets.
plugins-review-channels = { $count ->
    [0] No channel uses it.
    [one] One channel uses it.
   *[other] { $count } channels use it.
}
plugins-review-asks = It would
plugins-review-new = New
plugins-review-help = What isn't ticked, it doesn't get. A place that begins with “setting:” or “secret:” is whatever a board's admins type in.
plugins-review-nothing = It asks for nothing: it can't reach anybody.
plugins-review-button = Grant what is ticked, and install
plugins-review-discard = Don't install it
plugins-disable = Switch off
plugins-enable = Switch on
plugins-rollback = Go back to version { $version }
plugins-rollback-text = It gets no more than the version in use has now.
plugins-rollback-lost = Before, it also had this:
plugins-rollback-again = Grant that again
plugins-rollback-button = Go back to { $version }
plugins-remove = Remove
plugins-remove-text = Its channels stay, with what they published, and wait.
plugins-remove-understood = { $count ->
    [one] One channel uses it; what it has published is no longer kept up to date
   *[other] { $count } channels use it; what they have published is no longer kept up to date
}
done-plugin-installed = The plugin is installed and in use.
done-plugin-discarded = The file was dropped. Nothing was installed.
done-plugin-disabled = The plugin is switched off. Its channels wait.
done-plugin-enabled = The plugin is switched on.
done-plugin-rolled-back = The version before is back in use.
done-plugin-removed = The plugin was removed.

## Mail about accounts

notice-why-account = You get this mail because there is an account with this address.
notice-why-invited = You get this mail because somebody at { $board } typed your address. If you don't want to join, you needn't do anything.
notice-account-action = Open my account
notice-account-invitation-subject = Invitation to { $board }
notice-account-invitation-text = { $maker } invites you to { $board }. Your role: { $role }. The link works once, and for a week.
notice-account-invitation-action = See the invitation
notice-account-reset-subject = A new password
notice-account-reset-text = Somebody, probably you, asked for a new password. The link works once, and for an hour. If it wasn't you, you needn't do anything: your password stays.
notice-account-reset-action = Set a new password
notice-account-password-changed-subject = Your password was changed
notice-account-password-changed-text = The password of your account was changed, and every session was ended. If it wasn't you, ask for a new password at once, or tell whoever runs this server.
notice-account-totp-on-subject = Two-factor log-in is on
notice-account-totp-on-text = From now on, logging in to your account needs a code as well. If it wasn't you, tell whoever runs this server.
notice-account-totp-off-subject = Two-factor log-in is off
notice-account-totp-off-text = Logging in to your account needs no code any more. If it wasn't you, change your password at once.
notice-account-recovery-code-subject = A recovery code was used
notice-account-recovery-code-text = Somebody logged in to your account with one of its recovery codes. If it wasn't you, change your password at once.
notifications-kind-account-invitation = Invitation to a board
notifications-kind-account-reset = New password asked for
notifications-kind-account-password_changed = Password changed
notifications-kind-account-totp_on = Two-factor log-in switched on
notifications-kind-account-totp_off = Two-factor log-in switched off
notifications-kind-account-recovery_code = Recovery code used

## Another address, and registering as a member

error-same-address = That is the address of your account already.
field-new_email = New e-mail
account-address = E-mail address
account-address-text = We mail a link to the new address. Your account changes when you open it and confirm.
account-address-asked = A link was mailed to { $email }. Look among the spam too. It is good until { $until } (UTC).
account-address-prove = Mail me a link that confirms it
account-address-button = Mail the link
account-address-no-mail = This server sends no mail, so it can't prove an address. Whoever runs it can change yours: tablon user email { $email } NEW
account-address-many = You have asked for several links. Try again in { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
address-link-title = Confirm your address
address-link-text = From now on you would log in with { $email } instead of { $present }, and get all mail there.
address-link-present = You confirm that { $email } is your address.
address-link-button = Confirm the address
address-link-over-title = This link doesn't work any more
address-link-over = A link is good once and for a day, and the newest one alone. Ask for another one in your account.
address-link-other = Another account asked for this link. Log out, and log in with that one.
address-link-taken = Another account has got this address meanwhile. Yours stays { $email }.
done-address-asked = If the address can be used, a link is on its way there. It is good for a day.
done-address-changed = Your address was changed. Log in with it from now on.
done-address-confirmed = Your address is confirmed.
register-title = Register as a member
register-lead = Become a member of { $board }.
register-text = Type your e-mail address, and we send you a link with which you choose a name and a password.
register-sent = A mail is on its way to this address. Its link is good for a day.
register-no-mail = This server sends no mail, so nobody can register here. With an account you can join after logging in.
register-member = You belong to { $board } already.
register-unconfirmed = Nobody has confirmed yet that the address of your account is yours. Do that in your account first.
register-link-over = A link is good once and for a day. Ask for another one.
register-link-taken = { $email } has an account by now. Log in with it, and join here.
team-given-by = Given by { $name }
team-many-open = { $count } of your invitations are open, and no more can be. Revoke some, or wait until they are accepted.
team-many-made = You have made { $count } invitations within an hour. Make further ones later.
settings-registration = People may register as members
settings-registration-help = Everybody who proves their e-mail address can make an account and become a member, without powers. Pages of the board link to it.
settings-registration-no-mail = This installation has no mail server, so nobody can register, whatever is set here. People with an account can join.
notifications-unconfirmed = Nobody has confirmed yet that this address is yours. Until then no mail goes there.
notice-why-typed = You get this mail because somebody typed this address. If it wasn't you, you needn't do anything.
notice-why-had-account = You get this mail because an account had this address until now.
notice-account-address-subject = Confirm your address
notice-account-address-text = Somebody, probably you, wants this address for their account. Log in with the account and confirm. The link works once, and for a day.
notice-account-address-action = Confirm the address
notice-account-address-taken-subject = Your address was typed for another account
notice-account-address-taken-text = Somebody wanted to use this address for another account. Nothing was changed: it belongs to your account. If it was you, log in with that one.
notice-account-address-changed-subject = Your account has another address
notice-account-address-changed-text = Your account has another e-mail address now, and no more mail comes here. If it wasn't you, tell whoever runs this server at once.
notice-account-registration-subject = Register on { $board }
notice-account-registration-text = Somebody, probably you, wants to become a member of { $board } with this address. Choose a name and a password on the page of the link. It works once, and for a day.
notice-account-registration-action = Become a member
notice-account-registered-before-subject = You have an account already
notice-account-registered-before-text = Somebody, probably you, wanted to register on { $board } with this address, which has an account already. Log in with it, and join with one click. If it wasn't you, you needn't do anything.
notice-account-registered-before-action = Log in and join
notifications-kind-account-address = Confirmation of an address
notifications-kind-account-address_taken = Address asked for twice
notifications-kind-account-address_changed = Address changed
notifications-kind-account-registration = Registration
notifications-kind-account-registered_before = Registration with an account
## The board's own mail server

mail-server-title = Mail server of the board
mail-server-lead = Mail to posters and staff goes by this server. Mail about accounts, such as links for a new password and invitations, never does.
mail-server-otherwise = Without one, the installation's mail server is used.
mail-server-otherwise-none = Without one, nobody gets mail: the installation has no mail server.
mail-server-instead = Admins can also give the board a mail server of its own, on the page Mail.
mail-server-now = Server
mail-server-sender = Sender
mail-server-sender-help = Whom mail is from: jobs@example.org, or Acme jobs <jobs@example.org>. Empty: the user of the address.
mail-server-url = Address with user and password
mail-server-url-help = smtps://user:password@mail.example.org:465, or smtp://…:587 for STARTTLS. Write %40 for @ and %2F for / in user and password. It is stored sealed and never shown again.
mail-server-check = The server is greeted and logged in to before it is saved. That takes ten seconds at most.
mail-server-save = Check and save
mail-server-remove = Remove the server
mail-server-remove-help = Mail that waits goes by the installation's server then.
mail-server-remove-help-none = Mail that waits is dropped then, because the installation has no mail server.
mail-server-trouble-title = The board's mail server can't be used
mail-server-trouble-text = { $count ->
    [0] No mail waits for it. Nothing goes by another server.
    [one] One mail waits for it and is tried again. Nothing goes by another server.
   *[other] { $count } mails wait for it and are tried again. Nothing goes by another server.
}
mail-server-trouble-since = Since
done-mail-server-saved = The server took our log-in and is saved. Mail goes by it from now on.
done-mail-server-removed = The board has no mail server of its own any more.
error-not-mail-server = Write an address such as smtps://user:password@mail.example.org:465 (“{ $why }”).
error-mail-server-unusable = This server can't be used, so nothing was saved. Enter the address again. The answer: { $words }
notice-digest-more = { $count ->
    [one] And one more in the queue
   *[other] And { $count } more in the queue
}
