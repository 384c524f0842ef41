-platform = The server
setting-url = Address
setting-url-help = Each job is sent there as text.
setting-token = Token
setting-token-help = Sent along as “Authorization: Bearer …”, if there is one.
warning-unproved = Whether this address takes jobs shows with the first one: nothing was sent.
