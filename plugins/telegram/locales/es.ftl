# Cómo lo llaman las frases comunes.
-platform = Telegram

# Ajustes del canal.
setting-bot-token = Token del bot
setting-bot-token-help = Crea un bot con @BotFather en Telegram; te responde con el token. Quien lo tiene controla el bot.
setting-chat-id = Canal o grupo
setting-chat-id-help = El nombre público (@micanal), un enlace (t.me/micanal) o, si es privado, el enlace a uno de sus mensajes. Haz al bot administrador con permiso para publicar mensajes.
setting-message-thread-id = Tema
setting-message-thread-id-help = Solo en un foro: el número del tema donde publicar. Está en el enlace del tema: t.me/nombre/TEMA.
setting-silent = Publicar en silencio
setting-silent-help = Los miembros reciben el mensaje sin sonido.
setting-link-preview = Vista previa de la página de la oferta
setting-link-preview-help = Lo que Telegram muestra debajo del texto.
setting-api-base-url = Dirección de la Bot API
setting-api-base-url-help = Cámbiala solo si tienes tu propio servidor de la Bot API.
setting-link-preview-none = Ninguna
setting-link-preview-small = Con una imagen pequeña
setting-link-preview-large = Con una imagen grande

# Lo que se dice a quienes administran el canal.
error-chat-id = Indica @nombre o el enlace de un canal o grupo público, o el número de uno privado.
error-chat-invitation = Eso es un enlace de invitación, que no dice qué chat es. Indica el @nombre o, si el chat es privado, el enlace a uno de sus mensajes (t.me/c/…).
error-unauthorized = Telegram no acepta el token del bot. Pide uno válido a @BotFather y guárdalo en este canal.
error-token-or-address = Telegram no conoce este bot o este método. Revisa el token del bot y después la dirección de la Bot API.
error-no-access = El bot no puede escribir ahí: lo quitaron, lo bloquearon o nunca lo añadieron. Añádelo otra vez al chat como administrador con permiso para publicar mensajes.
error-no-chat = Telegram no conoce { $chat }, o el bot nunca fue añadido. Revisa el nombre y añade el bot.
error-no-rights = El bot no puede publicar en { $chat }. Hazlo administrador con permiso para publicar mensajes.
error-no-topic = El tema no existe o está cerrado. Corrige su número o déjalo vacío.
error-foreign = La dirección respondió con el estado { $status }, pero no como un servidor de la Bot API.
error-left-behind = La copia se quedó en el grupo antiguo cuando pasó a ser supergrupo; no se puede cambiar desde aquí. Cámbiala a mano.
error-not-editable = Telegram no permite que el bot cambie ese mensaje. Cámbialo a mano.
error-adopt-link = Eso no es un enlace a un mensaje de Telegram. En Telegram, abre el menú del mensaje y elige «Copiar enlace».
error-adopt-elsewhere = Ese mensaje no está en { $chat }.
error-adopt-missing = No existe ese mensaje en { $chat }.
error-adopt-foreign = Ese mensaje no lo publicó este bot, así que nunca se podría cambiar ni quitar desde aquí.
warning-no-delete = El bot no puede borrar mensajes de { $chat }: pasadas 48 horas una copia solo se puede tachar.
warning-no-edit = El bot no puede editar mensajes en { $chat }: solo se mantienen al día sus propias publicaciones, no las de otras personas.
warning-no-forum = { $chat } no tiene temas, pero hay un tema indicado. Déjalo vacío o las publicaciones serán rechazadas.
warning-rights-unknown = Telegram no dice qué permisos tiene el bot en { $chat }. Se verá con la primera publicación.
