# Cómo lo llaman las frases comunes.
-platform = El servidor de correo

# La configuración del canal.
setting-to = Dirección
setting-to-help = Adónde van las ofertas: la dirección de una lista de correo.
setting-recipient = Quién hay detrás
setting-recipient-help = Todos los lectores de una lista ven el mismo enlace: por eso solo la página de ese enlace detiene los correos, nunca un clic en un programa de correo.
setting-recipient-list = Una lista de correo
setting-recipient-person = Una persona
setting-delivery = Cuándo
setting-delivery-at-once = Cada oferta en cuanto se publica
setting-delivery-daily = Un correo al día
setting-delivery-weekly = Un correo a la semana
setting-hour = Hora
setting-hour-help = De 0 a 23, en la zona horaria del tablón. Solo para un correo al día o a la semana.
setting-weekday = Día
setting-weekday-help = Solo para un correo a la semana.
setting-weekday-monday = Lunes
setting-weekday-tuesday = Martes
setting-weekday-wednesday = Miércoles
setting-weekday-thursday = Jueves
setting-weekday-friday = Viernes
setting-weekday-saturday = Sábado
setting-weekday-sunday = Domingo
setting-subject-prefix = El asunto empieza por
setting-subject-prefix-help = Por ejemplo [Empleo]. Déjalo vacío para que sea solo el título.
setting-smtp-url = Servidor de correo propio
setting-smtp-url-help = Solo si el correo no debe pasar por el de este servidor: smtps://usuario:contraseña@mail.example.org?from=empleo@example.org

# En un correo.
why = Recibes este correo porque esta dirección recibe las ofertas nuevas de
# Lo que se dice a quienes administran el canal.
error-html = el HTML no está bien formado: { $why }
error-unknown = Puede que el servidor de correo aceptara el mensaje; su respuesta se perdió.
error-adopt = Indica el enlace al mensaje en el archivo de la lista, o su Message-ID.
