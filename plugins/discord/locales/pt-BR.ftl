# What the standard sentences call it.
-platform = Discord

# Words of a message.
field-organization = Organização
field-place = Local
field-tags = Tags
field-apply = Candidatar-se

# The channel's settings.
setting-webhook-url = URL do webhook
setting-webhook-url-help = No Discord: configurações do canal, Integrações, Webhooks, Novo webhook, Copiar URL do webhook. Quem a tiver pode publicar ali. Ou deixe vazia e use um bot.
setting-bot-token = Token do bot
setting-bot-token-help = Só sem webhook. Crie um aplicativo em discord.com/developers, adicione um bot, copie o token e convide o bot para o seu servidor.
setting-channel-id = ID do canal
setting-channel-id-help = Só com um bot. No Discord, ative o modo desenvolvedor; depois clique com o botão direito no canal e escolha Copiar ID do canal.
setting-thread-id = ID do tópico
setting-thread-id-help = Para publicar em um tópico do canal: clique com o botão direito no tópico e escolha Copiar ID do tópico.
setting-new-thread = Um tópico por vaga
setting-new-thread-help = Para canais de fórum: cada vaga abre uma publicação com o seu título.
setting-tags = Tags das publicações
setting-tags-help = Para fóruns: os nomes das tags que cada publicação recebe, separados por vírgulas, no máximo cinco. Um webhook precisa dos IDs. Com um bot, entram também as tags da vaga que o fórum tenha com o mesmo nome.
setting-api-base-url = Endereço da API
setting-api-base-url-help = Só com um bot. Altere apenas se você tem um proxy na frente da API do Discord.

# What to tell the channel's admins.
error-no-credential = Dê a este canal uma URL de webhook, ou um token de bot e o ID de um canal.
error-two-credentials = Este canal tem uma URL de webhook e um token de bot. Remova um dos dois.
error-channel-id = Um bot precisa saber onde publicar: informe o ID do canal.
error-two-threads = Escolha um: o ID de um tópico ou um tópico por vaga.
error-unauthorized = O Discord não aceita o token do bot. Redefina-o em discord.com/developers e salve o novo neste canal.
error-webhook-gone = O Discord não conhece mais este webhook: foi excluído ou a URL está errada. Crie outro e salve a URL neste canal.
error-no-channel = O Discord não conhece este canal. Confira o ID.
error-no-thread = O Discord não conhece este tópico, ou ele é de outro canal. Confira o ID.
error-no-access = O bot não vê este canal. Convide-o para o servidor e deixe-o ver o canal.
error-no-rights = O bot não pode publicar aqui. Deixe-o enviar mensagens e inserir links; em um fórum, criar publicações.
error-forum = Este é um canal de fórum, que só aceita publicações. Ative “Um tópico por vaga” ou informe o ID de um tópico.
error-no-forum = Só um canal de fórum pode abrir um tópico por vaga. Desative isso.
error-tag-required = Este fórum não aceita publicações sem tag. Indique uma das tags dele nas configurações deste canal.
error-no-tag = O fórum não parece ter nenhuma tag chamada { $tag }. Corrija o nome, ou verifique o canal se a tag for nova.
error-tag-ids = Um webhook não consegue consultar os nomes das tags de um fórum. Indique o ID de { $tag }.
error-tag-gone = O fórum não tem mais alguma dessas tags. Corrija-as e verifique o canal.
error-archived = O Discord arquivou ou bloqueou o tópico. Abra-o no Discord e tente de novo.
error-foreign-copy = A cópia foi publicada por outro bot ou webhook, então não pode ser alterada daqui. Altere-a à mão.
error-other-webhook = A cópia foi publicada por outro webhook, não pelo que este canal tem agora. Altere-a à mão.
error-adopt-link = Isso não é um link para uma mensagem do Discord. No Discord, abra o menu da mensagem e escolha Copiar link da mensagem.
error-adopt-elsewhere = Essa mensagem não está neste canal.
error-adopt-missing = Não há nenhuma mensagem assim deste webhook no canal.
error-adopt-foreign = Essa mensagem não foi publicada por este bot, então nunca poderia ser alterada ou removida daqui.
warning-no-link = O Discord não transforma { $url } em link: ninguém de fora consegue abrir.
warning-rights-unknown = O Discord não diz se o bot pode publicar aqui. A primeira publicação vai mostrar.
warning-tag-required = Este fórum não aceita publicações sem tag. Indique uma das tags dele nas configurações deste canal; senão, será recusada toda vaga que não tenha uma tag em comum com o fórum.
unfinished-thread = A mensagem foi alterada; o nome e as tags do tópico dela, ainda não.
