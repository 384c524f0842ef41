# What the standard sentences call it.
-platform = Discord

# Words of a message.
field-organization = Organización
field-place = Lugar
field-tags = Etiquetas
field-apply = Inscribirse

# The channel's settings.
setting-webhook-url = URL del webhook
setting-webhook-url-help = En Discord: ajustes del canal, Integraciones, Webhooks, Nuevo webhook, Copiar URL del webhook. Quien la tenga puede publicar ahí. O déjala vacía y usa un bot.
setting-bot-token = Token del bot
setting-bot-token-help = Solo sin webhook. Crea una aplicación en discord.com/developers, añade un bot, copia su token e invita el bot a tu servidor.
setting-channel-id = ID del canal
setting-channel-id-help = Solo con un bot. En Discord activa el modo de desarrollador; luego haz clic derecho en el canal y elige Copiar ID del canal.
setting-thread-id = ID del hilo
setting-thread-id-help = Para publicar en un hilo del canal: haz clic derecho en el hilo y elige Copiar ID del hilo.
setting-new-thread = Un hilo por oferta
setting-new-thread-help = Para canales de foro: cada oferta abre una publicación con su título.
setting-tags = Etiquetas de las publicaciones
setting-tags-help = Para foros: los nombres de las etiquetas que recibe cada publicación, separados por comas, cinco como máximo. Un webhook necesita sus ID. Con un bot, se añaden las etiquetas de la oferta que el foro tenga con el mismo nombre.
setting-api-base-url = Dirección de la API
setting-api-base-url-help = Solo con un bot. Cámbiala solo si tienes un proxy delante de la API de Discord.

# What to tell the channel's admins.
error-no-credential = Da a este canal una URL de webhook, o un token de bot y el ID de un canal.
error-two-credentials = Este canal tiene una URL de webhook y un token de bot. Quita uno de los dos.
error-channel-id = Un bot necesita saber dónde publicar: indica el ID del canal.
error-two-threads = Elige una cosa: el ID de un hilo o un hilo por oferta.
error-unauthorized = Discord no acepta el token del bot. Renuévalo en discord.com/developers y guarda el nuevo en este canal.
error-webhook-gone = Discord ya no conoce este webhook: fue eliminado o la URL está mal. Crea otro y guarda su URL en este canal.
error-no-channel = Discord no conoce este canal. Revisa el ID.
error-no-thread = Discord no conoce este hilo, o es de otro canal. Revisa el ID.
error-no-access = El bot no ve este canal. Invítalo al servidor y déjale ver el canal.
error-no-rights = El bot no puede publicar aquí. Déjale enviar mensajes e insertar enlaces; en un foro, crear publicaciones.
error-forum = Este es un canal de foro, que solo admite publicaciones. Activa «Un hilo por oferta» o indica el ID de un hilo.
error-no-forum = Solo un canal de foro puede abrir un hilo por oferta. Desactívalo.
error-tag-required = Este foro no admite publicaciones sin etiqueta. Indica una de sus etiquetas en los ajustes de este canal.
error-no-tag = El foro no parece tener ninguna etiqueta llamada { $tag }. Corrige el nombre, o comprueba el canal si la etiqueta es nueva.
error-tag-ids = Un webhook no puede consultar los nombres de las etiquetas de un foro. Indica el ID de { $tag }.
error-tag-gone = El foro ya no tiene alguna de estas etiquetas. Corrígelas y comprueba el canal.
error-archived = Discord ha archivado o bloqueado el hilo. Ábrelo en Discord y vuelve a intentarlo.
error-foreign-copy = La copia la publicó otro bot o webhook, así que no se puede cambiar desde aquí. Cámbiala a mano.
error-other-webhook = La copia la publicó otro webhook, no el que este canal tiene ahora. Cámbiala a mano.
error-adopt-link = Eso no es un enlace a un mensaje de Discord. En Discord abre el menú del mensaje y elige Copiar enlace del mensaje.
error-adopt-elsewhere = Ese mensaje no está en este canal.
error-adopt-missing = En el canal no hay ningún mensaje así de este webhook.
error-adopt-foreign = Ese mensaje no lo publicó este bot, así que nunca se podría cambiar ni quitar desde aquí.
warning-no-link = Discord no convierte { $url } en un enlace: nadie de fuera puede abrirlo.
warning-rights-unknown = Discord no dice si el bot puede publicar aquí. Se verá con la primera publicación.
warning-tag-required = Este foro no admite publicaciones sin etiqueta. Indica una de sus etiquetas en los ajustes de este canal; si no, se rechazará toda oferta que no comparta ninguna etiqueta con el foro.
unfinished-thread = El mensaje se cambió; el nombre y las etiquetas de su hilo, todavía no.
