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
warning-squeezed = The description was shortened more than usual to stay within what { -platform } allows.
