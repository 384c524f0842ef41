-platform = El servidor
setting-url = Dirección
setting-url-help = Cada oferta se envía ahí como texto.
setting-token = Token
setting-token-help = Se envía como «Authorization: Bearer …», si lo hay.
warning-unproved = Si esta dirección acepta ofertas se verá con la primera: no se ha enviado nada.
