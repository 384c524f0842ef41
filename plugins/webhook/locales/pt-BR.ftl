# Como as frases comuns o chamam.
-platform = O receptor

# Configurações do canal.
setting-url = Endereço
setting-url-help = Cada mensagem é enviada para lá com POST. Seu programa responde com um status de 200 a 299 quando recebeu a mensagem.
setting-signing-secret = Segredo de assinatura
setting-signing-secret-help = whsec_ e de 24 a 64 bytes aleatórios em base64. Dê o mesmo ao seu programa: com ele, o programa confere a assinatura de cada mensagem.

# O que dizer a quem administra o canal.
error-unauthorized = O receptor não aceita a assinatura. Dê ao canal e ao receptor o mesmo segredo de assinatura.
error-forbidden = O receptor não aceita mensagens deste mural.
error-not-found = Não há nada neste endereço. Corrija-o.
error-switched-off = O receptor não quer mais mensagens neste endereço. Ative-o de novo por lá ou corrija o endereço.
error-moved = O endereço redireciona para outro. Informe esse outro.
error-not-taken = O receptor não aceitou a mensagem (status { $status }). Procure lá o motivo; alguns respondem assim quando o segredo de assinatura deles é outro.
error-clock = Não é possível ler a hora desta tentativa.
warning-unclear = O endereço responde com o status { $status } quando é apenas consultado. A primeira mensagem vai mostrar se ele aceita o que é enviado.
