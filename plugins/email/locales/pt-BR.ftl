# Como as frases comuns o chamam.
-platform = O servidor de e-mail

# A configuração do canal.
setting-to = Endereço
setting-to-help = Para onde vão as vagas: o endereço de uma lista de e-mails.
setting-recipient = Quem está por trás
setting-recipient-help = Todos os leitores de uma lista veem o mesmo link: por isso só a página desse link interrompe os e-mails, nunca um clique em um programa de e-mail.
setting-recipient-list = Uma lista de e-mails
setting-recipient-person = Uma pessoa
setting-delivery = Quando
setting-delivery-at-once = Cada vaga assim que é publicada
setting-delivery-daily = Um e-mail por dia
setting-delivery-weekly = Um e-mail por semana
setting-hour = Hora
setting-hour-help = De 0 a 23, no fuso horário do mural. Só para um e-mail por dia ou por semana.
setting-weekday = Dia
setting-weekday-help = Só para um e-mail por semana.
setting-weekday-monday = Segunda-feira
setting-weekday-tuesday = Terça-feira
setting-weekday-wednesday = Quarta-feira
setting-weekday-thursday = Quinta-feira
setting-weekday-friday = Sexta-feira
setting-weekday-saturday = Sábado
setting-weekday-sunday = Domingo
setting-subject-prefix = O assunto começa com
setting-subject-prefix-help = Por exemplo [Vagas]. Deixe vazio para que seja só o título.
setting-smtp-url = Servidor de e-mail próprio
setting-smtp-url-help = Só se o e-mail não deve passar pelo deste servidor: smtps://usuario:senha@mail.example.org?from=vagas@example.org

# Em um e-mail.
why = Você recebe este e-mail porque este endereço recebe as vagas novas de
# O que se diz a quem administra o canal.
error-html = o HTML não está bem formado: { $why }
error-unknown = Talvez o servidor de e-mail tenha aceitado a mensagem; a resposta dele se perdeu.
error-adopt = Informe o link da mensagem no arquivo da lista, ou o Message-ID dela.
