## Em toda parte
skip-to-content = Ir para o conteúdo
made-with = Feito com Tablón, o mural de vagas livre.
staff-entrance = Para moderadores
post-a-job = Publicar uma vaga
back-to-list = Todas as vagas
log-out = Sair
pages = Páginas
page-newest = ← Mais recentes
page-older = Anteriores →
tags = Tags

month-1 = jan.
month-2 = fev.
month-3 = mar.
month-4 = abr.
month-5 = maio
month-6 = jun.
month-7 = jul.
month-8 = ago.
month-9 = set.
month-10 = out.
month-11 = nov.
month-12 = dez.

age-now = agora mesmo
age-minutes = { $count ->
    [one] há um minuto
   *[other] há { $count } minutos
}
age-hours = { $count ->
    [one] há uma hora
   *[other] há { $count } horas
}
age-days = { $count ->
    [one] ontem
   *[other] há { $count } dias
}
age-weeks = { $count ->
    [one] há uma semana
   *[other] há { $count } semanas
}
age-months = { $count ->
    [one] há um mês
   *[other] há { $count } meses
}
age-years = { $count ->
    [one] há um ano
   *[other] há { $count } anos
}

## Murais
boards-title = Murais
boards-description = Murais de vagas de comunidades: uma pessoa lê cada vaga antes de ela aparecer.
boards-manage = Administrar
boards-empty-title = Ainda não há murais
boards-empty-text = Quem cuida deste servidor cria o primeiro com o link mostrado quando ele foi iniciado.
jobs-open = { $count ->
    [0] Nenhuma vaga aberta
    [one] Uma vaga aberta
   *[other] { $count } vagas abertas
}

## A lista de vagas
listing-description = Vagas abertas em { $board }.
listing-found = Vagas que combinam com sua busca
listing-none-title = Nenhuma vaga encontrada
listing-none-text = Tente menos palavras ou outra modalidade.
listing-refused-title = A busca é longa demais
listing-refused-text = Encurte e busque de novo: nada foi buscado ainda.
listing-empty-title = Ainda não há vagas
listing-empty-text = Publique a primeira: leva cinco minutos e não precisa de conta.
search-label = Buscar vagas
search-placeholder = Cargo, empresa, tecnologia…
search-workplace = Modalidade
search-any-workplace = Qualquer modalidade
search-button = Buscar
search-clear = Ver todas as vagas
feeds-follow = Acompanhe estas vagas:
og-locale = pt_BR

## Uma vaga
workplace-on-site = Presencial
workplace-hybrid = Híbrido
workplace-hybrid-inline = híbrido
workplace-remote = Remoto
remote-anywhere = de qualquer lugar
remote-countries = { $count ->
    [one] um país
   *[other] { $count } países
}
remote-from = Remoto:
employment-FULL_TIME = Tempo integral
employment-PART_TIME = Meio período
employment-CONTRACTOR = Autônomo (PJ)
employment-TEMPORARY = Temporário
employment-INTERN = Estágio
employment-VOLUNTEER = Voluntariado
employment-PER_DIEM = Por diária
employment-OTHER = Outro
pay-per-HOUR = hora
pay-per-DAY = dia
pay-per-WEEK = semana
pay-per-MONTH = mês
pay-per-YEAR = ano
fact-workplace = Onde
fact-pay = Salário
fact-employment = Tipo de trabalho
fact-language = Idioma
fact-valid-through = Inscrições até
fact-published = Publicada
fact-apply = Candidatar-se em
fact-apply-email = Candidatar-se por e-mail em
fact-contact = Contato
fact-contact-private = Só os moderadores veem isto.
apply-at = Candidatar-se em { $host }
apply-by-mail = Candidatar-se por e-mail
see-open-jobs = Ver as vagas abertas
job-ended-filled = Esta vaga já foi preenchida
job-ended-expired = Esta vaga expirou
job-ended-closed = Esta vaga está encerrada
job-ended-text = A página fica como referência; não é mais possível se candidatar.
job-state-draft = Rascunho
job-state-submitted = Aguarda revisão
job-state-changes_requested = Alterações pedidas
job-state-rejected = Recusada
job-state-spam = Spam
job-state-approved = Agendada
job-state-published = Publicada
job-state-filled = Preenchida
job-state-expired = Expirada
job-state-closed = Encerrada

## Formulários
form-errors-title = { $count ->
    [one] Há algo para corrigir
   *[other] Há { $count } coisas para corrigir
}
form-unsent = Nada foi feito ainda: a página ficou aberta tempo demais. O que você digitou continua aqui, menos senhas e segredos. Aperte o botão mais uma vez. Se isto acontecer de novo, permita os cookies deste site.
form-optional = (opcional)
form-choose = Escolher…
form-choose-countries = Escolher países
form-secret-set = Salvo. Deixe vazio para manter.
form-secret-forget = Remover o que está salvo
form-secret-leftover = Remover o segredo salvo { $name }, que o plugin não usa mais
form-place = Local { $number }
form-city = Cidade
form-region = Estado
form-country = País
form-add-place = Adicionar outro local
form-pay-min = De
form-pay-max = Até
form-pay-currency = Moeda
form-pay-period = Por
group-job = A vaga
group-place = Onde
group-terms = Condições
group-apply = Como se candidatar
group-contact = Sobre você
group-own = Mais perguntas
field-title = Cargo
field-title-help = O que alguém buscaria. Sem maiúsculas nem “urgente”.
field-organization-name = Empresa ou organização
field-organization-url = Site da empresa ou organização
field-organization-logo_url = Endereço do logotipo
field-description = Descrição
field-description-help = O que se faz, o que vocês oferecem, o que pedem. Dá para usar Markdown: **negrito**, listas com “-”, títulos com “##”.
field-locations = Locais
field-locations-help = Cidade e país. Sem eles, buscadores como o Google não mostram a vaga.
field-workplace = Modalidade
field-remote_countries = Países de onde se pode trabalhar remotamente
field-remote_countries-help = Sem escolher nenhum, vale qualquer um. Buscadores como o Google só mostram uma vaga remota se ela indicar os países.
markup-gap-countries = Buscadores como o Google não vão mostrar esta vaga: ela é remota e não indica nenhum país. Escolha os países de onde se pode trabalhar.
markup-gap-place = Buscadores como o Google não vão mostrar esta vaga: ela não diz onde é. Informe a cidade e o país.
markup-gap-country-of-place = Buscadores como o Google não vão mostrar esta vaga: falta o país do local. Escolha-o ao lado da cidade.
field-employment_types = Tipo de trabalho
field-salary = Salário
field-salary-help = Bruto. Vagas que informam o salário são mais lidas.
field-tags = Tags
field-tags-help = Até dez, separadas por vírgulas: rust, backend, postgres
field-apply_url = Página para se candidatar
field-apply_email = E-mail para se candidatar
field-apply_email-help = Informe a página, o e-mail ou os dois. O que você puser aqui é público.
field-contact_email = Seu e-mail
field-contact_email-help = Nunca é publicado. Os moderadores escrevem para ele se tiverem uma pergunta.
field-language = Idioma da vaga
field-valid_through = Último dia para se candidatar
field-email = E-mail
field-password = Senha
field-password-help = Pelo menos dez caracteres. Algumas palavras seguidas são fáceis de lembrar.
field-name = Seu nome
field-board_name = Nome do mural
field-board_name-help = Como as pessoas conhecem sua comunidade: “Rust Recife”.
field-board_slug = Endereço curto
field-board_slug-help = Letras minúsculas, algarismos e hifens; se ficar vazio, vem do nome. Aparece em todos os links: /t/rust-recife
field-board_locale = Idioma do mural
field-board_time_zone = Fuso horário
field-board_time_zone-help = Por exemplo America/Sao_Paulo ou Europe/Lisbon.
field-url = Link da mensagem
field-reason = Motivo
field-publish_at = Dia e hora
field-channel_name = Nome
field-channel_name-help = Como sua equipe o chama. Só a equipe vê.

error-required = Preencha este campo.
error-too-long = Use no máximo { $max } caracteres.
error-too-deep = Aninhe citações, listas e ênfases em no máximo { $max } níveis.
error-too-short = Use pelo menos { $min } caracteres.
error-not-url = Escreva um endereço como https://example.org/jobs/1.
error-url-scheme = O endereço precisa começar com https:// ou http://.
error-not-email = Escreva um e-mail como nome@example.org.
error-not-text = Precisa ser texto.
error-not-list = Precisa ser uma lista.
error-not-object = Não dá para ler.
error-not-boolean = Escolha sim ou não.
error-not-number = Escreva um número.
error-not-amount = Escreva um valor como 42000 ou 42000.50.
error-pay-contradicts = Informe aqui o mesmo valor, moeda e período dos campos ao lado.
error-not-currency = Escreva as três letras da moeda, como BRL.
error-not-date = Escreva uma data como 2026-12-31.
error-past-date = Esse dia já passou. Escolha hoje ou um dia depois.
error-past-moment = Esse momento já passou. Escolha um depois.
error-not-option = Escolha uma destas opções: { $options }.
error-too-many = Informe no máximo { $max }.
error-too-many-words = Use no máximo { $max } palavras.
error-unknown-field = Este formulário não tem esse campo.
error-min-over-max = O valor menor é maior que o outro.
error-one-of = Informe pelo menos um: uma página para se candidatar ou um e-mail.
error-not-country = Escolha um país da lista.
error-not-language = Escreva um código de idioma como es ou pt-BR.
error-pattern = Algo não parece certo. Confira, por favor.
error-number-range = Escreva um número entre { $min } e { $max }.
error-not-slug = Use letras minúsculas e algarismos, com hifens só no meio; no máximo 63 caracteres.
error-taken = Já está em uso. Escolha outro.
error-weak-password = Use pelo menos dez caracteres, e não sempre o mesmo.
error-control-character = Há caracteres invisíveis. Digite em vez de colar.
error-not-time-zone = Escreva um fuso horário como America/Sao_Paulo.
error-not-host = Escreva um nome de servidor como jobs.example.org.
error-not-color = Escreva uma cor como #0f766e.
error-unknown-placeholder = Há um nome entre chaves que não pode ser substituído. Só valem { $known }.
error-said = { $words }

## Enviar
submit-title = Publicar uma vaga
submit-lead = Não precisa de conta. Um moderador lê cada vaga antes de ela ir para o mural.
submit-send = Enviar para revisão
submit-preview = Pré-visualizar
submit-preview-title = Vai ficar assim
submit-preview-text = Nada foi enviado ainda.
submit-go-on-editing = Continuar editando
submit-pot = Deixe isto vazio
submit-once-more-title = Envie mais uma vez, por favor
submit-once-more-text = Havia algo em um campo que as pessoas não veem; talvez um navegador que preenche formulários o tenha posto ali. Nós o esvaziamos, e o que você digitou continua abaixo.
submitted-title = Obrigado, já recebemos
submitted-lead = “{ $title }” aguarda um moderador. Quando for aprovada, aparece sozinha no mural.
submitted-published = “{ $title }” já está no mural: como suas vagas anteriores foram aprovadas, esta não precisa esperar.
submitted-see = Ver no mural
submitted-link-title = Guarde este link privado
submitted-link-text = Com ele você acompanha sua vaga, edita o texto e a retira quando for preenchida.
submitted-link-warning = Guarde-o agora: ele só aparece uma vez, e quem o tiver pode editar sua vaga.
submitted-open = Acompanhar a vaga
submitted-another = Publicar outra vaga

## A página de quem publica
my-title = Sua vaga
my-state-draft = Ainda não foi enviada.
my-state-submitted = Um moderador vai ler em breve.
my-state-changes_requested = Um moderador pede alterações.
my-state-rejected = Não vai para o mural.
my-state-spam = Não vai para o mural.
my-state-approved = Vai para o mural na hora que os moderadores escolheram.
my-state-published = Está no mural.
my-state-filled = Você a marcou como preenchida. As cópias também dizem isso.
my-state-filled-by-staff = Os moderadores a marcaram como preenchida. As cópias também dizem isso.
my-state-expired = O prazo dela acabou.
my-state-closed = Foi retirada.
my-reason = O que o moderador diz
my-pending = Sua edição aguarda um moderador. Até lá a vaga fica como estava.
my-actions = O que você pode fazer
my-edit = Editar a vaga
my-edit-resubmit = Editar e enviar de novo
my-see-public = Ver no mural
my-fill = Marcar como preenchida
my-fill-help = Todos veem que a vaga foi preenchida, aqui e em cada canal.
my-reopen = Colocar de volta no mural
my-reopen-help = Se ela ainda está no prazo, volta na hora, aqui e em cada canal. Caso contrário, um moderador lê antes.
my-link-help = Um link novo substitui este. Faça isso se outra pessoa o tiver. Se você encerrar o link, só um moderador pode criar outro para você.
my-changed = Isso não dá mais para fazer, então nada foi feito. É assim que sua vaga está agora.
my-close = Retirar
my-withdraw = Cancelar o envio
my-where = Onde foi publicada
my-where-none = Ainda em lugar nenhum.
my-keep-link = Seu link privado vale até 180 dias depois do fim da vaga. Abra-o para voltar de outro dispositivo.
my-edit-title = Editar sua vaga
my-edit-live = A vaga fica como está até um moderador ler a edição.
my-edit-waiting = Um moderador vai ler o novo texto.
my-edit-send = Enviar a edição
my-edit-wait = Foram muitas edições em pouco tempo. O que você digitou está abaixo: envie de novo em { $seconds } segundos.
back-to-my = Sua vaga

## Outro último dia, e o link privado
renew-title = Alterar o último dia
renew-until = Último dia no mural
renew-help = Uma vaga expirada volta ao mural na hora, e as cópias também.
renew-button = Renovar
link-title = Link privado
link-new = Criar um novo link privado
link-end = Encerrar o link privado
link-made = O novo link privado
link-made-text = Ele só aparece uma vez, e o anterior foi encerrado. Quem o tiver pode editar a vaga.
link-ended-title = O link privado foi encerrado
link-ended-text = Ninguém mais pode editar sua vaga com ele. Se precisar de outro, peça aos moderadores do mural.

## Erros
error-page-home = Ir para a página inicial
error-page-queue = Voltar à fila
error-page-job = Voltar à vaga
error-page-not-found-title = Não há nada aqui
error-page-not-found-text = O endereço pode ter um erro de digitação, ou o que havia aqui não existe mais.
error-page-forbidden-title = Você não pode fazer isto
error-page-forbidden-text = Sua conta não tem o papel necessário. Um proprietário do mural pode dar esse papel a você.
error-page-form-expired-title = Este formulário expirou
error-page-form-expired-text = Nada foi alterado. Volte, recarregue a página e envie de novo. É preciso permitir os cookies.
error-page-no-link-title = Abra antes o seu link privado
error-page-no-link-text = Esta página é de uma vaga, e só se chega a ela pelo link privado. Abra o link que apareceu quando você enviou a vaga.
error-page-sent-before-title = Já temos esta vaga
error-page-sent-before-text = Ela já tinha sido enviada, por isso não foi salva de novo. O link privado apareceu no navegador que a enviou.
error-page-bad-request-title = Não dá para ler isto
error-page-bad-request-text = Seu navegador enviou algo que não conseguimos ler. Nada foi alterado.
error-page-method-not-allowed-title = Este endereço funciona de outro jeito
error-page-method-not-allowed-text = Volte e use os links e botões da página.
error-page-conflict-title = Agora não dá para fazer isso
error-page-conflict-text = Algo mudou desde que você abriu a página, ou já estava feito, então nada foi feito. Olhe de novo e decida outra vez.
error-page-invalid-title = Algo não está certo
error-page-invalid-text = Nada foi alterado. Volte e corrija o que está abaixo.
error-page-too-large-title = É demais
error-page-too-large-text = O que você enviou é maior do que aceitamos. Encurte e tente de novo.
error-page-too-many-title = Tentativas demais
error-page-too-many-text = Espere um pouco e tente de novo.
error-page-crowded-title = Muita gente está buscando agora
error-page-crowded-text = Tente de novo em alguns segundos. Sua busca continua no endereço.
error-page-unavailable-title = Voltamos já
error-page-unavailable-text = O mural não consegue acessar seus dados neste momento. Nada se perdeu. Tente daqui a um minuto.
error-page-internal-title = Algo falhou do nosso lado
error-page-internal-text = Ficou anotado. Tente de novo; se continuar, avise quem cuida deste mural.
resend-form-expired-title = Envie mais uma vez, por favor
resend-form-expired-text = A página ficou aberta tempo demais. Se isto acontecer de novo, permita os cookies deste site.
resend-no-link-title = Abra antes o seu link privado
resend-no-link-text = Este navegador não se lembra mais dele. Abra o link privado da sua vaga em outra aba e volte aqui.
resend-signed-in-title = Você entrou de novo
resend-signed-in-text = Você pode continuar de onde parou.
resend-kept = Nada foi feito ainda. O que você digitou fica guardado enquanto esta página estiver aberta.
resend-nothing-done = Nada foi feito ainda.
resend-secret = Senhas e segredos precisam ser digitados de novo.
resend-button = Enviar agora
resend-form = Voltar ao formulário
resend-typed = O que você digitou

## Entrar, primeira vez
login-title = Entrar
login-button = Entrar
login-kept = Sua sessão terminou. Entre e continue de onde parou: o que você digitou fica guardado enquanto esta página estiver aberta.
login-wrong = O e-mail ou a senha não estão corretos.
login-too-many = Tentativas demais. Tente daqui a { $seconds } segundos.
login-elsewhere = Só é possível entrar em { $url }. Abra esse endereço e tente de novo.
setup-title = Boas-vindas ao Tablón
setup-lead = Dois minutos, uma vez só: sua conta e seu primeiro mural.
setup-button = Criar a conta e o mural
group-account = Sua conta
group-board = Seu primeiro mural

## A equipe
nav-administration = Administração
nav-menu = Menu
nav-see-board = Ver o mural
nav-queue = Fila
nav-jobs = Vagas
nav-placements = Cópias
nav-channels = Canais
nav-waiting = aguardando:
nav-trouble = precisam de atenção:
nav-paused = em pausa:
done-submitted = Enviada. Um moderador vai ler em breve.
done-edited = Sua edição foi salva.
done-proposed = Enviada. Um moderador vai ler a edição; até lá a vaga fica como está.
done-my-edited = Salvo. A edição já está no mural.
done-my-unchanged = Nada foi alterado: a vaga fica como está.
done-withdrawn = Envio cancelado.
done-approved = Publicada. As cópias estão a caminho.
done-scheduled = Agendada. Vai sozinha para o mural.
done-rejected = Recusada. Quem enviou vê o motivo.
done-changes-requested = Devolvida. Quem enviou vê o que você pede.
done-spam = Marcada como spam.
done-closed = Retirada. As cópias também são retiradas.
done-filled = Marcada como preenchida. As cópias estão sendo atualizadas.
done-reopened = De volta ao mural. As cópias estão sendo atualizadas.
done-back-in-queue = De volta à fila, à espera de uma decisão.
done-renewed = Renovada. As cópias estão sendo atualizadas.
done-link-ended = O link privado foi encerrado.
done-link-over = A vaga terminou há tanto tempo que o link privado também foi encerrado. Reabra ou renove a vaga antes.
done-revision-approved = A edição está no ar. As cópias estão sendo atualizadas.
done-revision-discarded = A edição foi descartada. A vaga fica como estava.
done-channel-created = O canal está pronto. De agora em diante, o que for publicado sai lá também.
done-channel-saved = Salvo.
done-channel-paused = Em pausa. As cópias esperam até você retomar.
done-channel-resumed = Retomado. O que esperava está a caminho.
done-adopted = Anotado. De agora em diante esta cópia fica em dia.
done-resent = Está sendo enviada de novo.
done-retried = Está sendo tentada de novo.
done-retracted = Está sendo retirada.
attention-title = O que precisa de atenção
attention-paused = { $name } está em pausa
attention-paused-text = As cópias dele esperam; nada se perde.
attention-paused-link = Corrigir e retomar
attention-digests = { $count ->
    [one] Um e-mail de { $name } não saiu ou não se sabe se saiu
   *[other] { $count } e-mails de { $name } não saíram ou não se sabe se saíram
}
attention-digests-text = Nada é enviado duas vezes às cegas: diga se deve ser enviado de novo.
attention-digests-link = Ver o que o servidor de e-mail disse
attention-unverified = { $count ->
    [one] Uma cópia pode estar lá ou não
   *[other] { $count } cópias podem estar lá ou não
}
attention-unverified-text = Nada é enviado duas vezes às cegas.
attention-unverified-link = Olhar e responder
attention-failed = { $count ->
    [one] Uma cópia falhou
   *[other] { $count } cópias falharam
}
attention-failed-text = Cada uma diz o motivo.
attention-failed-link = Ver o motivo
attention-drifted = { $count ->
    [one] Uma cópia foi alterada na plataforma
   *[other] { $count } cópias foram alteradas na plataforma
}
attention-drifted-text = Alguém a editou lá, e ela não diz mais o que deveria.
attention-drifted-link = Ver qual

queue-title = Aguardam sua decisão
queue-new = Nova
queue-change = Edição de vaga publicada
queue-review = Revisar
queue-empty-title = Tudo em dia
queue-empty-text = Não há nada esperando. Vagas novas aparecem aqui. Divulgue este link onde as empresas o vejam:
queue-empty-no-channel = Não há nada esperando. Aproveite para adicionar um canal: as vagas aprovadas sairão lá também.
jobs-by-state = Vagas por situação
jobs-all = Todas
jobs-none-title = Nenhuma vaga aqui
jobs-none-text = Não há nenhuma nesta situação.

review-next = { $count ->
    [one] Revisar a próxima
   *[other] Revisar a próxima de { $count }
}
review-decide = Decidir
review-actions = Ações
review-submitted = Enviada
review-publishes = vai para o mural
review-revision = revisão { $number }
review-see-public = Ver no mural
review-edit = Editar
review-publish = { $count ->
    [0] Publicar no mural
    [one] Publicar no mural e em um canal
   *[other] Publicar no mural e em { $count } canais
}
review-publish-help = { $count ->
    [0] Ainda não há canais; sai só no mural.
   *[other] Sai na hora, exatamente como mostram as prévias.
}
review-publish-scheduled = Vai para o mural na hora. Canais com horário a publicam no horário deles, exatamente como mostram as prévias.
review-publish-left-out = Nenhum canal vai publicá-la: estão em pausa ou suas regras a excluem. Ela aparece só no mural.
review-later = Publicar mais tarde
review-later-when = Dia e hora
review-later-help = No fuso horário do mural, { $zone }.
review-later-button = Agendar
review-later-wrong = Escolha um dia e uma hora.
review-publish-now = Publicar agora
review-move = Publicar em outro horário
review-move-button = Alterar o horário
review-last-day-over = Até lá, o último dia desta vaga já terá passado. Altere-o antes.
review-reopen = Desfazer
review-reopen-help = Se esteve no mural e ainda está no prazo, volta na hora, e as cópias também. Caso contrário, espera na fila.
review-link-help = Para quem perdeu o link privado ou sabe que outra pessoa o tem. O link deixa de valer sozinho, 180 dias depois do fim da vaga.
review-reason = Sua mensagem para quem enviou
review-reason-missing = Escreva um motivo: é a única coisa que quem enviou vê.
review-stale = Ela mudou desde que você a leu, então nada foi feito. É assim que está agora: leia e decida de novo.
review-decided = Alguém foi mais rápido, então nada foi feito. É assim que está agora.
review-done-already = Você já tinha decidido sobre ela, então nada mais foi feito. É assim que está agora.
review-changed = Ela mudou nesse meio-tempo, então nada foi feito. É assim que está agora.
review-typed = O que você tinha escrito:
review-reason-given = O que foi dito a quem enviou
review-request-changes = Pedir alterações
review-request-changes-help = Quem enviou vê isto na página privada, edita a vaga e envia de novo.
review-request-changes-button = Devolver com este pedido
review-reject = Recusar
review-reject-help = Quem enviou vê isto na página privada.
review-reject-button = Recusar com este motivo
review-discard-revision = Descartar a edição
review-discard-revision-button = Descartar com este motivo
review-spam = É spam
review-fill-help = O mural e cada cópia dirão que a vaga foi preenchida.
review-close = Retirar de toda parte
diff-title = Uma edição aguarda decisão
diff-text = A vaga fica como está até você decidir.
diff-before = Agora
diff-after = Proposto
diff-nothing = nada
diff-approve = { $count ->
    [0] Aceitar a edição
    [one] Aceitar a edição e atualizar uma cópia
   *[other] Aceitar a edição e atualizar { $count } cópias
}
history-title = O que aconteceu
audit-job-submit = Enviada por quem publica
audit-job-propose = Uma edição foi proposta
audit-job-approve = Aprovada
audit-job-publish = Publicada
audit-job-reject = Recusada
audit-job-request_changes = Devolvida para alterações
audit-job-spam = Marcada como spam
audit-job-close = Retirada
audit-job-withdraw = Envio cancelado por quem publica
audit-job-fill = Marcada como preenchida
audit-job-expire = Expirada
audit-job-reopen = Reaberta
audit-job-renew = Renovada
audit-job-reschedule = Reagendada
audit-job-reissue_link = Um novo link privado foi criado
audit-job-revoke_link = O link privado foi encerrado
audit-job-edit = Editada
audit-job-approve_revision = Uma edição foi aceita
audit-job-discard_revision = Uma edição foi descartada
previews-title = O que cada canal vai mostrar
previews-none = Ainda não há canais. Adicione um, e as vagas aprovadas sairão lá também.
previews-left-out = Nenhum canal vai publicar esta vaga: estão em pausa ou suas regras a excluem.
preview-failed = Este canal não consegue mostrar a vaga:
preview-length = { $length } de { $limit } { $unit }
preview-length-label = Tamanho
unit-utf16 = caracteres (UTF-16)
unit-characters = caracteres
unit-bytes = bytes
preview-source = Como é enviado
job-edit-title = Editar a vaga
job-edit-live = { $count ->
    [0] O que você salvar vai ao ar na hora.
    [one] O que você salvar vai ao ar na hora, e uma cópia é atualizada.
   *[other] O que você salvar vai ao ar na hora, e { $count } cópias são atualizadas.
}
job-edit-waiting = Ainda não está no mural.
job-edit-save = Salvar
job-edit-save-live = { $count ->
    [0] Salvar e atualizar o mural
    [one] Salvar e atualizar o mural e uma cópia
   *[other] Salvar e atualizar o mural e { $count } cópias
}
job-edit-stale-title = Outra pessoa editou esta vaga
job-edit-stale-text = O que você digitou continua abaixo. Compare com a vaga como está agora e, se quiser manter, salve de novo.

placements-lead = Cada cópia de uma vaga em um canal: o que deveria estar lá e o que está.
placements-by-state = Cópias por situação
placements-attention = Precisam de atenção
placements-all = Todas
placements-none-title = Ninguém precisa fazer nada
placements-none-text = Todas as cópias estão como devem ou a caminho.
placement-state-pending = Aguardando
placement-state-sending = Enviando
placement-state-published = No ar
placement-state-unverified = Sem confirmação
placement-state-failed = Falhou
placement-state-blocked = Retida
placement-state-outdated = No ar, com o texto anterior
placement-state-closed = Encerrada
placement-state-remains = Continua lá
placement-state-retracted = Retirada
placement-text-pending = Sai assim que chegar a vez dela.
placement-text-sending = Está sendo enviada agora.
placement-text-published = A cópia está lá e mostra o texto atual.
placement-text-following = A cópia está lá e está sendo atualizada.
placement-text-outdated = A cópia está lá com o texto anterior à edição. Este canal não consegue alterar o que já publicou.
placement-text-unverified = Ainda não se sabe se chegou.
placement-text-unverified-plugin = O plugin falhou depois de enviar algo. Ainda não se sabe se chegou.
placement-text-failed = A plataforma a recusou. A resposta:
placement-text-failed-unreachable = Não foi possível contatar a plataforma por tanto tempo que não se tenta mais. A última resposta:
placement-text-failed-channel = A plataforma recusou as configurações ou a credencial do canal:
placement-text-failed-elsewhere = O canal funciona, mas esta cópia está em um lugar para onde as configurações não levam mais:
placement-text-failed-plugin-trapped = O plugin parou de forma inesperada. Ele deixou esta mensagem:
placement-text-failed-plugin-timeout = O plugin demorou demais e foi interrompido:
placement-text-failed-plugin-oversized = A resposta do plugin era grande demais:
placement-text-failed-plugin-fault = O plugin cometeu um erro:
placement-text-failed-other = Não foi possível:
placement-text-blocked = O canal está em pausa. Sai quando ele for retomado.
placement-text-closed = A cópia está lá e diz que a vaga terminou.
placement-text-remains = A cópia continua lá como está. Este canal não consegue marcá-la como encerrada nem retirá-la.
placement-text-retracted = A cópia foi retirada.
placement-next-try = Próxima tentativa: { $at }.
placement-open = Abrir
placement-retry = Tentar de novo
placement-retract = Retirar esta cópia
placement-attempts = { $count ->
    [one] Uma tentativa
   *[other] { $count } tentativas
}
attempt-took = { $ms } ms
operation-publish = Publicar
operation-update = Atualizar
operation-close = Encerrar
operation-retract = Retirar
operation-locate = Procurar
operation-check = Verificar
operation-adopt = Adotar
operation-verify = Testar a conexão
unverified-title = Está lá?
unverified-text = Não se sabe se a mensagem para { $channel } chegou. Confira, por favor.
unverified-look = Abrir o canal
unverified-link = Link da mensagem
unverified-link-help = Abra o menu da mensagem e copie o link.
unverified-yes = Sim, é esta
unverified-no = Não, não está: enviar de novo

channels-lead = As vagas aprovadas saem em todos estes canais e são mantidas em dia lá.
channels-add = Adicionar um canal
channels-empty-title = Ainda não há canais
channels-empty-text = O mural funciona sem eles. Com um canal, cada vaga aprovada sai também, por exemplo, no seu grupo do Telegram, e lá é atualizada e riscada sozinha.
channel-state-active = Ativo
channel-state-paused = Em pausa
channel-new-title = Novo canal: { $plugin }
channel-new-lead = Tudo isto pode ser alterado depois.
channel-new-button = Adicionar o canal
channel-verify = Testar a conexão
channel-pause = Pausar
channel-resume = Retomar
channel-save = Salvar as configurações
channel-settings = Configurações
channel-preview = O que ele vai mostrar
channel-preview-of = Com sua vaga mais recente, “{ $title }”:
channel-paused-title = Por que está em pausa
channel-verified-title = Funciona
channel-verified-text = Conectado como { $account }.
channel-refused-title = A plataforma recusou
channel-refused-text = Confira as configurações abaixo.
plugins-none-title = Nenhum plugin instalado
plugins-none-text = Quem cuida deste servidor pode instalar plugins.

## Parar e-mails
unsubscribe-title = Parar de receber estes e-mails
unsubscribe-lead = { $board } envia suas vagas para { $address }.
unsubscribe-person = O botão interrompe o envio. Os e-mails das outras pessoas continuam como estão.
unsubscribe-list-warning = Este endereço é uma lista de e-mails: o botão interrompe o envio para todas as pessoas que a leem, até que os administradores do mural o retomem.
unsubscribe-list-instead = Se só você não quer recebê-los, saia da lista: os próprios e-mails dela dizem como.
unsubscribe-button = Parar de receber
unsubscribe-list-button = Interromper para a lista toda
unsubscribe-done-title = Não haverá mais e-mails
unsubscribe-done-text = { $board } não envia mais vagas para { $address }. Os administradores verão isso.
unsubscribe-done-text-gone = { $board } não envia e-mails para esse endereço.

## Cópias, uma a uma
placements-channel = Canal
placements-every-channel = Todos os canais
placements-show = Mostrar
placements-empty-title = Nenhuma cópia aqui
placements-empty-text = Não há nenhuma nesta situação neste canal.
placements-group-unverified = { $count ->
    [one] Uma cópia pode estar lá ou não
   *[other] { $count } cópias podem estar lá ou não
}
placements-group-unverified-text = Nada é enviado duas vezes às cegas. Olhe e responda.
placements-group-failed = { $count ->
    [one] Uma cópia não pôde ser publicada ou mantida em dia
   *[other] { $count } cópias não puderam ser publicadas ou mantidas em dia
}
placements-group-failed-text = Cada uma diz o motivo. Corrija e tente de novo, ou deixe como está.
placements-group-drifted = { $count ->
    [one] Uma cópia foi alterada na plataforma
   *[other] { $count } cópias foram alteradas na plataforma
}
placements-group-drifted-text = Alguém a editou lá. Você pode deixá-la como deve ser.
placements-group-blocked = { $count ->
    [one] Uma cópia espera pelo canal
   *[other] { $count } cópias esperam pelo canal
}
placements-group-blocked-text = Estes canais estão em pausa. O que espera sai quando forem retomados.
placements-paused-by-person = Alguém o pausou.
placements-waiting-count = { $count ->
    [one] Uma cópia espera
   *[other] { $count } cópias esperam
}
placements-mend = Corrigir o canal
placements-see-all = { $count ->
    [one] Ver
   *[other] Ver todas as { $count }
}
placement-no-title = Uma vaga que não existe mais
placement-title = Cópia em { $channel }
placement-now = Como está
placement-history = O que aconteceu
placement-history-none = Nada ainda.
placement-channel = Canal
placement-desired = O que deve haver
placement-desired-present = A vaga
placement-desired-closed = A vaga, marcada como encerrada
placement-desired-absent = Nada
placement-published-at = Publicada
placement-checked-at = Última verificação
placement-drift-altered = Alterada na plataforma
placement-drift-absent = Sumiu da plataforma
placement-text-altered = Alguém a alterou na plataforma, e ela não diz mais o que deveria.
placement-text-absent = Alguém a excluiu na plataforma. Ela não é enviada de novo sozinha.
placement-resend = Enviar de novo
placement-restore = Deixar como deve ser
placement-now-button = Tentar agora
placement-check = Verificar se ainda está lá
placement-adopt = Está lá: alguém publicou à mão
placement-adopt-button = Adotar esta mensagem
attempt-status = resposta { $status }
audit-placement-retry = Enviada de novo à mão
audit-placement-resolve = Alguém olhou e respondeu
audit-placement-retract = Retirada à mão
audit-placement-check = Pediu-se para verificá-la

## Como terminam as tentativas
outcome-started = Em andamento
outcome-interrupted = Interrompida
outcome-published = Publicada
outcome-updated = Atualizada
outcome-unsupported = Lá não é possível
outcome-closed = Marcada como encerrada
outcome-retracted = Retirada
outcome-located = Encontrada
outcome-sent = Foi enviada
outcome-not-sent = Não está lá
outcome-repeatable = Pode ser repetida com segurança
outcome-unknowable = Não é possível perguntar à plataforma
outcome-unverified = Sem confirmação
outcome-uncertain = Sem resposta clara
outcome-unfinished = Feita em parte
outcome-not-installed = Plugin ausente
outcome-not-now = Agora não
outcome-unauthorized = Credencial recusada
outcome-invalid-settings = Configurações recusadas
outcome-rate-limited = A plataforma pede para esperar
outcome-transient = Falhou, será repetida
outcome-rejected = Recusada
outcome-moved = O destino mudou de lugar
outcome-gone = Foi excluída lá
outcome-no-record = Não consta onde está
outcome-elsewhere = Está em outro lugar
outcome-plugin-trapped = O plugin parou de forma inesperada
outcome-plugin-timeout = O plugin demorou demais
outcome-plugin-oversized = A resposta do plugin era grande demais
outcome-plugin-fault = O plugin falhou
outcome-present = Ainda está lá
outcome-altered = Alterada na plataforma
outcome-absent = Sumiu da plataforma

## Um canal
channel-tab-settings = Configurações
channel-tab-template = Mensagem
channel-tab-delivery = O que e quando
channel-tab-history = Histórico
channel-tab-remove = Remover
channel-preview-sample = Com uma vaga inventada, até haver uma:
channel-preview-edit = Editar a mensagem
lane-open-title = A plataforma não responde
lane-open-text = { $count ->
    [one] A última chamada falhou. A próxima tentativa será em { $at }; o que espera sai então.
   *[other] As últimas { $count } chamadas falharam. A próxima tentativa será em { $at }; o que espera sai então.
}
lane-held-title = A plataforma pediu para esperar
lane-held-credential = Nada mais é enviado com esta credencial antes de { $at }.
lane-held-destination = Nada mais é enviado para lá antes de { $at }.
lane-held-server = Nada mais é enviado para esta plataforma antes de { $at }, por nenhum mural desta instalação.
history-by-token = um programa
history-by-command-line = a linha de comando
audit-channel-create = Adicionado
audit-channel-update = Alterado
audit-channel-verify = A plataforma foi consultada e o canal pode publicar lá
audit-channel-delete = Removido
audit-channel-abandon = Removido; as cópias ficaram onde estão
audit-channel-pause = Pausado
audit-channel-resume = Retomado
audit-channel-moved = O destino mudou de lugar e as configurações acompanharam
channel-tab-mail = E-mail
channel-unsubscribed-title = Todos os destinatários se descadastraram
channel-unsubscribed-text = Nada se perde: o que deve ser enviado espera. Quando alguém quiser receber e-mails de novo, reative o envio; ou informe outro endereço nas configurações.
channel-unsubscribed-link = Ver quem se descadastrou
mail-title = Os últimos e-mails
mail-lead = O que aconteceu com cada um. Os encerrados ficam aqui por 90 dias e, de todo modo, enquanto a vaga estiver aberta.
mail-none = Ainda não há nenhum.
mail-no-subject = Sem assunto registrado
mail-erased = Endereço excluído
mail-asking = { $count ->
    [one] Um e-mail não saiu ou não se sabe se saiu
   *[other] { $count } e-mails não saíram ou não se sabe se saíram
}
mail-asking-text = Nada é enviado duas vezes às cegas: diga se deve ser enviado de novo.
mail-asking-link = Ver qual
mail-state-queued = Aguardando
mail-state-sending = A caminho
mail-state-sent = Enviado
mail-state-unknown = Sem confirmação
mail-state-refused = Recusado
mail-state-given_up = Abandonado
mail-state-suppressed = Descadastrado
mail-state-cancelled = Não enviado
mail-state-left = Deixado assim
mail-text-queued = Sai assim que o servidor de e-mail o aceitar.
mail-text-sending = Está sendo entregue ao servidor de e-mail.
mail-text-sent = O servidor de e-mail o aceitou.
mail-text-unknown = A resposta do servidor de e-mail se perdeu: pode ter sido enviado. Olhe no arquivo da lista.
mail-text-refused = O servidor de e-mail não o aceita.
mail-text-given_up = Não foi possível contatar o servidor de e-mail por dias, ou ele sempre disse “mais tarde”.
mail-text-suppressed = Quem o receberia se descadastrou.
mail-text-cancelled = Antes do envio, o endereço saiu das configurações.
mail-text-left = Alguém da equipe decidiu não enviá-lo de novo.
mail-send-again = Enviar de novo
mail-leave = Deixar assim
done-mail-sent-again = Sai em no máximo meio minuto.
done-mail-left = Fica assim: não será enviado de novo.
done-mail-lifted = Envio reativado. Os e-mails voltam a ir para lá.
done-mail-suppressed = Anotado. Nenhum e-mail vai mais para lá.
suppressions-title = Quem se descadastrou
suppressions-lead = Não recebem nenhum deste canal, digam o que disserem as configurações.
suppressions-none = Ninguém se descadastrou.
suppressions-unknown = Um endereço excluído, ou que não está mais nas configurações
suppressions-origin-one-click = Com o botão do seu programa de e-mail
suppressions-origin-page = Na página do link de um e-mail
suppressions-origin-admin = Anotado aqui à mão
suppressions-lift = Reativar o envio
suppressions-lift-help = Só se a pessoa quiser receber os e-mails de novo. Um canal em pausa porque não restava ninguém volta a funcionar na hora.
suppressions-address = Alguém pediu a você?
suppressions-address-help = O endereço da pessoa. Ela não receberá mais e-mails deste canal.
suppressions-add = Descadastrar
audit-channel-suppress = Um descadastro foi anotado
audit-channel-lift = O envio a alguém foi reativado
audit-channel-send_mail_again = Um e-mail foi enviado de novo
audit-channel-leave_mail = Um e-mail foi deixado assim
done-channel-removed = O canal foi removido.
done-channel-abandoned = O canal foi removido. As cópias ficam onde estão.
done-checking = A plataforma está sendo consultada. Recarregue a página em instantes.
done-template-saved = Salvo. Vale a partir da próxima publicação ou edição.
done-template-default = O canal voltou a usar o modelo do plugin.
done-delivery-saved = Salvo. Vale para as vagas publicadas a partir de agora.
remove-title = Remover este canal
remove-text = Não há cópias. As configurações, os segredos e o modelo do canal são excluídos. Não dá para desfazer.
remove-delete = Remover o canal
remove-copies = { $count ->
    [one] Ainda há uma cópia
   *[other] Ainda há { $count } cópias
}
remove-copies-text = Para retirá-las antes, encerre as vagas ou retire cada cópia.
remove-see-copies = Ver as cópias
remove-abandon-text = Ou abandone-as: ficam na plataforma como estão agora. As edições não chegam mais a elas e as vagas preenchidas não são mais marcadas lá. Não dá para desfazer.
remove-understood = { $count ->
    [one] Entendo que uma cópia fica e não segue mais nenhuma vaga
   *[other] Entendo que { $count } cópias ficam e não seguem mais nenhuma vaga
}
remove-abandon = { $count ->
    [one] Remover o canal e abandonar uma cópia
   *[other] Remover o canal e abandonar { $count } cópias
}
remove-keep = Manter

## A mensagem de um canal
template-lead = O que uma cópia diz neste canal. A prévia é exatamente o que será enviado.
template-label = Modelo
template-none = Este plugin escreve suas mensagens sozinho: não há modelo para editar.
template-unsaved = Ainda não salvo.
template-is-own = Este é o modelo próprio do canal. Vale a partir da próxima publicação ou edição.
template-is-default = Este é o modelo do plugin. Edite e salve para deixar a mensagem do seu jeito.
template-save = Salvar o modelo
template-preview = Prévia
template-use-default = Voltar ao modelo do plugin
template-default = O modelo do plugin
template-default-help = Recomeçar não salva nada.
template-start-default = Recomeçar a partir dele
template-variables = Que variáveis um modelo pode usar
template-preview-title = O que ele vai mostrar
template-preview-with = Com
template-preview-sample = Uma vaga inventada
preview-line = Linha { $line }:
mail-subject = Assunto
mail-to = Para
mail-text = Como texto simples
sample-title = Pessoa engenheira de backend (Rust)
sample-organization = Cooperativa Exemplo
sample-summary = Cuidamos de um serviço que planeja doze mil rotas toda noite.
sample-description =
    Cuidamos de um **serviço** que planeja doze mil rotas toda noite.

    - Medir antes de otimizar
    - Revisar código com calma

    Veja [como trabalhamos](https://example.org/how).
sample-place = Sevilha, Andaluzia, ES
sample-pay = € 42.000–52.000/ano

## O que um canal recebe, e quando
delivery-lead = Se nada for preenchido aqui, cada vaga aprovada é publicada na hora.
delivery-rules = Quais vagas
delivery-schedule = Quando
delivery-checks = Verificação das cópias
delivery-zone = Os horários são do fuso horário do mural, { $zone }. Só as cópias novas esperam: edições e retiradas são enviadas na hora.
delivery-save = Salvar
delivery-waiting = { $count ->
    [one] Uma cópia espera sua hora.
   *[other] { $count } cópias esperam sua hora.
}
delivery-kept = Estas regras foram definidas por um programa e ficam como estão:
delivery-any-of = { $field }: um de { $values }
delivery-none-of = { $field }: nenhum de { $values }
delivery-field-tags = Só com uma destas tags
delivery-field-tags-help = Separadas por vírgulas: rust, backend
delivery-field-not-tags = Nunca com uma destas tags
delivery-field-country = Só nestes países
delivery-field-at = Todas do dia juntas, às
delivery-field-at-help = Vazio: cada uma assim que for aprovada.
delivery-field-from = Não antes das
delivery-field-to = Não depois das
delivery-field-days = Só nestes dias
delivery-field-per-day = Máximo por dia
delivery-field-per-day-help = O que passar disso espera o dia seguinte.
delivery-field-check-every-hours = Horas entre verificações de cada cópia
delivery-field-check-every-hours-help = Verifica se ela ainda está lá e como deve. Vazio: nunca.
delivery-not-time = Escreva um horário como 09:30.
delivery-to-early = Deve ser depois da hora de início.
weekday-monday = segunda-feira
weekday-tuesday = terça-feira
weekday-wednesday = quarta-feira
weekday-thursday = quinta-feira
weekday-friday = sexta-feira
weekday-saturday = sábado
weekday-sunday = domingo

## Plugins da instância
nav-plugins = Plugins
plugins-title = Plugins
plugins-lead = Onde este servidor pode publicar, e o que cada plugin pode fazer.
plugins-problems = Plugins que não podem ser usados
plugins-problem-title = { $source } não pode ser usado
plugins-fault-unreadable = O arquivo não pode ser lido ou não está mais lá.
plugins-fault-no-plugin = Não é um plugin do Tablón, ou o arquivo está danificado.
plugins-fault-manifest = O manifesto dele não está correto. O autor precisa corrigi-lo.
plugins-fault-compile = Não é possível compilá-lo.
plugins-fault-contract = Ele não foi feito para esta versão do Tablón.
plugins-fault-description = Ele falha quando se pergunta o que sabe fazer.
plugins-fault-same-id = No lugar dele é usado outro arquivo com o mesmo id.
plugins-fault-unavailable = Não foi possível acessar o banco de dados dos plugins instalados. Será tentado de novo.
plugins-source-bundled = Parte do Tablón
plugins-source-installed = Instalado
plugins-source-file = De uma pasta
plugins-disabled = Desativado
plugins-id = Nome nos canais
plugins-channels = Canais que o usam
plugins-grants = O que ele pede
plugins-grants-none = Nada.
plugins-grant-host = Requisições a
plugins-grant-send = Envio do segredo
plugins-grant-to = para
plugins-grant-sign = Assinatura com o segredo
plugins-grant-smtp = Servidor de e-mail do segredo
plugins-grant-mail = E-mail para
plugins-granted = Concedido
plugins-refused = Negado
plugins-contract = Contrato
plugins-license = Licença
plugins-homepage = Site
plugins-file = Arquivo

## E-mails a quem publica e à equipe

notice-why-poster = Você recebe este e-mail porque uma vaga em { $board } tem este endereço como contato. Se não foi você quem a enviou, não precisa fazer nada.
notice-why-staff = Você recebe este e-mail porque faz parte da equipe de { $board }.
notice-settings = Escolher sobre o que ser avisado
notice-on-board = No mural
notice-link-private = Guarde o link privado abaixo. Com ele você pode editar ou encerrar a vaga sem ter conta. Quem tiver o link pode fazer o mesmo.
notice-digest-subject = { $count ->
    [one] { $board }: uma novidade desde o último e-mail
   *[other] { $board }: { $count } novidades desde o último e-mail
}

notice-job-received-subject = Recebida: { $title }
notice-job-received-text = A vaga “{ $title }” chegou a { $board }. Alguém da equipe vai ler antes de publicar.
notice-job-received-action = Abrir sua vaga
notice-job-changes-requested-subject = Sua vaga precisa de alterações: { $title }
notice-job-changes-requested-text = { $board } pede alterações antes de publicar “{ $title }”:
notice-job-changes-requested-action = Editar a vaga
notice-job-rejected-subject = Não publicada: { $title }
notice-job-rejected-text = { $board } não publica a vaga “{ $title }”. O motivo:
notice-job-rejected-action = Abrir sua vaga
notice-job-published-subject = Publicada: { $title }
notice-job-published-text = A vaga “{ $title }” está publicada aqui:
notice-job-published-action = Editar ou encerrar a vaga
notice-job-edit-accepted-subject = Sua edição foi publicada: { $title }
notice-job-edit-accepted-text = Sua edição de “{ $title }” foi publicada, no mural e nos canais.
notice-job-edit-accepted-action = Abrir sua vaga
notice-job-edit-discarded-subject = Sua edição não foi aceita: { $title }
notice-job-edit-discarded-text = Sua edição de “{ $title }” não foi aceita; a vaga continua como estava. O motivo:
notice-job-edit-discarded-action = Abrir sua vaga
notice-job-expiring-subject = Sua vaga termina em breve: { $title }
notice-job-expiring-text = “{ $title }” fica no mural até { $day }. Se ela continua aberta, você pode renová-la; se não, marque como preenchida.
notice-job-expiring-action = Renovar ou encerrar a vaga
notice-job-ended-subject = Não está mais no mural: { $title }
notice-job-ended-text = A vaga “{ $title }” não está mais no mural.
notice-job-ended-action = Abrir sua vaga

notice-queue-new-subject = Nova vaga: { $title }
notice-queue-new-text = Uma nova vaga aguarda moderação: “{ $title }”.
notice-queue-new-action = Ler a vaga
notice-queue-changed-subject = Vaga editada: { $title }
notice-queue-changed-text = Quem publicou “{ $title }” editou a vaga. A edição aguarda moderação.
notice-queue-changed-action = Ler a edição
notice-channel-paused-subject = Canal em pausa: { $channel }
notice-channel-paused-text = O canal “{ $channel }” está em pausa por causa de um problema. Nada se perde: o que deveria sair lá espera.
notice-channel-paused-action = Abrir o canal
notice-copy-in-doubt-subject = Foi publicada? { $title } em { $channel }
notice-copy-in-doubt-text = A resposta de “{ $channel }” sobre a vaga “{ $title }” se perdeu. Alguém precisa olhar se ela está lá; até então, não é enviada de novo.
notice-copy-in-doubt-action = Responder à pergunta

## Sobre o que a equipe é avisada

nav-notifications = Avisos
notifications-title = Avisos
notifications-lead = Sobre o que { $board } avisa você por e-mail, em { $address }.
notifications-no-server = Esta instalação não tem servidor de e-mail, então ninguém recebe e-mails. Quem cuida do servidor pode configurar um com TABLON_SMTP_URL. Até lá, tudo o que espera está na fila, e quem envia uma vaga precisa guardar o link privado que vê ao enviar.
notifications-legend = Quando
notifications-timing-at_once = Na hora
notifications-timing-daily = Uma vez por dia
notifications-timing-never = Nunca
notifications-kind-queue-new = Uma nova vaga
notifications-kind-queue-changed = Alguém editou a própria vaga
notifications-kind-channel-paused = Um canal ficou em pausa por causa de um problema
notifications-kind-copy-in_doubt = Alguém precisa olhar se uma cópia foi publicada
notifications-daily-help = O e-mail diário sai às 8 horas, se houver algo a contar.
notifications-save = Salvar
done-notifications-saved = Salvo.
notifications-failed-title = E-mails que não chegaram
notifications-failed-lead = Os últimos e-mails deste mural que o servidor de e-mail recusou ou dos quais não se sabe se chegaram.
notifications-failed-none = Não há nenhum.
notifications-kind-job-received = Vaga recebida
notifications-kind-job-changes_requested = Alterações pedidas
notifications-kind-job-rejected = Vaga recusada
notifications-kind-job-published = Vaga publicada
notifications-kind-job-edit_accepted = Edição aceita
notifications-kind-job-edit_discarded = Edição não aceita
notifications-kind-job-expiring = A vaga termina em breve
notifications-kind-job-ended = Vaga encerrada
notice-state-refused = recusado
notice-state-given_up = abandonado
notice-state-unknown = sem confirmação
notice-state-limited = retido
notice-text-refused = O servidor de e-mail não aceita a mensagem.
notice-text-given_up = Não foi possível contatar o servidor de e-mail durante cinco dias.
notice-text-unknown = Foi entregue, mas a resposta se perdeu duas vezes.
notice-text-limited = E-mails demais em pouco tempo para este endereço, sobre esta vaga ou a partir deste mural. Nada foi enviado.
notice-failed-title = Um e-mail a quem publicou a vaga não chegou
notice-failed-text = Fale com { $address } de outra forma, ou corrija o endereço na vaga.

notification-stop-title = Parar de receber estes e-mails
notification-stop-lead = “{ $kind }”: { $board } não vai mais enviar e-mails sobre isso a você. Você pode alterar isso quando quiser em Avisos.
notification-stop-button = Parar de receber
notification-stopped-title = Não haverá mais e-mails sobre isso

## As palavras próprias do mural nos e-mails

nav-mail = E-mails
board-mail-title = E-mails a quem publica
board-mail-lead = O que { $board } escreve a quem envia vagas. Você pode dizer isso com as suas palavras; o motivo, os links e o botão são sempre acrescentados.
board-mail-own = texto próprio
board-mail-standard = texto padrão
board-mail-edit = Editar o texto
board-mail-subject = Assunto
board-mail-subject-help = Vazio: “{ $standard }”
board-mail-text = Texto
board-mail-text-help = Texto simples; uma linha vazia começa outro parágrafo. Vazio: o texto padrão. São substituídos: { $placeholders }.
board-mail-save = Salvar
board-mail-preview = Prévia
board-mail-test = Enviar um e-mail de teste para mim
board-mail-preview-title = Prévia, com uma vaga de exemplo
board-mail-test-sent = O servidor de e-mail aceitou o e-mail de teste para { $address }.
board-mail-test-failed = O e-mail de teste não foi enviado:
done-board-mail-saved = Salvo.
board-mail-sample-title = Desenvolvimento em Rust
board-mail-sample-reason = Informe o salário e a cidade, por favor.
## Configurações do mural, suas regras e seus primeiros passos
nav-settings = Configurações
done-settings-saved = Salvo.
settings-title = Configurações do mural
settings-tab-board = Mural
settings-save = Salvar as configurações
settings-stale-title = Outra pessoa salvou estas configurações nesse meio-tempo
settings-stale-text = Nada foi salvo ainda. O que você digitou continua abaixo. Se salvar de novo, vai substituir o que a outra pessoa definiu:
settings-stale-now = { $label }, agora:
settings-nothing = nada
settings-yes = sim
settings-no = não
settings-address-title = Endereço
settings-address-text = Um domínio próprio é dado ao mural quando ele é criado, na linha de comando (tablon tenant create --host).
settings-address-former = Estes endereços anteriores levam para cá:
settings-slug = Nome curto no endereço
settings-slug-help = /t/<nome curto>/: letras minúsculas, números e hifens. Se você o alterar, o endereço antigo leva ao novo: os links em canais, feeds e e-mails continuam funcionando. Os cinco últimos ficam reservados para você.
settings-group-board = O mural
settings-group-languages = Idiomas e fuso horário
settings-group-offers = Vagas
settings-group-rules = Regras para as vagas
settings-name = Nome
settings-description = Uma frase sobre ele
settings-description-help = Aparece abaixo do nome, nos buscadores e nos feeds. No máximo 300 caracteres.
settings-listed = Mostrar na página inicial desta instalação
settings-listed-help = Um mural não listado funciona como qualquer outro para quem tem o endereço. A página inicial e o mapa do site da instalação o deixam de fora.
settings-locale = Idioma do mural
settings-locale-help = Para os feeds, as cópias nos canais e os visitantes que não pedem nenhum dos idiomas oferecidos.
settings-locales = Idiomas oferecidos aos visitantes
settings-locales-help = O idioma do navegador é usado se estiver entre estes. O do mural sempre está; sem nenhum marcado, valem todos.
settings-time-zone = Fuso horário
settings-time-zone-help = O último dia de uma vaga termina à meia-noite neste fuso.
settings-accent = Cor de destaque
settings-currency = Moeda
settings-currency-help = O campo do salário começa com ela. Quem publica pode escolher outra.
settings-default-days = Dias que uma vaga fica no mural
settings-default-days-help = Se ela não indicar o último dia. Vale para as vagas publicadas ou editadas a partir de agora.
settings-rules-require-pay = Toda vaga precisa informar o salário
settings-rules-require-place = O que toda vaga precisa informar sobre o local
settings-rules-require-place-help = Para trabalho remoto, bastam os países.
settings-place-optional = Nada
settings-place-place = Um local
settings-place-country = Um local e seu país
settings-rules-min-description = Tamanho mínimo da descrição
settings-rules-min-description-help = Em caracteres, como se lê. Vazio: qualquer tamanho.
settings-rules-blocked-words = Palavras que não podem aparecer
settings-rules-blocked-words-help = Uma por linha. Palavras ou frases inteiras; maiúsculas e acentos não importam.
settings-rules-blocked-domains = Domínios que não podem aparecer
settings-rules-blocked-domains-help = Um por linha, como bit.ly. Tudo abaixo dele também é bloqueado.
settings-rules-refuse-agencies = Só empregadores, sem agências
settings-rules-refuse-agencies-help = Quem publica precisa marcar que é o empregador. Ninguém confere isso por você.
settings-rules-consent = O que quem publica precisa aceitar
settings-rules-consent-help = Texto simples. Quem publica concorda a cada vaga, e fica registrado com qual texto. Vazio: nada.
settings-rules-auto-approve-after = Aprovar sem revisão depois de
settings-rules-auto-approve-after-help = Quantas das últimas vagas da pessoa você precisa ter aprovado. A partir daí, as próximas vagas e edições dela são publicadas na hora, só se ela chegou por um link privado enviado por e-mail ao endereço dela. Vazio: você revisa todas.
rule-min-description = Pelo menos { $min } caracteres.
rule-default-days = Se ficar vazio, a vaga fica { $days } dias no mural.
rules-broken-title = A vaga não segue as regras do mural
group-declarations = Antes de enviar
field-is_employer = Nós somos o empregador
field-is_employer-help = Este mural não aceita vagas de agências.
field-consent = Concordo com este texto
declared-is_employer = Quem enviou diz que é o empregador.
declared-consent = Quem enviou concordou com as condições do mural.
error-not-domain = “{ $entry }” não é um domínio. Escreva um por linha, como example.org.
error-pay-demanded = Este mural pede que toda vaga informe o salário.
error-place-demanded = Este mural pede que toda vaga diga onde é: informe um local ou, se for remota, os países.
error-country-demanded = Este mural pede que toda vaga informe um país: escolha-o ao lado do local ou, se for remota, na lista.
error-blocked-words = Este mural não aceita estas palavras: { $words }.
error-blocked-domains = Este mural não aceita links para: { $domains }.
error-agencies-refused = Este mural não aceita vagas de agências. Marque aqui se vocês são o empregador.
error-consent-demanded = Sem a sua concordância a vaga não pode ser enviada. Leia o texto e marque a caixa.
error-page-set-up-before-title = Este link já foi usado
error-page-set-up-before-text = A instalação já tem quem cuide dela e o primeiro mural. Vá à página inicial e entre com sua conta.
first-steps-title = Primeiros passos
first-steps-hide = Não mostrar mais
first-step-done = Feito
first-step-open = A fazer
first-step-describe = Descreva o mural
first-step-describe-text = Uma frase diz aos visitantes e aos buscadores para quem ele é.
first-step-settings = Confira as configurações
first-step-settings-text = Idiomas, moeda, quanto tempo as vagas ficam e quais são as regras.
first-step-channel = Adicione o primeiro canal
first-step-channel-text = As vagas aprovadas também saem lá.
first-step-team = Convide um moderador
first-step-team-text = Assim as vagas não esperam quando você não está.
first-step-offer = Envie uma primeira vaga
first-step-offer-text = Um mural vazio não convence ninguém. Divulgue o link onde as empresas o vejam.
# Contas e equipe
nav-members = Equipe
role-member = Membro
role-moderator = Moderador
role-admin = Administrador
role-owner = Proprietário
role-member-help = Membros fazem parte do mural e não têm permissões nele.
role-moderator-help = Moderadores leem o que é enviado e decidem.
role-admin-help = Administradores configuram o mural e seus canais, e convidam outras pessoas.
role-owner-help = Proprietários podem fazer tudo no mural.
field-new_password = Nova senha
field-code = Código
field-code-help = Os seis dígitos que seu aplicativo autenticador mostra agora, ou um dos seus códigos de recuperação.
field-account_locale = Idioma
field-account_locale-help = Das páginas que só você vê. Sem escolha, elas seguem o seu navegador.
field-role = Papel
field-role-help = Moderadores leem as vagas e decidem. Administradores também configuram o mural. Proprietários podem fazer tudo. Membros não têm permissões.
error-wrong-password = Essa não é a sua senha atual.
error-wrong-code = Esse não é o código deste momento, ou já foi usado. Espere o próximo.
error-page-helpers = Neste mural, estas pessoas podem ajudar:
login-code-title = Seu código
login-code-help = Perdeu o aplicativo e os códigos de recuperação? Quem cuida deste servidor pode desativar a verificação para você.
login-code-again = Começar de novo
login-code-wrong = Esse código não vale, ou já foi usado. Espere o próximo e tente de novo.
login-code-late = Demorou demais. Comece de novo com a sua senha.
forgot-title = Esqueceu a senha?
forgot-text = Digite seu e-mail e enviaremos um link para você criar outra.
forgot-button = Enviar
forgot-sent = Se este e-mail tiver uma conta, uma mensagem com um link está a caminho. Ele vale por uma hora.
forgot-no-mail = Este servidor não envia e-mails para as contas. Peça a quem cuida dele um link para criar uma nova senha; um proprietário do seu mural sabe quem é.
reset-title = Crie uma nova senha
reset-button = Salvar a senha
reset-help = Todas as suas sessões serão encerradas e você entrará com a nova senha.
reset-over-title = Este link não vale mais
reset-over-text = Um link para trocar a senha vale uma única vez e por uma hora. Peça outro.
join-title = Convite para { $board }
join-lead = { $name } convida você para { $board }. Seu papel seria:
join-lead-nobody = Você foi convidado para { $board }. Seu papel seria:
join-bound = Este convite é só para { $email }.
join-as = Você entrou como { $user }.
join-button = Participar
join-wrong-account = Você entrou como { $user } e o convite é para outro e-mail. Saia e abra o link de novo.
join-have-account = Você já tem uma conta aqui
join-new-account = Você ainda não tem conta aqui
join-create = Criar a conta e participar
join-choose = Escolha como quer participar.
join-other-address = Este convite é para outro e-mail. Entre com essa conta.
join-not-made = Não foi possível criar uma conta com esses dados. Se você já tem uma aqui, entre com ela; se não, tente outro e-mail.
join-over-title = Este convite não vale mais
join-over-used = Alguém entrou em { $board } com ele. Foi você? Então entre com sua conta.
join-over-revoked = Ele foi cancelado.
join-over-expired = Ele valia por uma semana, que já passou.
join-over-text = Peça outro a quem o enviou.
account-title = Minha conta
account-unconfirmed = Ainda não foi confirmado que este e-mail é seu. Se ele recebeu um papel, o papel passa a valer depois da confirmação.
account-boards = Seus murais
account-operator = Você cuida deste servidor e pode fazer tudo em todos os murais.
account-all-boards = Ver os murais
account-no-boards = Você não faz parte de nenhum mural.
account-leave = Sair do mural
account-profile = Sobre você
account-save = Salvar
account-password = Senha
account-password-text = Uma nova senha encerra suas sessões em todos os outros navegadores.
account-present-password = Senha atual
account-password-button = Trocar a senha
totp-title = Verificação em duas etapas
totp-lead = Um aplicativo no celular gera um código que é pedido junto com a senha: quem só sabe a senha não entra.
totp-is-on = Ao entrar, é pedido um código do seu aplicativo autenticador.
totp-codes-left = { $count ->
    [0] Você não tem mais códigos de recuperação: desative a verificação e ative de novo para receber outros.
    [one] Você ainda tem um código de recuperação.
   *[other] Você ainda tem { $count } códigos de recuperação.
}
totp-set-up = Ativar a verificação
totp-set-up-lead = Leia esta imagem com um aplicativo autenticador e digite o código que ele mostra.
totp-picture = QR code para o aplicativo autenticador
totp-key = Ou digite esta chave no aplicativo:
totp-switch-on = Ativar a verificação
totp-switch-off = Desativar a verificação
totp-cancel = Deixar como está
totp-late = Demorou demais. Leia a nova imagem com o aplicativo e tente de novo.
totp-off-title = Desativar a verificação em duas etapas
totp-off-lead = A partir daí, só a sua senha basta para entrar.
recovery-title = Seus códigos de recuperação
recovery-lead = A partir de agora, um código é pedido ao entrar. Se você perder o aplicativo, cada um destes deixa você entrar uma vez.
recovery-warning = Eles só aparecem agora. Imprima-os ou guarde-os onde você guarda suas senhas.
recovery-kept = Já guardei
sessions-title = Sessões abertas
sessions-unknown = Navegador desconhecido
sessions-this = este navegador
sessions-used = Último uso:
sessions-since = aberta
sessions-end = Encerrar a sessão
sessions-end-others = Encerrar todas as outras
team-lead = Quem trabalha neste mural, e com que papel.
team-you = você
team-unconfirmed = e-mail não confirmado
team-role-of = Papel de { $name }
team-change = Alterar
team-remove = Remover
team-last-owner = Um mural precisa de pelo menos um proprietário. Nomeie outra pessoa antes.
team-waiting = Papéis dados a um e-mail
team-waiting-text = A pessoa recebe o papel quando entra aqui e o e-mail dela está confirmado.
team-take-back = Retirar
team-invitations = Convites
team-invitations-text = Um link vale uma única vez e por uma semana. Você mesmo o envia à pessoa; se for para um endereço e este servidor enviar e-mails, ele também chega por e-mail.
team-invited-by = Convite de { $name }
team-until = vale até
team-revoke = Cancelar
team-invite = Criar um link
team-email-help = Então só uma conta com este e-mail pode aceitar. Vazio: quem tiver o link.
team-link-title = O link está pronto
team-link-text = Copie agora: ele não aparece de novo.
done-account-saved = Salvo.
done-password-changed = Sua senha foi trocada e as outras sessões foram encerradas.
done-password-reset = Sua senha foi salva. Entre com ela.
done-sessions-ended = Pronto. Esse navegador terá de entrar de novo.
done-left = Você saiu do mural.
done-joined = Agora você faz parte.
done-totp-off = Nenhum código é mais pedido ao entrar.
done-member-changed = O papel foi alterado.
done-member-removed = Essa pessoa não faz mais parte da equipe.
done-invitation-revoked = Cancelado. O link não vale mais.
plugins-none-operator = Instale um abaixo.
plugins-cli = Tudo isso também pode ser feito na linha de comando do servidor:

## Configuração de canais e plugins
field-channel_public_name = Nome para quem publica
field-channel_public_name-help = O nome com que quem publica uma vaga vê este canal. Se ficar vazio: o nome dele na plataforma ou o nome acima.
error-secret-rebound = Digite de novo: com estas configurações ele iria para outro endereço.
error-plugin-not-ready = Este plugin ainda não está pronto. Tente de novo em um minuto.
error-plugin-gone = O plugin { $plugin } não está mais instalado.
form-secret-share = { $count ->
    [one] Usar o novo também em { $channels }, que hoje tem o mesmo
   *[other] Usar o novo também nestes { $count } canais, que hoje têm o mesmo: { $channels }
}
channel-problem-settings = A plataforma não aceita uma das configurações.
channel-problem-credential = A plataforma não aceita a credencial.
channel-problem-no_answer = A plataforma não respondeu em 10 segundos.
channel-problem-platform = Não foi possível consultar a plataforma.
channel-problem-plugin = O plugin falhou.
channel-problem-busy = A plataforma pediu para esperar.
channel-problem-not_granted = Quem cuida deste servidor não concedeu ao plugin o que este canal precisa.
channel-problem-secrets = Os segredos do canal não podem mais ser lidos: foram salvos com outra chave deste servidor. Digite-os de novo.
channel-problem-mail_server = Não é possível usar o servidor de e-mail.
channel-problem-unsubscribed = Todos os destinatários se descadastraram, por isso nada é enviado.
channel-problem-mend = Nada se perde: o que deveria sair espera. Corrija nas configurações e salve: a conexão será testada e, se funcionar, o canal será retomado.
channel-warnings-title = Funciona, mas com ressalvas
channel-test-title = Faça um teste
channel-test-button = Enviar uma mensagem de teste
channel-test-help = Ela é publicada por um momento e retirada em seguida. Não é cópia de nenhuma vaga.
channel-test-see = Ver lá
channel-test-removed-title = A mensagem de teste foi publicada e retirada
channel-test-removed-text = O canal funciona.
channel-test-marked-title = A mensagem de teste foi publicada e ficou riscada
channel-test-marked-text = O canal funciona. Esta plataforma não nos deixa excluir mensagens: retire esta à mão.
channel-test-left-title = A mensagem de teste foi publicada, mas não pôde ser retirada
channel-test-left-text = Retire-a à mão.
channel-test-refused-title = A mensagem de teste não foi publicada
channel-test-refused-text = Corrija as configurações e tente de novo.
channel-test-unknown-title = Não se sabe se a mensagem de teste foi publicada
channel-test-unknown-text = Veja lá e, se estiver, retire-a.
channel-test-held-title = Nenhuma mensagem de teste foi enviada
channel-test-held-text = A plataforma pediu para esperar ou falhou vezes demais. Tente mais tarde.
channel-test-posting-title = Mensagem de teste
channel-test-posting-text = Isto é só um teste. Vai sumir em um momento.
done-channel-created-paused = Tudo foi salvo, mas a conexão ainda não funciona.
done-channel-saved-paused = Salvo, mas a conexão não funciona.
audit-channel-test = Uma mensagem de teste foi enviada
plugins-install = Instalar um plugin
plugins-install-text = Envie um plugin, ou outra versão de um que já está aqui. Você verá o que ele pede, e nada é concedido antes que você concorde.
plugins-upload-file = O arquivo do plugin
plugins-upload-help = Um arquivo .wasm de no máximo { $mb } MB, como o autor o publica.
plugins-upload = Enviar e revisar
plugins-upload-problem = { $file } não pode ser usado
plugins-upload-none = Escolha um arquivo primeiro.
plugins-review-title = Instalar { $plugin } { $version }?
plugins-review-replaces = Ele fica no lugar da versão { $version }.
plugins-review-replaces-bundled = Ele fica no lugar do plugin que faz parte do Tablón, com os canais dele e os segredos desses canais.
plugins-review-channels = { $count ->
    [0] Nenhum canal o usa.
    [one] Um canal o usa.
   *[other] { $count } canais o usam.
}
plugins-review-asks = Ele poderia
plugins-review-new = Novo
plugins-review-help = O que não estiver marcado não é concedido. Um destino que começa com “setting:” ou “secret:” é o que os administradores de um mural digitarem.
plugins-review-nothing = Ele não pede nada: não consegue falar com ninguém.
plugins-review-button = Conceder o que está marcado e instalar
plugins-review-discard = Não instalar
plugins-disable = Desativar
plugins-enable = Ativar
plugins-rollback = Voltar à versão { $version }
plugins-rollback-text = Ele não terá mais permissões do que a versão em uso agora.
plugins-rollback-lost = Antes ele também tinha isto:
plugins-rollback-again = Conceder isso de novo
plugins-rollback-button = Voltar à { $version }
plugins-remove = Remover
plugins-remove-text = Os canais dele ficam, com o que publicaram, e esperam.
plugins-remove-understood = { $count ->
    [one] Um canal o usa; o que ele publicou não será mais mantido em dia
   *[other] { $count } canais o usam; o que publicaram não será mais mantido em dia
}
done-plugin-installed = O plugin está instalado e em uso.
done-plugin-discarded = O arquivo foi descartado. Nada foi instalado.
done-plugin-disabled = O plugin está desativado. Os canais dele esperam.
done-plugin-enabled = O plugin está ativado.
done-plugin-rolled-back = A versão anterior está em uso de novo.
done-plugin-removed = O plugin foi removido.

## E-mails sobre contas

notice-why-account = Você recebe este e-mail porque existe uma conta com este endereço.
notice-why-invited = Você recebe este e-mail porque alguém de { $board } digitou seu endereço. Se não quiser participar, não precisa fazer nada.
notice-account-action = Abrir minha conta
notice-account-invitation-subject = Convite para { $board }
notice-account-invitation-text = { $maker } convida você para { $board }. Seu papel: { $role }. O link funciona uma vez e por uma semana.
notice-account-invitation-action = Ver o convite
notice-account-reset-subject = Uma nova senha
notice-account-reset-text = Alguém, provavelmente você, pediu uma nova senha. O link funciona uma vez e por uma hora. Se não foi você, não precisa fazer nada: sua senha continua a mesma.
notice-account-reset-action = Criar uma nova senha
notice-account-password-changed-subject = Sua senha foi trocada
notice-account-password-changed-text = A senha da sua conta foi trocada e todas as sessões foram encerradas. Se não foi você, peça logo uma nova senha ou avise quem cuida deste servidor.
notice-account-totp-on-subject = A verificação em duas etapas está ativada
notice-account-totp-on-text = A partir de agora, entrar na sua conta também exige um código. Se não foi você, avise quem cuida deste servidor.
notice-account-totp-off-subject = A verificação em duas etapas está desativada
notice-account-totp-off-text = Entrar na sua conta não exige mais nenhum código. Se não foi você, troque logo a senha.
notice-account-recovery-code-subject = Um código de recuperação foi usado
notice-account-recovery-code-text = Alguém entrou na sua conta com um dos códigos de recuperação. Se não foi você, troque logo a senha.
notifications-kind-account-invitation = Convite para um mural
notifications-kind-account-reset = Pedido de nova senha
notifications-kind-account-password_changed = Senha alterada
notifications-kind-account-totp_on = Verificação em duas etapas ativada
notifications-kind-account-totp_off = Verificação em duas etapas desativada
notifications-kind-account-recovery_code = Código de recuperação usado

## Outro e-mail para a conta e cadastro de membros

error-same-address = Esse já é o e-mail da sua conta.
field-new_email = Novo e-mail
account-address = E-mail
account-address-text = Enviamos um link para o novo e-mail. Sua conta muda quando você o abre e confirma.
account-address-asked = Enviamos um link para { $email }. Olhe também na caixa de spam. Ele vale até { $until } (UTC).
account-address-prove = Enviar um link para confirmar
account-address-button = Enviar o link
account-address-no-mail = Este servidor não envia e-mails e por isso não pode comprovar endereços. Quem cuida dele pode trocar o seu: tablon user email { $email } NOVO
account-address-many = Você pediu vários links. Tente de novo em { $minutes ->
    [one] um minuto
   *[other] { $minutes } minutos
}.
address-link-title = Confirme seu e-mail
address-link-text = A partir de agora você entrará com { $email } em vez de { $present } e receberá tudo nesse endereço.
address-link-present = Você confirma que { $email } é seu e-mail.
address-link-button = Confirmar o e-mail
address-link-over-title = Este link não vale mais
address-link-over = Cada link vale uma única vez e por um dia, e só o mais novo vale. Peça outro na sua conta.
address-link-other = Outra conta pediu este link. Saia e entre com ela.
address-link-taken = Enquanto isso, outra conta passou a ter esse e-mail. O seu continua sendo { $email }.
done-address-asked = Se esse e-mail puder ser usado, um link está a caminho. Ele vale por um dia.
done-address-changed = Seu e-mail foi trocado. Entre com ele a partir de agora.
done-address-confirmed = Seu e-mail está confirmado.
register-title = Cadastrar-se como membro
register-lead = Torne-se membro de { $board }.
register-text = Digite seu e-mail e enviaremos um link para você escolher um nome e uma senha.
register-sent = Uma mensagem está a caminho desse e-mail. O link dela vale por um dia.
register-no-mail = Este servidor não envia e-mails, então ninguém pode se cadastrar aqui. Com uma conta, você pode participar depois de entrar.
register-member = Você já faz parte de { $board }.
register-unconfirmed = Ainda não foi confirmado que o e-mail da sua conta é seu. Confirme-o antes na sua conta.
register-link-over = Cada link vale uma única vez e por um dia. Peça outro.
register-link-taken = { $email } já tem uma conta. Entre com ela e participe por aqui.
team-given-by = Dado por { $name }
team-many-open = Você tem { $count } convites abertos, e não pode haver mais. Cancele alguns ou espere que sejam aceitos.
team-many-made = Você criou { $count } convites em uma hora. Crie os próximos mais tarde.
settings-registration = Qualquer pessoa pode se cadastrar como membro
settings-registration-help = Quem comprovar o próprio e-mail pode criar uma conta e se tornar membro, sem permissões. As páginas do mural levam ao cadastro.
settings-registration-no-mail = Esta instalação não tem servidor de e-mail, então ninguém pode se cadastrar, seja qual for a escolha aqui. Quem tem uma conta pode participar.
notifications-unconfirmed = Ainda não foi confirmado que este e-mail é seu. Até lá, nada é enviado para ele.
notice-why-typed = Você recebe este e-mail porque alguém digitou este endereço. Se não foi você, não precisa fazer nada.
notice-why-had-account = Você recebe este e-mail porque uma conta tinha este endereço até agora.
notice-account-address-subject = Confirme seu e-mail
notice-account-address-text = Alguém, provavelmente você, quer usar este endereço na própria conta. Entre com a conta e confirme. O link funciona uma vez e por um dia.
notice-account-address-action = Confirmar o e-mail
notice-account-address-taken-subject = Seu e-mail foi digitado para outra conta
notice-account-address-taken-text = Alguém quis usar este endereço em outra conta. Nada mudou: ele pertence à sua conta. Se foi você, entre com ela.
notice-account-address-changed-subject = Sua conta tem outro e-mail
notice-account-address-changed-text = Sua conta agora tem outro e-mail, e nada mais chega a este. Se não foi você, avise logo quem cuida deste servidor.
notice-account-registration-subject = Cadastre-se em { $board }
notice-account-registration-text = Alguém, provavelmente você, quer se tornar membro de { $board } com este endereço. Na página do link, você escolhe um nome e uma senha. O link funciona uma vez e por um dia.
notice-account-registration-action = Tornar-me membro
notice-account-registered-before-subject = Você já tem uma conta
notice-account-registered-before-text = Alguém, provavelmente você, quis se cadastrar em { $board } com este endereço, que já tem uma conta. Entre com ela e participe com um clique. Se não foi você, não precisa fazer nada.
notice-account-registered-before-action = Entrar e participar
notifications-kind-account-address = Confirmação de um e-mail
notifications-kind-account-address_taken = E-mail pedido para outra conta
notifications-kind-account-address_changed = E-mail trocado
notifications-kind-account-registration = Cadastro
notifications-kind-account-registered_before = Cadastro de quem já tem conta
## The board's own mail server

mail-server-title = Servidor de e-mail do mural
mail-server-lead = Os e-mails para quem publica e para a equipe saem por este servidor. Os que tratam de contas, como links para uma nova senha e convites, nunca.
mail-server-otherwise = Sem ele, é usado o servidor de e-mail da instalação.
mail-server-otherwise-none = Sem ele, ninguém recebe e-mails: a instalação não tem servidor de e-mail.
mail-server-instead = Quem administra o mural também pode dar a ele um servidor de e-mail próprio, na página E-mails.
mail-server-now = Servidor
mail-server-sender = Remetente
mail-server-sender-help = De quem são os e-mails: vagas@example.org, ou Vagas Acme <vagas@example.org>. Vazio: o usuário do endereço.
mail-server-url = Endereço com usuário e senha
mail-server-url-help = smtps://usuario:senha@mail.example.org:465, ou smtp://…:587 para STARTTLS. No usuário e na senha, escreva %40 no lugar de @ e %2F no lugar de /. Fica guardado cifrado e não é mostrado de novo.
mail-server-check = Antes de salvar, verificamos se o servidor responde e aceita o usuário e a senha. Isso leva no máximo dez segundos.
mail-server-save = Verificar e salvar
mail-server-remove = Remover o servidor
mail-server-remove-help = Os e-mails que esperam sairão pelo servidor da instalação.
mail-server-remove-help-none = Os e-mails que esperam serão descartados, porque a instalação não tem servidor de e-mail.
mail-server-trouble-title = O servidor de e-mail do mural não funciona
mail-server-trouble-text = { $count ->
    [0] Nenhum e-mail espera por ele. Nada sai por outro servidor.
    [one] Um e-mail espera por ele e será tentado de novo. Nada sai por outro servidor.
   *[other] { $count } e-mails esperam por ele e serão tentados de novo. Nada sai por outro servidor.
}
mail-server-trouble-since = Desde
done-mail-server-saved = O servidor aceitou o login e foi salvo. A partir de agora os e-mails saem por ele.
done-mail-server-removed = O mural não tem mais servidor de e-mail próprio.
error-not-mail-server = Escreva um endereço como smtps://usuario:senha@mail.example.org:465 (“{ $why }”).
error-mail-server-unusable = Este servidor não pode ser usado, por isso nada foi salvo. Digite o endereço de novo. A resposta: { $words }
notice-digest-more = { $count ->
    [one] E mais uma coisa na fila
   *[other] E mais { $count } coisas na fila
}
