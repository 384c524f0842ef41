# Como as mensagens e as frases chamam a plataforma. Cada plugin dá o seu.
-platform = A plataforma

# Palavras de uma mensagem.
on-site = Presencial
hybrid = Híbrido
remote = Remoto
pay = Salário
apply = Ver a vaga e se candidatar
ending-filled = Esta vaga foi preenchida
ending-closed = Esta vaga está encerrada
ending-expired = Esta vaga expirou

# O que dizer a quem administra o canal.
platform-said = { -platform } diz: “{ $answer }”.
error-settings = Não é possível ler estas configurações: { $why }.
error-template = O modelo da mensagem não funciona: { $why }.
error-too-long = A mensagem passa em { $over } caracteres do que { -platform } permite, mesmo sem a descrição. Encurte o título ou o modelo.
error-unauthorized = { -platform } não aceita a credencial. Dê uma válida a este canal.
error-forbidden = { -platform } não permite isso aqui. Verifique o que a conta deste canal pode fazer.
error-not-found = { -platform } não conhece este destino. Verifique as configurações do canal.
error-rejected = { -platform } recusa esta mensagem.
error-foreign = O endereço respondeu com o status { $status }, mas não como { -platform } faz.
error-unavailable = { -platform } teve um problema próprio (status { $status }).
error-receipt = Não é possível ler o registro da cópia: { $why }.
altered = A mensagem em { -platform } não estava como foi enviada.
warning-squeezed = A descrição foi encurtada mais do que o normal para caber no que { -platform } permite.

# O que um modelo de mensagem pode usar.
variable-title = O título da vaga.
variable-organization = Quem a oferece.
variable-summary = Uma ou duas frases sem formatação; pode estar vazio.
variable-url = A página da vaga no mural.
variable-apply-url = Onde se candidatar: um endereço web, ou mailto: e um e-mail.
variable-locations = Os locais, uma lista.
variable-place = Os locais em uma linha.
variable-workplace = on-site, hybrid ou remote.
variable-workplace-name = O mesmo com uma palavra do idioma do canal.
variable-pay = O salário, se a vaga o informa.
variable-tags = As tags, uma lista.
variable-hashtags = As tags como hashtags, uma lista.
variable-language = O idioma da vaga, como código: en, pt-BR.
variable-published-at = Quando foi publicada, em UTC.
variable-expires-at = Quando expira, em UTC, se expira.
variable-extra = Os campos próprios do mural, pelo nome: extra.level. Também extra.employment_types e extra.remote_countries, listas de códigos; extra.salary.min, max, currency e period; extra.places, com city, region e country cada um; extra.updated_at.
variable-board = O mural: board.name, board.url e board.color.
variable-words = Palavras fixas do idioma do canal: words.pay, words.apply.
variable-description = A descrição com a formatação da plataforma, encurtada ao que cabe.
variable-link = Um link: link(texto, endereço).
