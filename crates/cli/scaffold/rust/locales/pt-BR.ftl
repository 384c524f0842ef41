-platform = O servidor
setting-url = Endereço
setting-url-help = Cada vaga é enviada para lá como texto.
setting-token = Token
setting-token-help = Enviado como “Authorization: Bearer …”, se houver.
warning-unproved = Se este endereço aceita vagas só se verá com a primeira: nada foi enviado.
