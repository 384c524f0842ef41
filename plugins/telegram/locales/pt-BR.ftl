# Como as frases comuns o chamam.
-platform = Telegram

# Configurações do canal.
setting-bot-token = Token do bot
setting-bot-token-help = Crie um bot com o @BotFather no Telegram; ele responde com o token. Quem tem o token controla o bot.
setting-chat-id = Canal ou grupo
setting-chat-id-help = O nome público (@meucanal), um link (t.me/meucanal) ou, se for privado, o link de uma das mensagens dele. Torne o bot administrador com permissão para publicar mensagens.
setting-message-thread-id = Tópico
setting-message-thread-id-help = Só em um fórum: o número do tópico onde publicar. Está no link do tópico: t.me/nome/TOPICO.
setting-silent = Publicar em silêncio
setting-silent-help = Os membros recebem a mensagem sem som.
setting-link-preview = Prévia da página da vaga
setting-link-preview-help = O que o Telegram mostra abaixo do texto.
setting-api-base-url = Endereço da Bot API
setting-api-base-url-help = Altere apenas se você tem seu próprio servidor da Bot API.
setting-link-preview-none = Nenhuma
setting-link-preview-small = Com uma imagem pequena
setting-link-preview-large = Com uma imagem grande

# O que dizer a quem administra o canal.
error-chat-id = Informe o @nome ou o link de um canal ou grupo público, ou o número de um privado.
error-chat-invitation = Isso é um link de convite, que não diz qual é o chat. Informe o @nome ou, se o chat for privado, o link de uma das mensagens dele (t.me/c/…).
error-unauthorized = O Telegram não aceita o token do bot. Peça um válido ao @BotFather e salve-o neste canal.
error-token-or-address = O Telegram não conhece este bot ou este método. Verifique o token do bot e depois o endereço da Bot API.
error-no-access = O bot não pode escrever ali: foi removido, bloqueado ou nunca adicionado. Adicione-o de novo ao chat como administrador com permissão para publicar mensagens.
error-no-chat = O Telegram não conhece { $chat }, ou o bot nunca foi adicionado. Verifique o nome e adicione o bot.
error-no-rights = O bot não pode publicar em { $chat }. Torne-o administrador com permissão para publicar mensagens.
error-no-topic = O tópico não existe ou está fechado. Corrija o número ou deixe vazio.
error-foreign = O endereço respondeu com o status { $status }, mas não como um servidor da Bot API.
error-left-behind = A cópia ficou no grupo antigo quando ele virou supergrupo; não dá para alterá-la daqui. Altere-a à mão.
error-not-editable = O Telegram não deixa o bot alterar essa mensagem. Altere-a à mão.
error-adopt-link = Isso não é um link para uma mensagem do Telegram. No Telegram, abra o menu da mensagem e escolha “Copiar link”.
error-adopt-elsewhere = Essa mensagem não está em { $chat }.
error-adopt-missing = Não existe essa mensagem em { $chat }.
error-adopt-foreign = Essa mensagem não foi publicada por este bot, então nunca poderia ser alterada ou removida daqui.
warning-no-delete = O bot não pode apagar mensagens de { $chat }: depois de 48 horas uma cópia só pode ser riscada.
warning-no-edit = O bot não pode editar mensagens em { $chat }: só as próprias publicações ficam em dia, não as de outras pessoas.
warning-no-forum = { $chat } não tem tópicos, mas há um tópico definido. Deixe vazio ou as publicações serão recusadas.
warning-rights-unknown = O Telegram não diz quais permissões o bot tem em { $chat }. A primeira publicação vai mostrar.
