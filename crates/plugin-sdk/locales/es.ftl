# Cómo llaman los mensajes y las frases a la plataforma. Cada plugin pone el suyo.
-platform = La plataforma

# Palabras de un mensaje.
on-site = Presencial
hybrid = Híbrido
remote = En remoto
pay = Salario
apply = Ver la oferta y postularse
ending-filled = Este puesto ya está cubierto
ending-closed = Esta oferta está cerrada
ending-expired = Esta oferta ha caducado

# Lo que se dice a quienes administran el canal.
platform-said = { -platform } dice: «{ $answer }».
error-settings = Estos ajustes no se pueden leer: { $why }.
error-template = La plantilla del mensaje no funciona: { $why }.
error-too-long = El mensaje supera en { $over } caracteres lo que { -platform } permite, incluso sin la descripción. Acorta el título o la plantilla.
error-unauthorized = { -platform } no acepta la credencial. Pon una válida en este canal.
error-forbidden = { -platform } no lo permite aquí. Revisa qué puede hacer la cuenta de este canal.
error-not-found = { -platform } no conoce este destino. Revisa los ajustes del canal.
error-rejected = { -platform } rechaza este mensaje.
error-foreign = La dirección respondió con el estado { $status }, pero no como lo hace { -platform }.
error-unavailable = { -platform } tuvo un problema propio (estado { $status }).
error-receipt = El registro de la copia no se puede leer: { $why }.
warning-squeezed = La descripción se acortó más de lo habitual para no superar lo que { -platform } permite.
