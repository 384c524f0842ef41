# What the standard sentences call it.
-platform = The receiver

# The channel's settings.
setting-url = Address
setting-url-help = Every message is posted to it. Your program answers with a status from 200 to 299 once it has taken the message.
setting-signing-secret = Signing secret
setting-signing-secret-help = whsec_ and 24 to 64 random bytes in base64. Give your program the same: it checks the signature of each message with it.

# What to tell the channel's admins.
error-unauthorized = The receiver doesn't accept the signature. Give the channel and the receiver the same signing secret.
error-forbidden = The receiver doesn't let this board in.
error-not-found = There is nothing at this address. Correct it.
error-switched-off = The receiver wants no more messages at this address. Switch it on again there, or correct the address.
error-moved = The address leads on to another one. Give the one it leads to.
error-not-taken = The receiver didn't take the message (status { $status }). Look there for the reason; some answer so where their signing secret is another one.
error-clock = The time of this attempt can't be read.
warning-unclear = The address answers with status { $status } when it is only looked at. The first message will show whether it takes what is posted.
