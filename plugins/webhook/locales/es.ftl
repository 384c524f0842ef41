# Cómo lo llaman las frases comunes.
-platform = El receptor

# Ajustes del canal.
setting-url = Dirección
setting-url-help = Cada mensaje se envía allí con POST. Tu programa responde con un estado de 200 a 299 cuando ha recibido el mensaje.
setting-signing-secret = Secreto de firma
setting-signing-secret-help = whsec_ y de 24 a 64 bytes al azar en base64. Dale el mismo a tu programa: con él comprueba la firma de cada mensaje.

# Lo que se dice a quienes administran el canal.
error-unauthorized = El receptor no acepta la firma. Pon el mismo secreto de firma en el canal y en el receptor.
error-forbidden = El receptor no admite mensajes de este tablón.
error-not-found = No hay nada en esta dirección. Corrígela.
error-switched-off = El receptor no quiere más mensajes en esta dirección. Actívalo allí de nuevo o corrige la dirección.
error-moved = La dirección redirige a otra. Indica esa otra.
error-not-taken = El receptor no ha aceptado el mensaje (estado { $status }). Busca allí el motivo; algunos responden así cuando su secreto de firma es otro.
error-clock = La hora de este intento no se puede leer.
warning-unclear = La dirección responde con el estado { $status } cuando solo se consulta. El primer mensaje mostrará si acepta lo que se le envía.
