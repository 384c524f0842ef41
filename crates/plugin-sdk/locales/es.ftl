# Cómo llaman los mensajes y las frases a la plataforma. Cada plugin pone el suyo.
-platform = La plataforma

# Palabras de un mensaje.
on-site = Presencial
hybrid = Híbrido
remote = En remoto
pay = Salario
apply = Ver la oferta e inscribirse
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
altered = El mensaje en { -platform } no estaba como se envió.
warning-squeezed = La descripción se acortó más de lo habitual para no superar lo que { -platform } permite.

# Lo que puede usar una plantilla de mensaje.
variable-title = El título de la oferta.
variable-organization = Quién la ofrece.
variable-summary = Una o dos frases sin formato; puede estar vacío.
variable-url = La página de la oferta en el tablón.
variable-apply-url = Dónde inscribirse: una dirección web, o mailto: y un correo.
variable-locations = Los lugares, una lista.
variable-place = Los lugares en una línea.
variable-workplace = on-site, hybrid o remote.
variable-workplace-name = Lo mismo con una palabra del idioma del canal.
variable-pay = El salario, si la oferta lo indica.
variable-tags = Las etiquetas, una lista.
variable-hashtags = Las etiquetas como hashtags, una lista.
variable-language = El idioma de la oferta, como código: en, pt-BR.
variable-published-at = Cuándo se publicó, en UTC.
variable-expires-at = Cuándo caduca, en UTC, si caduca.
variable-extra = Los campos propios del tablón, por su nombre: extra.level. También extra.employment_types y extra.remote_countries, listas de códigos; extra.salary.min, max, currency y period; extra.places, con city, region y country cada uno; extra.updated_at.
variable-board = El tablón: board.name, board.url y board.color.
variable-words = Palabras fijas del idioma del canal: words.pay, words.apply.
variable-description = La descripción con el formato de la plataforma, acortada a lo que cabe.
variable-link = Un enlace: link(texto, dirección).
