## En todas partes
skip-to-content = Ir al contenido
made-with = Hecho con Tablón, el tablón de empleo libre.
staff-entrance = Para moderadores
post-a-job = Publicar una oferta
back-to-list = Todas las ofertas
log-out = Salir
pages = Páginas
page-newest = ← Las más recientes
page-older = Anteriores →
tags = Etiquetas

month-1 = ene
month-2 = feb
month-3 = mar
month-4 = abr
month-5 = may
month-6 = jun
month-7 = jul
month-8 = ago
month-9 = sept
month-10 = oct
month-11 = nov
month-12 = dic

age-now = ahora mismo
age-minutes = { $count ->
    [one] hace un minuto
   *[other] hace { $count } minutos
}
age-hours = { $count ->
    [one] hace una hora
   *[other] hace { $count } horas
}
age-days = { $count ->
    [one] ayer
   *[other] hace { $count } días
}
age-weeks = { $count ->
    [one] hace una semana
   *[other] hace { $count } semanas
}
age-months = { $count ->
    [one] hace un mes
   *[other] hace { $count } meses
}
age-years = { $count ->
    [one] hace un año
   *[other] hace { $count } años
}

## Tablones
boards-title = Tablones
boards-description = Tablones de empleo de comunidades: una persona lee cada oferta antes de que aparezca.
boards-manage = Gestionar
boards-empty-title = Aún no hay tablones
boards-empty-text = Quien lleva este servidor crea el primero con el enlace que se mostró al arrancarlo.
jobs-open = { $count ->
    [0] No hay ofertas abiertas
    [one] Una oferta abierta
   *[other] { $count } ofertas abiertas
}

## La lista de ofertas
listing-description = Ofertas abiertas en { $board }.
listing-found = Lo que coincide con tu búsqueda
listing-none-title = No hay ofertas que coincidan
listing-none-text = Prueba con menos palabras o con otra modalidad.
listing-refused-title = La búsqueda es demasiado larga
listing-refused-text = Acórtala y busca otra vez: todavía no se ha buscado nada.
listing-empty-title = Aún no hay ofertas
listing-empty-text = Publica la primera: son cinco minutos y no hace falta cuenta.
search-label = Buscar ofertas
search-placeholder = Puesto, empresa, tecnología…
search-workplace = Modalidad
search-any-workplace = Cualquier modalidad
search-button = Buscar
search-clear = Ver todas las ofertas
feeds-follow = Sigue estas ofertas:
og-locale = es_ES

## Una oferta
workplace-on-site = Presencial
workplace-hybrid = Híbrido
workplace-hybrid-inline = híbrido
workplace-remote = En remoto
remote-anywhere = desde cualquier lugar
remote-countries = { $count ->
    [one] un país
   *[other] { $count } países
}
remote-from = En remoto:
employment-FULL_TIME = Jornada completa
employment-PART_TIME = Media jornada
employment-CONTRACTOR = Por cuenta propia
employment-TEMPORARY = Temporal
employment-INTERN = Prácticas
employment-VOLUNTEER = Voluntariado
employment-PER_DIEM = Por días
employment-OTHER = Otro
pay-per-HOUR = hora
pay-per-DAY = día
pay-per-WEEK = semana
pay-per-MONTH = mes
pay-per-YEAR = año
fact-workplace = Dónde
fact-pay = Salario
fact-employment = Tipo de trabajo
fact-language = Idioma
fact-valid-through = Inscripción hasta
fact-published = Publicada
fact-apply = Inscribirse en
fact-apply-email = Inscribirse por correo en
fact-contact = Contacto
fact-contact-private = Solo lo ven los moderadores.
apply-at = Inscribirse en { $host }
apply-by-mail = Inscribirse por correo
see-open-jobs = Ver las ofertas abiertas
job-ended-filled = El puesto ya está cubierto
job-ended-expired = Esta oferta ha caducado
job-ended-closed = Esta oferta está cerrada
job-ended-text = La página se conserva como referencia; ya no es posible inscribirse.
job-state-draft = Borrador
job-state-submitted = Pendiente de revisión
job-state-changes_requested = Cambios pedidos
job-state-rejected = Rechazada
job-state-spam = Spam
job-state-approved = Programada
job-state-published = Publicada
job-state-filled = Cubierta
job-state-expired = Caducada
job-state-closed = Cerrada

## Formularios
form-errors-title = { $count ->
    [one] Hay algo que corregir
   *[other] Hay { $count } cosas que corregir
}
form-unsent = Todavía no se ha hecho nada: la página llevaba abierta demasiado tiempo. Lo que escribiste sigue aquí, salvo contraseñas y secretos. Pulsa el botón otra vez. Si vuelve a ocurrir, permite las cookies de este sitio.
form-optional = (opcional)
form-choose = Elegir…
form-choose-countries = Elegir países
form-secret-set = Guardado. Déjalo vacío para conservarlo.
form-secret-forget = Borrar el guardado
form-secret-leftover = Borrar el secreto guardado { $name }, que el plugin ya no usa
form-place = Lugar { $number }
form-city = Ciudad
form-region = Región
form-country = País
form-add-place = Añadir otro lugar
form-pay-min = Desde
form-pay-max = Hasta
form-pay-currency = Moneda
form-pay-period = Por
group-job = El puesto
group-place = Dónde
group-terms = Condiciones
group-apply = Cómo inscribirse
group-contact = Sobre ti
group-own = Más preguntas
field-title = Puesto
field-title-help = Lo que buscaría alguien. Sin mayúsculas ni «urgente».
field-organization-name = Empresa u organización
field-organization-url = Su página web
field-organization-logo_url = Dirección de su logotipo
field-description = Descripción
field-description-help = En qué consiste el trabajo, qué ofrecéis, qué pedís. Puedes usar Markdown: **negrita**, listas con «-», títulos con «##».
field-locations = Lugares
field-locations-help = Ciudad y país. Sin ellos, los buscadores como Google no muestran la oferta.
field-workplace = Modalidad
field-remote_countries = Países desde los que se puede trabajar en remoto
field-remote_countries-help = Sin elegir ninguno, vale cualquiera. Los buscadores como Google solo muestran una oferta en remoto si indica sus países.
markup-gap-countries = Los buscadores como Google no mostrarán esta oferta: es en remoto y no indica ningún país. Elige los países desde los que se puede trabajar.
markup-gap-place = Los buscadores como Google no mostrarán esta oferta: no dice dónde es. Indica la ciudad y su país.
markup-gap-country-of-place = Los buscadores como Google no mostrarán esta oferta: al lugar le falta el país. Elígelo junto a la ciudad.
field-employment_types = Tipo de trabajo
field-salary = Salario
field-salary-help = Bruto. Las ofertas que indican el salario se leen más.
field-tags = Etiquetas
field-tags-help = Hasta diez, separadas por comas: rust, backend, postgres
field-apply_url = Página para inscribirse
field-apply_email = Correo para inscribirse
field-apply_email-help = Indica la página, el correo o ambos. Lo que pongas aquí es público.
field-contact_email = Tu correo
field-contact_email-help = Nunca se publica. Los moderadores te escriben si tienen una pregunta.
field-language = Idioma de la oferta
field-valid_through = Último día para inscribirse
field-email = Correo
field-password = Contraseña
field-password-help = Al menos diez caracteres. Varias palabras seguidas se recuerdan bien.
field-name = Tu nombre
field-board_name = Nombre del tablón
field-board_name-help = Como se conoce a tu comunidad: «Rust Sevilla».
field-board_slug = Su dirección corta
field-board_slug-help = Minúsculas, cifras y guiones; si lo dejas vacío, sale del nombre. Aparece en todos los enlaces: /t/rust-sevilla
field-board_locale = Su idioma
field-board_time_zone = Su zona horaria
field-board_time_zone-help = Por ejemplo Europe/Madrid o America/Sao_Paulo.
field-url = Enlace al mensaje
field-reason = Motivo
field-publish_at = Día y hora
field-channel_name = Nombre
field-channel_name-help = Como lo llama tu equipo. Solo lo ve el equipo.

error-required = Rellena este campo.
error-too-long = Usa como mucho { $max } caracteres.
error-too-deep = Anida citas, listas y énfasis en { $max } niveles como mucho.
error-too-short = Usa al menos { $min } caracteres.
error-not-url = Escribe una dirección web como https://example.org/jobs/1.
error-url-scheme = La dirección tiene que empezar por https:// o http://.
error-not-email = Escribe un correo como nombre@example.org.
error-not-text = Tiene que ser texto.
error-not-list = Tiene que ser una lista.
error-not-object = No se puede leer.
error-not-boolean = Elige sí o no.
error-not-number = Escribe un número.
error-not-amount = Escribe un importe como 42000 o 42000.50.
error-pay-contradicts = Indica aquí el mismo importe, moneda y periodo que en los campos de al lado.
error-not-currency = Escribe las tres letras de la moneda, como EUR.
error-not-date = Escribe una fecha como 2026-12-31.
error-past-date = Ese día ya ha pasado. Elige hoy o uno posterior.
error-past-moment = Ese momento ya ha pasado. Elige uno posterior.
error-not-option = Elige una de estas opciones: { $options }.
error-too-many = Indica { $max } como mucho.
error-too-many-words = Usa como mucho { $max } palabras.
error-unknown-field = Este formulario no tiene ese campo.
error-min-over-max = El importe menor supera al mayor.
error-one-of = Indica al menos una: una página para inscribirse o un correo.
error-not-country = Elige un país de la lista.
error-not-language = Escribe un código de idioma como es o pt-BR.
error-pattern = Algo no cuadra. Compruébalo, por favor.
error-number-range = Escribe un número entre { $min } y { $max }.
error-not-slug = Usa minúsculas y cifras, con guiones solo en medio; 63 caracteres como mucho.
error-taken = Ya está en uso. Elige otro.
error-weak-password = Usa al menos diez caracteres, y no siempre el mismo.
error-control-character = Hay caracteres invisibles. Escríbelo en vez de pegarlo.
error-not-time-zone = Escribe una zona horaria como Europe/Madrid.
error-not-host = Escribe un nombre de servidor como jobs.example.org.
error-not-color = Escribe un color como #0f766e.
error-unknown-placeholder = Hay un nombre entre llaves que no se puede sustituir. Solo valen { $known }.
error-said = { $words }

## Enviar
submit-title = Publicar una oferta
submit-lead = No hace falta cuenta. Un moderador lee cada oferta antes de que salga en el tablón.
submit-send = Enviar a revisión
submit-preview = Vista previa
submit-preview-title = Así se verá
submit-preview-text = Todavía no se ha enviado nada.
submit-go-on-editing = Seguir editando
submit-pot = Deja esto vacío
submit-once-more-title = Envíala una vez más, por favor
submit-once-more-text = Había algo en un campo que las personas no ven; quizá lo puso un navegador que rellena formularios. Lo hemos vaciado, y lo que escribiste sigue abajo.
submitted-title = Gracias, ya la tenemos
submitted-lead = «{ $title }» está pendiente de que la lea un moderador. Cuando se apruebe, saldrá sola en el tablón.
submitted-published = «{ $title }» ya está en el tablón: como tus ofertas anteriores se aprobaron, esta no tiene que esperar.
submitted-see = Verla allí
submitted-link-title = Guarda este enlace privado
submitted-link-text = Con él puedes ver cómo va tu oferta, editarla y retirarla cuando el puesto esté cubierto.
submitted-link-warning = Guárdalo ahora: solo se muestra una vez, y quien lo tenga puede editar tu oferta.
submitted-open = Ver cómo va
submitted-another = Publicar otra oferta

## La página de quien publica
my-title = Tu oferta
my-state-draft = Aún no se ha enviado.
my-state-submitted = Un moderador la leerá pronto.
my-state-changes_requested = Un moderador te pide cambios.
my-state-rejected = No saldrá en el tablón.
my-state-spam = No saldrá en el tablón.
my-state-approved = Saldrá en el tablón a la hora que han elegido los moderadores.
my-state-published = Está en el tablón.
my-state-filled = La has marcado como cubierta. Sus copias también lo dicen.
my-state-filled-by-staff = Los moderadores la han marcado como cubierta. Sus copias también lo dicen.
my-state-expired = Su plazo ha terminado.
my-state-closed = Se ha retirado.
my-reason = Lo que dice el moderador
my-pending = Tus cambios están pendientes de que los lea un moderador. Hasta entonces la oferta sigue como estaba.
my-actions = Lo que puedes hacer
my-edit = Editar la oferta
my-edit-resubmit = Editarla y enviarla de nuevo
my-see-public = Verla en el tablón
my-fill = Marcar como cubierta
my-fill-help = Todos verán que el puesto está cubierto, aquí y en cada canal.
my-reopen = Volver a ponerla en el tablón
my-reopen-help = Si aún le queda tiempo, vuelve al momento, aquí y en cada canal. Si no, antes la lee un moderador.
my-link-help = Un enlace nuevo sustituye a este. Hazlo si otra persona lo tiene. Si anulas el enlace, solo un moderador puede darte otro.
my-changed = Eso ya no se puede hacer, así que no se ha hecho nada. Así está ahora tu oferta.
my-close = Retirarla
my-withdraw = Retirar el envío
my-where = Dónde se ha publicado
my-where-none = Todavía en ningún sitio.
my-keep-link = Tu enlace privado vale hasta 180 días después del final de la oferta. Ábrelo para volver desde otro dispositivo.
my-edit-title = Editar tu oferta
my-edit-live = La oferta sigue como está hasta que un moderador lea los cambios.
my-edit-waiting = Un moderador leerá el nuevo texto.
my-edit-send = Enviar los cambios
my-edit-wait = Son muchas ediciones en poco tiempo. Lo que escribiste está abajo: envíalo otra vez dentro de { $seconds } segundos.
back-to-my = Tu oferta

## Otro último día, y el enlace privado
renew-title = Cambiar el último día
renew-until = Último día en el tablón
renew-help = Una oferta caducada vuelve al tablón al momento, y sus copias también.
renew-button = Renovar
link-title = Enlace privado
link-new = Crear un enlace privado nuevo
link-end = Anular el enlace privado
link-made = El enlace privado nuevo
link-made-text = Solo se muestra una vez, y el anterior ya no vale. Quien lo tenga puede editar la oferta.
link-ended-title = El enlace privado ya no vale
link-ended-text = Con él ya nadie puede editar tu oferta. Si necesitas otro, pídeselo a los moderadores del tablón.

## Errores
error-page-home = Ir a la portada
error-page-queue = Volver a la cola
error-page-job = Volver a la oferta
error-page-not-found-title = Aquí no hay nada
error-page-not-found-text = Puede que la dirección tenga una errata o que lo que había ya no exista.
error-page-forbidden-title = No puedes hacer esto
error-page-forbidden-text = Tu cuenta no tiene el rol necesario. Te lo puede dar un propietario del tablón.
error-page-form-expired-title = Este formulario ha caducado
error-page-form-expired-text = No se ha cambiado nada. Vuelve atrás, recarga la página y envíalo otra vez. Hay que permitir las cookies.
error-page-no-link-title = Abre antes tu enlace privado
error-page-no-link-text = Esta página es de una oferta, y solo se llega a ella por su enlace privado. Abre el enlace que viste al enviar la oferta.
error-page-sent-before-title = Ya tenemos esta oferta
error-page-sent-before-text = Ya se había enviado, así que no se ha guardado por segunda vez. Su enlace privado se mostró en el navegador que la envió.
error-page-bad-request-title = No se puede leer
error-page-bad-request-text = Tu navegador ha enviado algo que no podemos leer. No se ha cambiado nada.
error-page-method-not-allowed-title = Esta dirección funciona de otra manera
error-page-method-not-allowed-text = Vuelve atrás y usa los enlaces y botones de la página.
error-page-conflict-title = Ahora no se puede hacer
error-page-conflict-text = Ha cambiado desde que abriste la página, o ya estaba hecho, así que no se ha hecho nada. Míralo otra vez y decide de nuevo.
error-page-invalid-title = Algo no está bien
error-page-invalid-text = No se ha cambiado nada. Vuelve atrás y corrige lo que aparece debajo.
error-page-too-large-title = Es demasiado
error-page-too-large-text = Lo que has enviado es más grande de lo que aceptamos. Acórtalo y prueba otra vez.
error-page-too-many-title = Demasiados intentos
error-page-too-many-text = Espera un poco y prueba otra vez.
error-page-crowded-title = Hay mucha gente buscando ahora mismo
error-page-crowded-text = Prueba otra vez en unos segundos. Tu búsqueda sigue en la dirección.
error-page-unavailable-title = Volvemos enseguida
error-page-unavailable-text = El tablón no puede acceder a sus datos en este momento. No se ha perdido nada. Prueba dentro de un minuto.
error-page-internal-title = Algo ha fallado por nuestra parte
error-page-internal-text = Ha quedado anotado. Prueba otra vez; si sigue igual, avisa a quien lleva el tablón.
resend-form-expired-title = Envíalo una vez más, por favor
resend-form-expired-text = La página llevaba abierta demasiado tiempo. Si vuelve a ocurrir, permite las cookies de este sitio.
resend-no-link-title = Abre antes tu enlace privado
resend-no-link-text = Este navegador ya no lo recuerda. Abre el enlace privado de tu oferta en otra pestaña y vuelve aquí.
resend-signed-in-title = Has vuelto a entrar
resend-signed-in-text = Puedes seguir donde estabas.
resend-kept = Todavía no se ha hecho nada. Lo que escribiste se conserva mientras esta página siga abierta.
resend-nothing-done = Todavía no se ha hecho nada.
resend-secret = Las contraseñas y los secretos hay que escribirlos otra vez.
resend-button = Enviar ahora
resend-form = Volver al formulario
resend-typed = Lo que escribiste

## Entrar, primer arranque
login-title = Entrar
login-button = Entrar
login-kept = Tu sesión ha terminado. Entra y sigue donde estabas: lo que escribiste se conserva mientras esta página siga abierta.
login-wrong = El correo o la contraseña no son correctos.
login-too-many = Demasiados intentos. Prueba dentro de { $seconds } segundos.
login-elsewhere = Solo se puede entrar desde { $url }. Abre esa dirección y prueba otra vez.
setup-title = Te damos la bienvenida a Tablón
setup-lead = Dos minutos, una sola vez: tu cuenta y tu primer tablón.
setup-button = Crear la cuenta y el tablón
group-account = Tu cuenta
group-board = Tu primer tablón

## El equipo
nav-administration = Administración
nav-menu = Menú
nav-see-board = Ver el tablón
nav-queue = Cola
nav-jobs = Ofertas
nav-placements = Copias
nav-channels = Canales
nav-waiting = en espera:
nav-trouble = requieren atención:
nav-paused = en pausa:
done-submitted = Enviada. Un moderador la leerá pronto.
done-edited = Tus cambios se han guardado.
done-proposed = Enviados. Un moderador leerá los cambios; hasta entonces la oferta sigue como está.
done-my-edited = Guardado. El cambio ya está en el tablón.
done-my-unchanged = No has cambiado nada: la oferta sigue como está.
done-withdrawn = Retirada.
done-approved = Publicada. Las copias están en camino.
done-scheduled = Programada. Saldrá sola en el tablón.
done-rejected = Rechazada. Quien la envió ve tu motivo.
done-changes-requested = Devuelta. Quien la envió ve lo que pides.
done-spam = Marcada como spam.
done-closed = Retirada. También se retiran sus copias.
done-filled = Marcada como cubierta. Sus copias se están actualizando.
done-reopened = De nuevo en el tablón. Sus copias se están actualizando.
done-back-in-queue = De nuevo en la cola, a la espera de una decisión.
done-renewed = Renovada. Sus copias se están actualizando.
done-link-ended = El enlace privado ya no vale.
done-link-over = La oferta terminó hace tanto que su enlace privado ya no vale. Reábrela o renuévala primero.
done-revision-approved = Los cambios están publicados. Las copias se están actualizando.
done-revision-discarded = Los cambios se han descartado. La oferta sigue como estaba.
done-channel-created = El canal está listo. A partir de ahora, lo que se publique llega también ahí.
done-channel-saved = Guardado.
done-channel-paused = En pausa. Las copias esperan hasta que lo reanudes.
done-channel-resumed = Reanudado. Lo que esperaba está en camino.
done-adopted = Anotado. Desde ahora esta copia se mantiene al día.
done-resent = Se está enviando otra vez.
done-retried = Se está intentando otra vez.
done-retracted = Se está retirando.
attention-title = Lo que requiere atención
attention-paused = { $name } está en pausa
attention-paused-text = Sus copias esperan; no se pierde nada.
attention-paused-link = Corregirlo y reanudar
attention-digests = { $count ->
    [one] Un correo de { $name } no salió o no se sabe si salió
   *[other] { $count } correos de { $name } no salieron o no se sabe si salieron
}
attention-digests-text = Nada se envía dos veces a ciegas: di si se envía otra vez.
attention-digests-link = Ver lo que dijo el servidor de correo
attention-unverified = { $count ->
    [one] Una copia puede estar o no estar
   *[other] { $count } copias pueden estar o no estar
}
attention-unverified-text = Nada se envía dos veces a ciegas.
attention-unverified-link = Mirarlo y responder
attention-failed = { $count ->
    [one] Falló una copia
   *[other] Fallaron { $count } copias
}
attention-failed-text = Cada una dice por qué.
attention-failed-link = Ver por qué
attention-drifted = { $count ->
    [one] Una copia ha cambiado en su plataforma
   *[other] { $count } copias han cambiado en su plataforma
}
attention-drifted-text = Alguien la ha editado allí y ya no dice lo que debe.
attention-drifted-link = Ver cuál

queue-title = Esperan tu decisión
queue-new = Nueva
queue-change = Cambios en una oferta publicada
queue-review = Revisar
queue-empty-title = Todo al día
queue-empty-text = No hay nada en espera. Las ofertas nuevas aparecen aquí. Comparte este enlace donde lo vean las empresas:
queue-empty-no-channel = No hay nada en espera. Aprovecha para añadir un canal: las ofertas aprobadas se publicarán también ahí.
jobs-by-state = Ofertas por estado
jobs-all = Todas
jobs-none-title = Aquí no hay ofertas
jobs-none-text = No hay ninguna en este estado.

review-next = { $count ->
    [one] Revisar la siguiente
   *[other] Revisar la siguiente de { $count }
}
review-decide = Decidir
review-actions = Acciones
review-submitted = Enviada
review-publishes = sale en el tablón
review-revision = revisión { $number }
review-see-public = Verla en el tablón
review-edit = Editar
review-publish = { $count ->
    [0] Publicar en el tablón
    [one] Publicar en el tablón y en un canal
   *[other] Publicar en el tablón y en { $count } canales
}
review-publish-help = { $count ->
    [0] Aún no hay canales; solo saldrá en el tablón.
   *[other] Sale al momento, exactamente como muestran las vistas previas.
}
review-publish-scheduled = Sale en el tablón al momento. Los canales con horario la publican a su hora, exactamente como muestran las vistas previas.
review-publish-left-out = Ningún canal la publicará: están en pausa o sus reglas la excluyen. Solo saldrá en el tablón.
review-later = Publicar más tarde
review-later-when = Día y hora
review-later-help = En la zona horaria del tablón, { $zone }.
review-later-button = Programar
review-later-wrong = Elige un día y una hora.
review-publish-now = Publicarla ahora
review-move = Publicar a otra hora
review-move-button = Cambiar la hora
review-last-day-over = Para entonces ya habrá pasado el último día de esta oferta. Cámbialo primero.
review-reopen = Deshacer
review-reopen-help = Si estuvo en el tablón y aún le queda tiempo, vuelve al momento, y sus copias también. Si no, espera en la cola.
review-link-help = Para quien ha perdido su enlace privado o sabe que otra persona lo tiene. El enlace deja de valer solo, 180 días después del final de la oferta.
review-reason = Tu mensaje a quien la envió
review-reason-missing = Escribe un motivo: es lo único que verá quien la envió.
review-stale = Ha cambiado desde que la leíste, así que no se ha hecho nada. Así está ahora: léela y decide de nuevo.
review-decided = Alguien se adelantó, así que no se ha hecho nada. Así está ahora.
review-done-already = Ya habías decidido sobre ella, así que no se ha hecho nada más. Así está ahora.
review-changed = Ha cambiado entretanto, así que no se ha hecho nada. Así está ahora.
review-typed = Lo que habías escrito:
review-reason-given = Lo que se le dijo a quien la envió
review-request-changes = Pedir cambios
review-request-changes-help = Quien la envió lo ve en su página privada, edita la oferta y la vuelve a enviar.
review-request-changes-button = Devolver con esta petición
review-reject = Rechazar
review-reject-help = Quien la envió lo ve en su página privada.
review-reject-button = Rechazar con este motivo
review-discard-revision = Descartar los cambios
review-discard-revision-button = Descartar con este motivo
review-spam = Es spam
review-fill-help = El tablón y cada copia dirán que el puesto está cubierto.
review-close = Retirarla en todas partes
diff-title = Hay cambios en espera
diff-text = La oferta sigue como está hasta que decidas.
diff-before = Ahora
diff-after = Propuesto
diff-nothing = nada
diff-approve = { $count ->
    [0] Aceptar los cambios
    [one] Aceptar los cambios y actualizar una copia
   *[other] Aceptar los cambios y actualizar { $count } copias
}
history-title = Qué ha pasado
audit-job-submit = Enviada por quien la publica
audit-job-propose = Se propusieron cambios
audit-job-approve = Aprobada
audit-job-publish = Publicada
audit-job-reject = Rechazada
audit-job-request_changes = Devuelta para cambios
audit-job-spam = Marcada como spam
audit-job-close = Retirada
audit-job-withdraw = Retirada por quien la publica
audit-job-fill = Marcada como cubierta
audit-job-expire = Caducada
audit-job-reopen = Reabierta
audit-job-renew = Renovada
audit-job-reschedule = Cambiada de hora
audit-job-reissue_link = Se creó un enlace privado nuevo
audit-job-revoke_link = Se anuló el enlace privado
audit-job-edit = Editada
audit-job-approve_revision = Se aceptaron los cambios
audit-job-discard_revision = Se descartaron los cambios
previews-title = Lo que mostrará cada canal
previews-none = Aún no hay canales. Añade uno y las ofertas aprobadas se publicarán también ahí.
previews-left-out = Ningún canal publicará esta oferta: están en pausa o sus reglas la excluyen.
preview-failed = Este canal no puede mostrar la oferta:
preview-length = { $length } de { $limit } { $unit }
preview-length-label = Longitud
unit-utf16 = caracteres (UTF-16)
unit-characters = caracteres
unit-bytes = bytes
preview-source = Tal como se envía
job-edit-title = Editar la oferta
job-edit-live = { $count ->
    [0] Los cambios se publican al guardarlos.
    [one] Los cambios se publican al guardarlos y se actualiza una copia.
   *[other] Los cambios se publican al guardarlos y se actualizan { $count } copias.
}
job-edit-waiting = Aún no está en el tablón.
job-edit-save = Guardar
job-edit-save-live = { $count ->
    [0] Guardar y actualizar el tablón
    [one] Guardar y actualizar el tablón y una copia
   *[other] Guardar y actualizar el tablón y { $count } copias
}
job-edit-stale-title = Otra persona ha editado esta oferta
job-edit-stale-text = Lo que escribiste sigue abajo. Compáralo con la oferta tal como está ahora y, si quieres que valga, guarda otra vez.

placements-lead = Cada copia de una oferta en un canal: lo que debería haber y lo que hay.
placements-by-state = Copias por estado
placements-attention = Requieren atención
placements-all = Todas
placements-none-title = Nadie tiene que hacer nada
placements-none-text = Todas las copias están como deben o en camino.
placement-state-pending = En espera
placement-state-sending = Enviándose
placement-state-published = Publicada
placement-state-unverified = Sin confirmar
placement-state-failed = Fallida
placement-state-blocked = Retenida
placement-state-outdated = Publicada, con el texto anterior
placement-state-closed = Cerrada
placement-state-remains = Se queda allí
placement-state-retracted = Retirada
placement-text-pending = Saldrá en cuanto le toque.
placement-text-sending = Se está enviando ahora mismo.
placement-text-published = La copia está allí y muestra el texto actual.
placement-text-following = La copia está allí y se está actualizando.
placement-text-outdated = La copia está allí con el texto anterior a la edición. Este canal no puede cambiar lo que ya ha publicado.
placement-text-unverified = Aún no se sabe si llegó.
placement-text-unverified-plugin = El plugin falló después de enviar algo. Aún no se sabe si llegó.
placement-text-failed = La plataforma la ha rechazado. Su respuesta:
placement-text-failed-unreachable = No se ha podido llegar a la plataforma durante tanto tiempo que ya no se intenta. La última respuesta:
placement-text-failed-channel = La plataforma ha rechazado los ajustes o la credencial del canal:
placement-text-failed-elsewhere = El canal funciona, pero esta copia está en un sitio al que sus ajustes ya no llevan:
placement-text-failed-plugin-trapped = El plugin se cerró de forma inesperada. Dejó este mensaje:
placement-text-failed-plugin-timeout = El plugin tardó demasiado y se detuvo:
placement-text-failed-plugin-oversized = La respuesta del plugin era demasiado grande:
placement-text-failed-plugin-fault = El plugin cometió un error:
placement-text-failed-other = No se ha podido hacer:
placement-text-blocked = El canal está en pausa. Saldrá cuando se reanude.
placement-text-closed = La copia está allí y dice que la oferta ha terminado.
placement-text-remains = La copia se queda allí como está. Este canal no puede marcarla como terminada ni retirarla.
placement-text-retracted = La copia se ha retirado.
placement-next-try = Próximo intento: { $at }.
placement-open = Abrirla
placement-retry = Intentarlo otra vez
placement-retract = Retirar esta copia
placement-attempts = { $count ->
    [one] Un intento
   *[other] { $count } intentos
}
attempt-took = { $ms } ms
operation-publish = Publicar
operation-update = Actualizar
operation-close = Cerrar
operation-retract = Retirar
operation-locate = Buscar
operation-check = Comprobar
operation-adopt = Adoptar
operation-verify = Verificar
unverified-title = ¿Está allí?
unverified-text = No se sabe si el mensaje para { $channel } llegó. Compruébalo, por favor.
unverified-look = Abrir el canal
unverified-link = Enlace al mensaje
unverified-link-help = Abre el menú del mensaje y copia su enlace.
unverified-yes = Sí, es este
unverified-no = No, no está: enviarlo otra vez

channels-lead = Las ofertas aprobadas se publican en todos estos canales y allí se mantienen al día.
channels-add = Añadir un canal
channels-empty-title = Aún no hay canales
channels-empty-text = El tablón funciona sin ellos. Con un canal, cada oferta aprobada llega también, por ejemplo, a tu grupo de Telegram, y ahí se actualiza y se tacha sola.
channel-state-active = Activo
channel-state-paused = En pausa
channel-new-title = Canal nuevo: { $plugin }
channel-new-lead = Todo esto se puede cambiar después.
channel-new-button = Añadir el canal
channel-verify = Comprobar la conexión
channel-pause = Pausar
channel-resume = Reanudar
channel-save = Guardar los ajustes
channel-settings = Ajustes
channel-preview = Lo que mostrará
channel-preview-of = Con tu oferta más reciente, «{ $title }»:
channel-paused-title = Por qué está en pausa
channel-verified-title = Funciona
channel-verified-text = Conectado como { $account }.
channel-refused-title = La plataforma lo ha rechazado
channel-refused-text = Revisa los ajustes de abajo.
plugins-none-title = No hay plugins instalados
plugins-none-text = Quien lleva este servidor puede instalarlos.

## Dejar de recibir correos
unsubscribe-title = Dejar de recibir estos correos
unsubscribe-lead = { $board } envía sus ofertas de empleo a { $address }.
unsubscribe-person = El botón los detiene. Los correos de las demás personas siguen igual.
unsubscribe-list-warning = Esta dirección es una lista de correo: el botón detiene los correos para todas las personas que la leen, hasta que los administradores del tablón los reanuden.
unsubscribe-list-instead = Si solo tú no quieres recibirlos, date de baja de la lista: sus propios correos dicen cómo.
unsubscribe-button = Detener los correos
unsubscribe-list-button = Detenerlos para toda la lista
unsubscribe-done-title = No habrá más correos
unsubscribe-done-text = { $board } ya no envía sus ofertas de empleo a { $address }. Sus administradores lo verán.
unsubscribe-done-text-gone = { $board } no envía correos a esa dirección.

## Copias, una a una
placements-channel = Canal
placements-every-channel = Todos los canales
placements-show = Mostrar
placements-empty-title = Aquí no hay copias
placements-empty-text = No hay ninguna en este estado en este canal.
placements-group-unverified = { $count ->
    [one] Una copia puede estar allí o no
   *[other] { $count } copias pueden estar allí o no
}
placements-group-unverified-text = Nada se envía dos veces a ciegas. Míralo y responde.
placements-group-failed = { $count ->
    [one] Una copia no se ha podido publicar o mantener al día
   *[other] { $count } copias no se han podido publicar o mantener al día
}
placements-group-failed-text = Cada una dice por qué. Corrígelo e inténtalo otra vez, o déjalo así.
placements-group-drifted = { $count ->
    [one] Una copia ha cambiado en su plataforma
   *[other] { $count } copias han cambiado en su plataforma
}
placements-group-drifted-text = Alguien la ha editado allí. Puedes dejarla como debe ser.
placements-group-blocked = { $count ->
    [one] Una copia espera a su canal
   *[other] { $count } copias esperan a su canal
}
placements-group-blocked-text = Estos canales están en pausa. Lo que espera sale cuando se reanuden.
placements-paused-by-person = Alguien lo ha puesto en pausa.
placements-waiting-count = { $count ->
    [one] Espera una copia
   *[other] Esperan { $count } copias
}
placements-mend = Corregir el canal
placements-see-all = { $count ->
    [one] Verla
   *[other] Ver las { $count }
}
placement-no-title = Una oferta que ya no existe
placement-title = Copia en { $channel }
placement-now = Cómo está
placement-history = Qué ha pasado
placement-history-none = Todavía nada.
placement-channel = Canal
placement-desired = Qué debe haber
placement-desired-present = La oferta
placement-desired-closed = La oferta, marcada como terminada
placement-desired-absent = Nada
placement-published-at = Publicada
placement-checked-at = Última comprobación
placement-drift-altered = Cambiada en la plataforma
placement-drift-absent = Ya no está en la plataforma
placement-text-altered = Alguien la ha cambiado en la plataforma y ya no dice lo que debe.
placement-text-absent = Alguien la ha borrado en la plataforma. No se vuelve a enviar sola.
placement-resend = Enviarla otra vez
placement-restore = Dejarla como debe ser
placement-now-button = Intentarlo ahora
placement-check = Comprobar si sigue allí
placement-adopt = Está allí: alguien la publicó a mano
placement-adopt-button = Adoptar este mensaje
attempt-status = respuesta { $status }
audit-placement-retry = Enviada otra vez a mano
audit-placement-resolve = Alguien lo miró y respondió
audit-placement-retract = Retirada a mano
audit-placement-check = Se pidió comprobarla

## Cómo acaban los intentos
outcome-started = En curso
outcome-interrupted = Interrumpido
outcome-published = Publicada
outcome-updated = Actualizada
outcome-unsupported = Allí no se puede
outcome-closed = Marcada como terminada
outcome-retracted = Retirada
outcome-located = Encontrada
outcome-sent = Se envió
outcome-not-sent = No está allí
outcome-repeatable = Se puede repetir sin riesgo
outcome-unknowable = No se puede preguntar a la plataforma
outcome-unverified = Sin confirmar
outcome-uncertain = Sin respuesta clara
outcome-unfinished = Hecha en parte
outcome-not-installed = Falta el plugin
outcome-not-now = Ahora no
outcome-unauthorized = Credencial rechazada
outcome-invalid-settings = Ajustes rechazados
outcome-rate-limited = La plataforma pide esperar
outcome-transient = Falló, se reintenta
outcome-rejected = Rechazada
outcome-moved = El destino ha cambiado de sitio
outcome-gone = Se borró allí
outcome-no-record = No consta dónde está
outcome-elsewhere = Está en otro sitio
outcome-plugin-trapped = El plugin se cerró de forma inesperada
outcome-plugin-timeout = El plugin tardó demasiado
outcome-plugin-oversized = La respuesta del plugin era demasiado grande
outcome-plugin-fault = El plugin ha fallado
outcome-present = Sigue allí
outcome-altered = Cambiada en la plataforma
outcome-absent = Ya no está en la plataforma

## Un canal
channel-tab-settings = Ajustes
channel-tab-template = Mensaje
channel-tab-delivery = Qué y cuándo
channel-tab-history = Historial
channel-tab-remove = Quitar
channel-preview-sample = Con una oferta inventada, hasta que haya una:
channel-preview-edit = Editar el mensaje
lane-open-title = La plataforma no responde
lane-open-text = { $count ->
    [one] Falló la última llamada. Se probará de nuevo el { $at }; lo que espera saldrá entonces.
   *[other] Fallaron las últimas { $count } llamadas. Se probará de nuevo el { $at }; lo que espera saldrá entonces.
}
lane-held-title = La plataforma pide esperar
lane-held-credential = Con esta credencial no se envía nada más antes del { $at }.
lane-held-destination = No se envía nada más allí antes del { $at }.
lane-held-server = A esta plataforma no se envía nada más antes del { $at }, desde ningún tablón de esta instalación.
history-by-token = un programa
history-by-command-line = la línea de comandos
audit-channel-create = Añadido
audit-channel-update = Cambiado
audit-channel-verify = Se preguntó a la plataforma y puede publicar allí
audit-channel-delete = Quitado
audit-channel-abandon = Quitado; sus copias se quedaron donde están
audit-channel-pause = Puesto en pausa
audit-channel-resume = Reanudado
audit-channel-moved = El destino cambió de sitio y los ajustes lo siguieron
channel-tab-mail = Correo
channel-unsubscribed-title = Todos sus destinatarios se han dado de baja
channel-unsubscribed-text = No se pierde nada: lo que hay que enviar espera. Cuando alguien quiera recibir correos de nuevo, anula su baja; o pon otra dirección en los ajustes.
channel-unsubscribed-link = Ver quién se ha dado de baja
mail-title = Los últimos correos
mail-lead = Qué ha sido de cada uno. Los terminados se conservan 90 días y, en todo caso, mientras su oferta siga abierta.
mail-none = Todavía no hay ninguno.
mail-no-subject = Sin asunto registrado
mail-erased = Dirección borrada
mail-asking = { $count ->
    [one] Un correo no salió o no se sabe si salió
   *[other] { $count } correos no salieron o no se sabe si salieron
}
mail-asking-text = Nada se envía dos veces a ciegas: di si se envía otra vez.
mail-asking-link = Ver cuál
mail-state-queued = En espera
mail-state-sending = En camino
mail-state-sent = Enviado
mail-state-unknown = Sin confirmar
mail-state-refused = Rechazado
mail-state-given_up = Abandonado
mail-state-suppressed = De baja
mail-state-cancelled = No enviado
mail-state-left = Dejado así
mail-text-queued = Saldrá en cuanto el servidor de correo lo acepte.
mail-text-sending = Se está entregando al servidor de correo.
mail-text-sent = El servidor de correo lo ha aceptado.
mail-text-unknown = Se perdió la respuesta del servidor de correo: puede que se haya enviado. Mira en el archivo de la lista.
mail-text-refused = El servidor de correo no lo acepta.
mail-text-given_up = No se ha podido llegar al servidor de correo durante días, o siempre ha dicho «más tarde».
mail-text-suppressed = Su destinatario se ha dado de baja.
mail-text-cancelled = Antes de enviarlo, su dirección se quitó de los ajustes.
mail-text-left = Alguien del equipo decidió no enviarlo otra vez.
mail-send-again = Enviarlo otra vez
mail-leave = Dejarlo así
done-mail-sent-again = Saldrá en medio minuto como mucho.
done-mail-left = Se deja así: no se enviará otra vez.
done-mail-lifted = Baja anulada. Vuelve a recibir correos.
done-mail-suppressed = Baja anotada. Ya no recibe correos.
suppressions-title = Quién se ha dado de baja
suppressions-lead = No reciben nada de este canal, digan lo que digan los ajustes.
suppressions-none = Nadie se ha dado de baja.
suppressions-unknown = Una dirección borrada, o que ya no está en los ajustes
suppressions-origin-one-click = Con el botón de su programa de correo
suppressions-origin-page = En la página del enlace de un correo
suppressions-origin-admin = Anotado aquí a mano
suppressions-lift = Anular la baja
suppressions-lift-help = Solo si la persona quiere volver a recibir los correos. Un canal en pausa porque no quedaba nadie vuelve a funcionar al momento.
suppressions-address = ¿Alguien te lo pidió?
suppressions-address-help = Su dirección. No recibirá más correos de este canal.
suppressions-add = Dar de baja
audit-channel-suppress = Se anotó una baja
audit-channel-lift = Se anuló una baja
audit-channel-send_mail_again = Un correo se envió otra vez
audit-channel-leave_mail = Un correo se dejó así
done-channel-removed = El canal se ha quitado.
done-channel-abandoned = El canal se ha quitado. Sus copias se quedan donde están.
done-checking = Se está preguntando a la plataforma. Recarga la página en un momento.
done-template-saved = Guardada. Se aplica a partir de la próxima publicación o edición.
done-template-default = El canal vuelve a usar la plantilla del plugin.
done-delivery-saved = Guardado. Se aplica a las ofertas que se publiquen a partir de ahora.
remove-title = Quitar este canal
remove-text = No tiene copias. Se borran sus ajustes, sus secretos y su plantilla. No se puede deshacer.
remove-delete = Quitar el canal
remove-copies = { $count ->
    [one] Todavía hay una copia
   *[other] Todavía hay { $count } copias
}
remove-copies-text = Para retirarlas antes, cierra sus ofertas o retira cada copia.
remove-see-copies = Ver las copias
remove-abandon-text = O abandónalas: se quedan en la plataforma como están ahora. Las ediciones ya no les llegarán y las ofertas cubiertas ya no se marcarán allí. No se puede deshacer.
remove-understood = { $count ->
    [one] Entiendo que una copia se queda y ya no sigue a ninguna oferta
   *[other] Entiendo que { $count } copias se quedan y ya no siguen a ninguna oferta
}
remove-abandon = { $count ->
    [one] Quitar el canal y abandonar una copia
   *[other] Quitar el canal y abandonar { $count } copias
}
remove-keep = Dejarlo

## El mensaje de un canal
template-lead = Lo que dice una copia en este canal. La vista previa es exactamente lo que se enviará.
template-label = Plantilla
template-none = Este plugin redacta él mismo sus mensajes: no hay plantilla que editar.
template-unsaved = Sin guardar todavía.
template-is-own = Esta es la plantilla propia del canal. Se aplica a partir de la próxima publicación o edición.
template-is-default = Esta es la plantilla del plugin. Edítala y guárdala para que el mensaje sea tuyo.
template-save = Guardar la plantilla
template-preview = Vista previa
template-use-default = Volver a la plantilla del plugin
template-default = La plantilla del plugin
template-default-help = Empezar de nuevo no guarda nada.
template-start-default = Empezar de nuevo con ella
template-variables = Qué variables puede usar una plantilla
template-preview-title = Lo que mostrará
template-preview-with = Con
template-preview-sample = Una oferta inventada
preview-line = Línea { $line }:
mail-subject = Asunto
mail-to = Para
mail-text = Como texto sin formato
sample-title = Ingeniero/a de backend (Rust)
sample-organization = Cooperativa Ejemplo
sample-summary = Cuidamos un servicio que planifica doce mil rutas cada noche.
sample-description =
    Cuidamos un **servicio** que planifica doce mil rutas cada noche.

    - Medir antes de optimizar
    - Revisar código con calma

    Mira [cómo trabajamos](https://example.org/how).
sample-place = Sevilla, Andalucía, ES
sample-pay = 42.000–52.000 €/año

## Qué recibe un canal, y cuándo
delivery-lead = Si no rellenas nada aquí, cada oferta aprobada se publica al momento.
delivery-rules = Qué ofertas
delivery-schedule = Cuándo
delivery-checks = Comprobación de las copias
delivery-zone = Las horas son de la zona horaria del tablón, { $zone }. Solo esperan las copias nuevas: las ediciones y las retiradas se envían al momento.
delivery-save = Guardar
delivery-waiting = { $count ->
    [one] Una copia espera su momento.
   *[other] { $count } copias esperan su momento.
}
delivery-kept = Estas reglas las puso un programa y se conservan como están:
delivery-any-of = { $field }: uno de { $values }
delivery-none-of = { $field }: ninguno de { $values }
delivery-field-tags = Solo con una de estas etiquetas
delivery-field-tags-help = Separadas por comas: rust, backend
delivery-field-not-tags = Nunca con una de estas etiquetas
delivery-field-country = Solo en estos países
delivery-field-at = Todas las del día juntas, a las
delivery-field-at-help = Vacío: cada una en cuanto se aprueba.
delivery-field-from = No antes de las
delivery-field-to = No después de las
delivery-field-days = Solo estos días
delivery-field-per-day = Máximo al día
delivery-field-per-day-help = Lo que pase de ahí espera al día siguiente.
delivery-field-check-every-hours = Horas entre comprobaciones de cada copia
delivery-field-check-every-hours-help = Se comprueba si sigue allí y como debe. Vacío: nunca.
delivery-not-time = Escribe una hora como 09:30.
delivery-to-early = Tiene que ser posterior a la hora de inicio.
weekday-monday = lunes
weekday-tuesday = martes
weekday-wednesday = miércoles
weekday-thursday = jueves
weekday-friday = viernes
weekday-saturday = sábado
weekday-sunday = domingo

## Plugins de la instancia
nav-plugins = Plugins
plugins-title = Plugins
plugins-lead = Dónde puede publicar este servidor y qué puede hacer cada plugin.
plugins-problems = Plugins que no se pueden usar
plugins-problem-title = { $source } no se puede usar
plugins-fault-unreadable = El archivo no se puede leer o ya no está.
plugins-fault-no-plugin = No es un plugin de Tablón, o el archivo está dañado.
plugins-fault-manifest = Su manifiesto no es correcto. Tiene que corregirlo su autor.
plugins-fault-compile = No se puede compilar.
plugins-fault-contract = No está hecho para esta versión de Tablón.
plugins-fault-description = Falla cuando se le pregunta qué sabe hacer.
plugins-fault-same-id = En su lugar se usa otro archivo con el mismo id.
plugins-fault-unavailable = No se ha podido acceder a la base de datos de los plugins instalados. Se volverá a intentar.
plugins-source-bundled = Parte de Tablón
plugins-source-installed = Instalado
plugins-source-file = De una carpeta
plugins-disabled = Desactivado
plugins-id = Nombre en los canales
plugins-channels = Canales que lo usan
plugins-grants = Qué pide
plugins-grants-none = Nada.
plugins-grant-host = Peticiones a
plugins-grant-send = Envío del secreto
plugins-grant-to = a
plugins-grant-sign = Firma con el secreto
plugins-grant-smtp = Servidor de correo del secreto
plugins-grant-mail = Correo a
plugins-granted = Concedido
plugins-refused = Denegado
plugins-contract = Contrato
plugins-license = Licencia
plugins-homepage = Página web
plugins-file = Archivo

## Correos a quienes publican y al equipo

notice-why-poster = Recibes este correo porque una oferta de { $board } tiene esta dirección de contacto. Si no la enviaste tú, no tienes que hacer nada.
notice-why-staff = Recibes este correo porque formas parte del equipo de { $board }.
notice-settings = Elegir de qué se te avisa
notice-on-board = En el tablón
notice-link-private = Guarda el enlace privado que va debajo. Con él puedes editar o cerrar la oferta sin tener cuenta. Quien lo tenga puede hacer lo mismo.
notice-digest-subject = { $count ->
    [one] { $board }: una novedad desde el último correo
   *[other] { $board }: { $count } novedades desde el último correo
}

notice-job-received-subject = Recibida: { $title }
notice-job-received-text = La oferta «{ $title }» ha llegado a { $board }. Alguien del equipo la leerá antes de publicarla.
notice-job-received-action = Abrir tu oferta
notice-job-changes-requested-subject = Tu oferta necesita cambios: { $title }
notice-job-changes-requested-text = { $board } pide cambios antes de publicar «{ $title }»:
notice-job-changes-requested-action = Editar la oferta
notice-job-rejected-subject = No publicada: { $title }
notice-job-rejected-text = { $board } no publica la oferta «{ $title }». El motivo:
notice-job-rejected-action = Abrir tu oferta
notice-job-published-subject = Publicada: { $title }
notice-job-published-text = La oferta «{ $title }» está publicada aquí:
notice-job-published-action = Editar o cerrar la oferta
notice-job-edit-accepted-subject = Tus cambios están publicados: { $title }
notice-job-edit-accepted-text = Tus cambios en «{ $title }» están publicados, en el tablón y en sus canales.
notice-job-edit-accepted-action = Abrir tu oferta
notice-job-edit-discarded-subject = Tus cambios no se han aceptado: { $title }
notice-job-edit-discarded-text = Tus cambios en «{ $title }» no se han aceptado; la oferta sigue como estaba. El motivo:
notice-job-edit-discarded-action = Abrir tu oferta
notice-job-expiring-subject = Tu oferta termina pronto: { $title }
notice-job-expiring-text = «{ $title }» está en el tablón hasta el { $day }. Si el puesto sigue libre, puedes renovarla; si no, márcala como cubierta.
notice-job-expiring-action = Renovar o cerrar la oferta
notice-job-ended-subject = Ya no está en el tablón: { $title }
notice-job-ended-text = La oferta «{ $title }» ya no está en el tablón.
notice-job-ended-action = Abrir tu oferta

notice-queue-new-subject = Oferta nueva: { $title }
notice-queue-new-text = Una oferta nueva está pendiente de moderación: «{ $title }».
notice-queue-new-action = Leer la oferta
notice-queue-changed-subject = Oferta editada: { $title }
notice-queue-changed-text = Quien publicó «{ $title }» la ha editado. Los cambios están pendientes de moderación.
notice-queue-changed-action = Leer los cambios
notice-channel-paused-subject = Canal en pausa: { $channel }
notice-channel-paused-text = El canal «{ $channel }» está en pausa por un problema. No se pierde nada: lo que hay que publicar allí espera.
notice-channel-paused-action = Abrir el canal
notice-copy-in-doubt-subject = ¿Se publicó? { $title } en { $channel }
notice-copy-in-doubt-text = La respuesta de «{ $channel }» a la oferta «{ $title }» se perdió. Alguien tiene que mirar si está allí; mientras tanto no se envía otra vez.
notice-copy-in-doubt-action = Responder a la pregunta

## De qué se avisa al equipo

nav-notifications = Avisos
notifications-title = Avisos
notifications-lead = De qué te avisa { $board } por correo, en { $address }.
notifications-no-server = Esta instalación no tiene servidor de correo, así que nadie recibe correos. Quien lleva el servidor puede configurarlo con TABLON_SMTP_URL. Mientras tanto, todo lo que espera está en la cola, y quien envía una oferta tiene que guardar el enlace privado que ve al enviarla.
notifications-legend = Cuándo
notifications-timing-at_once = Al momento
notifications-timing-daily = Una vez al día
notifications-timing-never = Nunca
notifications-kind-queue-new = Una oferta nueva
notifications-kind-queue-changed = Alguien editó su oferta
notifications-kind-channel-paused = Un canal quedó en pausa por un problema
notifications-kind-copy-in_doubt = Alguien tiene que mirar si una copia se publicó
notifications-daily-help = El correo diario sale a las 8, si hay algo que contar.
notifications-save = Guardar
done-notifications-saved = Guardado.
notifications-failed-title = Correos que no llegaron
notifications-failed-lead = Los últimos correos de este tablón que el servidor de correo rechazó o de los que no se sabe si llegaron.
notifications-failed-none = No hay ninguno.
notifications-kind-job-received = Oferta recibida
notifications-kind-job-changes_requested = Cambios pedidos
notifications-kind-job-rejected = Oferta rechazada
notifications-kind-job-published = Oferta publicada
notifications-kind-job-edit_accepted = Cambios aceptados
notifications-kind-job-edit_discarded = Cambios no aceptados
notifications-kind-job-expiring = La oferta termina pronto
notifications-kind-job-ended = Oferta terminada
notice-state-refused = rechazado
notice-state-given_up = abandonado
notice-state-unknown = sin confirmar
notice-state-limited = retenido
notice-text-refused = El servidor de correo no lo acepta.
notice-text-given_up = No se pudo contactar con el servidor de correo durante cinco días.
notice-text-unknown = Se entregó, pero la respuesta se perdió dos veces.
notice-text-limited = Demasiados correos en poco tiempo a esta dirección, sobre esta oferta o desde este tablón. No se envió nada.
notice-failed-title = Un correo a quien publicó la oferta no llegó
notice-failed-text = Contacta con { $address } de otra forma, o corrige la dirección en la oferta.

notification-stop-title = No recibir más correos así
notification-stop-lead = «{ $kind }»: { $board } no te enviará más correos sobre esto. Puedes cambiarlo cuando quieras en Avisos.
notification-stop-button = Detener estos correos
notification-stopped-title = No habrá más correos así

## Las palabras propias del tablón en los correos

nav-mail = Correos
board-mail-title = Correos a quienes publican
board-mail-lead = Lo que { $board } escribe a quienes envían ofertas. Puedes decirlo con tus propias palabras; el motivo, los enlaces y el botón se añaden siempre.
board-mail-own = texto propio
board-mail-standard = texto estándar
board-mail-edit = Editar el texto
board-mail-subject = Asunto
board-mail-subject-help = Vacío: «{ $standard }»
board-mail-text = Texto
board-mail-text-help = Texto sin formato; una línea vacía empieza otro párrafo. Vacío: el texto estándar. Se sustituyen: { $placeholders }.
board-mail-save = Guardar
board-mail-preview = Vista previa
board-mail-test = Enviarme un correo de prueba
board-mail-preview-title = Vista previa, con una oferta de ejemplo
board-mail-test-sent = El servidor de correo aceptó el correo de prueba a { $address }.
board-mail-test-failed = El correo de prueba no se envió:
done-board-mail-saved = Guardado.
board-mail-sample-title = Desarrollo en Rust
board-mail-sample-reason = Indica el salario y la ciudad, por favor.
## Ajustes del tablón, sus reglas y sus primeros pasos
nav-settings = Ajustes
done-settings-saved = Guardado.
settings-title = Ajustes del tablón
settings-tab-board = Tablón
settings-save = Guardar los ajustes
settings-stale-title = Otra persona ha guardado estos ajustes entretanto
settings-stale-text = Todavía no se ha guardado nada. Lo que escribiste sigue abajo. Si guardas otra vez, sustituirá lo que puso la otra persona:
settings-stale-now = { $label }, ahora:
settings-nothing = nada
settings-yes = sí
settings-no = no
settings-address-title = Dirección
settings-address-text = Un nombre de servidor propio se le da al tablón al crearlo, en la línea de comandos (tablon tenant create --host).
settings-address-former = Estas direcciones anteriores llevan aquí:
settings-slug = Nombre corto en la dirección
settings-slug-help = /t/<nombre corto>/: letras minúsculas, cifras y guiones. Si lo cambias, la dirección antigua lleva a la nueva: los enlaces de canales, feeds y correos siguen funcionando. Se te reservan las cinco últimas.
settings-group-board = El tablón
settings-group-languages = Idiomas y zona horaria
settings-group-offers = Ofertas
settings-group-rules = Reglas para las ofertas
settings-name = Nombre
settings-description = Una frase sobre él
settings-description-help = Aparece bajo el nombre, en los buscadores y en los feeds. Como mucho 300 caracteres.
settings-listed = Mostrarlo en la portada de esta instalación
settings-listed-help = Un tablón que no se muestra funciona igual para quien tiene su dirección, pero no sale en la portada ni en el mapa del sitio de la instalación.
settings-locale = Idioma del tablón
settings-locale-help = Para los feeds, las copias en los canales y los visitantes que no piden ninguno de los idiomas ofrecidos.
settings-locales = Idiomas que se ofrecen a los visitantes
settings-locales-help = Se usa el idioma del navegador si está entre estos. El del tablón siempre lo está; sin marcar ninguno, valen todos.
settings-time-zone = Zona horaria
settings-time-zone-help = El último día de una oferta termina a medianoche en esta zona.
settings-accent = Color de acento
settings-currency = Moneda
settings-currency-help = El campo del salario empieza con ella. Quien publica puede elegir otra.
settings-default-days = Días que dura una oferta
settings-default-days-help = Si no indica su último día. Se aplica a las ofertas que se publiquen o se editen a partir de ahora.
settings-rules-require-pay = Toda oferta debe indicar el salario
settings-rules-require-place = Qué debe indicar toda oferta sobre el lugar
settings-rules-require-place-help = En las ofertas en remoto bastan los países.
settings-place-optional = Nada
settings-place-place = Un lugar
settings-place-country = Un lugar y su país
settings-rules-min-description = Longitud mínima de la descripción
settings-rules-min-description-help = En caracteres, tal como se lee. Vacío: cualquier longitud.
settings-rules-blocked-words = Palabras que no pueden aparecer
settings-rules-blocked-words-help = Una por línea. Palabras o frases enteras; no importan mayúsculas ni acentos.
settings-rules-blocked-domains = Dominios que no pueden aparecer
settings-rules-blocked-domains-help = Uno por línea, como bit.ly. También se bloquea todo lo que cuelga de él.
settings-rules-refuse-agencies = Solo empresas que contratan, sin agencias
settings-rules-refuse-agencies-help = Quien publica debe marcar que es quien contrata. Nadie lo comprueba por ti.
settings-rules-consent = Lo que debe aceptar quien publica
settings-rules-consent-help = Texto sin formato. Se acepta con cada oferta, y queda constancia de qué texto se aceptó. Vacío: nada.
settings-rules-auto-approve-after = Aprobar sin revisión después de
settings-rules-auto-approve-after-help = Cuántas de sus últimas ofertas debes haber aprobado. A partir de ahí, las siguientes de esa persona y sus cambios se publican en el acto, solo si llegó por un enlace privado enviado por correo a su dirección. Vacío: revisas todas.
rule-min-description = Al menos { $min } caracteres.
rule-default-days = Si lo dejas vacío, la oferta dura { $days } días.
rules-broken-title = La oferta incumple las reglas del tablón
group-declarations = Antes de enviarla
field-is_employer = Somos quienes contratamos
field-is_employer-help = Este tablón no admite ofertas de agencias.
field-consent = Acepto este texto
declared-is_employer = Quien la envió dice que es quien contrata.
declared-consent = Quien la envió aceptó las condiciones del tablón.
error-not-domain = «{ $entry }» no es un dominio. Escribe uno por línea, como example.org.
error-pay-demanded = Este tablón pide que toda oferta indique el salario.
error-place-demanded = Este tablón pide que toda oferta diga dónde es: indica un lugar o, si es en remoto, los países.
error-country-demanded = Este tablón pide que toda oferta indique un país: elígelo junto al lugar o, si es en remoto, en la lista.
error-blocked-words = Este tablón no admite estas palabras: { $words }.
error-blocked-domains = Este tablón no admite enlaces a: { $domains }.
error-agencies-refused = Este tablón no admite ofertas de agencias. Márcalo si sois quienes contratáis.
error-consent-demanded = Sin tu conformidad no se puede enviar la oferta. Lee el texto y marca la casilla.
error-page-set-up-before-title = Este enlace ya se usó
error-page-set-up-before-text = La instalación ya tiene quien la lleve y su primer tablón. Ve a la portada y entra con tu cuenta.
first-steps-title = Primeros pasos
first-steps-hide = No mostrarlos más
first-step-done = Hecho
first-step-open = Por hacer
first-step-describe = Describe el tablón
first-step-describe-text = Una frase les dice a los visitantes y a los buscadores para quién es.
first-step-settings = Repasa los ajustes
first-step-settings-text = Idiomas, moneda, cuánto duran las ofertas y qué reglas deben cumplir.
first-step-channel = Añade el primer canal
first-step-channel-text = Las ofertas aprobadas se publican también ahí.
first-step-team = Invita a un moderador
first-step-team-text = Así las ofertas no esperan cuando no estás.
first-step-offer = Envía una primera oferta
first-step-offer-text = Un tablón vacío no convence a nadie. Comparte el enlace donde lo vean las empresas.
# Cuentas y equipo
nav-members = Equipo
role-member = Miembro
role-moderator = Moderador
role-admin = Administrador
role-owner = Propietario
role-member-help = Los miembros pertenecen al tablón y no tienen permisos en él.
role-moderator-help = Los moderadores leen lo que se envía y deciden.
role-admin-help = Los administradores configuran el tablón y sus canales, e invitan a otras personas.
role-owner-help = Los propietarios pueden hacerlo todo en el tablón.
field-new_password = Contraseña nueva
field-code = Código
field-code-help = Los seis dígitos que muestra ahora tu aplicación de autenticación, o uno de tus códigos de recuperación.
field-account_locale = Idioma
field-account_locale-help = El de las páginas que solo ves tú. Si no eliges ninguno, siguen a tu navegador.
field-role = Rol
field-role-help = Los moderadores leen las ofertas y deciden. Los administradores, además, configuran el tablón. Los propietarios pueden hacerlo todo. Los miembros no tienen permisos.
error-wrong-password = Esa no es tu contraseña actual.
error-wrong-code = Ese no es el código de este momento, o ya se usó. Espera al siguiente.
error-page-helpers = En este tablón pueden ayudarte:
login-code-title = Tu código
login-code-help = ¿Has perdido la aplicación y los códigos de recuperación? Quien lleva este servidor puede desactivar la verificación.
login-code-again = Empezar de nuevo
login-code-wrong = Ese código no vale, o ya se usó. Espera al siguiente y prueba otra vez.
login-code-late = Ha pasado demasiado tiempo. Empieza de nuevo con tu contraseña.
forgot-title = ¿Has olvidado la contraseña?
forgot-text = Escribe tu correo y te enviamos un enlace para elegir otra.
forgot-button = Enviar
forgot-sent = Si este correo tiene una cuenta, le llegará un mensaje con un enlace. Vale durante una hora.
forgot-no-mail = Este servidor no envía correo a las cuentas. Pide a quien lo lleva un enlace para elegir otra contraseña; un propietario de tu tablón sabe quién es.
reset-title = Elige una contraseña nueva
reset-button = Guardar la contraseña
reset-help = Se cerrarán todas tus sesiones y entrarás con la contraseña nueva.
reset-over-title = Este enlace ya no vale
reset-over-text = Un enlace para cambiar la contraseña vale una sola vez y durante una hora. Pide otro.
join-title = Invitación a { $board }
join-lead = { $name } te invita a unirte a { $board }. Tu rol sería:
join-lead-nobody = Te invitan a unirte a { $board }. Tu rol sería:
join-bound = Esta invitación es solo para { $email }.
join-as = Has entrado como { $user }.
join-button = Unirme
join-wrong-account = Has entrado como { $user } y la invitación es para otro correo. Sal y abre el enlace otra vez.
join-have-account = Ya tienes una cuenta aquí
join-new-account = Aún no tienes cuenta
join-create = Crear la cuenta y unirme
join-choose = Elige cómo quieres unirte.
join-other-address = Esta invitación es para otro correo. Entra con esa cuenta.
join-not-made = No se ha podido crear una cuenta con estos datos. Si ya tienes una aquí, entra con ella; si no, prueba con otro correo.
join-over-title = Esta invitación ya no vale
join-over-used = Alguien se ha unido a { $board } con ella. ¿Has sido tú? Entonces entra con tu cuenta.
join-over-revoked = La han anulado.
join-over-expired = Valía una semana y ya ha pasado.
join-over-text = Pide otra a quien te la envió.
account-title = Mi cuenta
account-unconfirmed = Todavía no se ha confirmado que este correo sea tuyo. Si le han dado un rol, lo recibirás cuando se confirme.
account-boards = Tus tablones
account-operator = Llevas este servidor y puedes hacerlo todo en todos los tablones.
account-all-boards = Ver los tablones
account-no-boards = No perteneces a ningún tablón.
account-leave = Dejar el tablón
account-profile = Sobre ti
account-save = Guardar
account-password = Contraseña
account-password-text = Al cambiarla se cierran tus sesiones en los demás navegadores.
account-present-password = Contraseña actual
account-password-button = Cambiar la contraseña
totp-title = Verificación en dos pasos
totp-lead = Una aplicación del móvil genera un código que se pide junto a la contraseña: quien solo sepa la contraseña no entra.
totp-is-on = Al entrar se pide un código de tu aplicación de autenticación.
totp-codes-left = { $count ->
    [0] No te quedan códigos de recuperación: desactiva la verificación y vuelve a activarla para tener otros.
    [one] Te queda un código de recuperación.
   *[other] Te quedan { $count } códigos de recuperación.
}
totp-set-up = Activar la verificación
totp-set-up-lead = Lee esta imagen con una aplicación de autenticación y escribe el código que muestra.
totp-picture = Código QR para la aplicación de autenticación
totp-key = O escribe esta clave en la aplicación:
totp-switch-on = Activar la verificación
totp-switch-off = Desactivar la verificación
totp-cancel = Dejarlo como está
totp-late = Ha pasado demasiado tiempo. Lee la imagen nueva con tu aplicación y prueba otra vez.
totp-off-title = Desactivar la verificación en dos pasos
totp-off-lead = A partir de entonces bastará tu contraseña para entrar.
recovery-title = Tus códigos de recuperación
recovery-lead = A partir de ahora se pide un código al entrar. Si pierdes la aplicación, cada uno de estos te deja entrar una vez.
recovery-warning = Solo se muestran ahora. Imprímelos o guárdalos donde guardas tus contraseñas.
recovery-kept = Los he guardado
sessions-title = Sesiones abiertas
sessions-unknown = Navegador desconocido
sessions-this = este navegador
sessions-used = Último uso:
sessions-since = abierta
sessions-end = Cerrar la sesión
sessions-end-others = Cerrar todas las demás
team-lead = Quién trabaja en este tablón y con qué rol.
team-you = tú
team-unconfirmed = correo sin confirmar
team-role-of = Rol de { $name }
team-change = Cambiar
team-remove = Quitar
team-last-owner = Un tablón necesita al menos un propietario. Nombra antes a otra persona.
team-waiting = Roles dados a un correo
team-waiting-text = La persona recibe el rol cuando entra aquí y su correo está confirmado.
team-take-back = Retirar
team-invitations = Invitaciones
team-invitations-text = Un enlace vale una sola vez y durante una semana. Envíaselo tú a la persona; si es para una dirección y este servidor envía correos, también le llega por correo.
team-invited-by = Invita { $name }
team-until = vale hasta
team-revoke = Anular
team-invite = Crear un enlace
team-email-help = Entonces solo podrá aceptarla una cuenta con este correo. Vacío: quien tenga el enlace.
team-link-title = El enlace está listo
team-link-text = Cópialo ahora: no se vuelve a mostrar.
done-account-saved = Guardado.
done-password-changed = Tu contraseña ha cambiado y se han cerrado las demás sesiones.
done-password-reset = Tu contraseña se ha guardado. Entra con ella.
done-sessions-ended = Hecho. Ese navegador tendrá que entrar otra vez.
done-left = Has dejado el tablón.
done-joined = Te has unido.
done-totp-off = Ya no se pide ningún código al entrar.
done-member-changed = El rol se ha cambiado.
done-member-removed = Esa persona ya no está en el equipo.
done-invitation-revoked = Anulada. El enlace ya no vale.
plugins-none-operator = Instala uno abajo.
plugins-cli = Todo esto también se puede hacer en la línea de comandos del servidor:

## Configuración de canales y plugins
field-channel_public_name = Nombre para quien publica
field-channel_public_name-help = El nombre con el que ven este canal quienes publican ofertas. Si lo dejas vacío: su nombre en la plataforma o el nombre de arriba.
error-secret-rebound = Escríbelo de nuevo: con estos ajustes iría a otra dirección.
error-plugin-not-ready = Este plugin todavía no está listo. Prueba dentro de un minuto.
error-plugin-gone = El plugin { $plugin } ya no está instalado.
form-secret-share = { $count ->
    [one] Usar el nuevo también en { $channels }, que ahora tiene el mismo
   *[other] Usar el nuevo también en estos { $count } canales, que ahora tienen el mismo: { $channels }
}
channel-problem-settings = La plataforma no acepta uno de los ajustes.
channel-problem-credential = La plataforma no acepta la credencial.
channel-problem-no_answer = La plataforma no ha respondido en 10 segundos.
channel-problem-platform = No se ha podido preguntar a la plataforma.
channel-problem-plugin = El plugin ha fallado.
channel-problem-busy = La plataforma ha pedido esperar.
channel-problem-not_granted = Quien lleva este servidor no ha concedido al plugin lo que este canal necesita.
channel-problem-secrets = Los secretos del canal ya no se pueden leer: se guardaron con otra clave de este servidor. Escríbelos de nuevo.
channel-problem-mail_server = No se puede usar el servidor de correo.
channel-problem-unsubscribed = Todos sus destinatarios se han dado de baja, así que no se envía nada.
channel-problem-mend = No se pierde nada: lo que tenía que salir espera. Corrígelo en los ajustes y guarda: se comprobará la conexión y, si funciona, el canal se reanudará.
channel-warnings-title = Funciona, pero con reservas
channel-test-title = Pruébalo
channel-test-button = Enviar un mensaje de prueba
channel-test-help = Se publica un momento y se retira. No es la copia de ninguna oferta.
channel-test-see = Verlo allí
channel-test-removed-title = El mensaje de prueba se publicó y se retiró
channel-test-removed-text = El canal funciona.
channel-test-marked-title = El mensaje de prueba se publicó y quedó tachado
channel-test-marked-text = El canal funciona. Esta plataforma no nos deja borrar mensajes: retira este a mano.
channel-test-left-title = El mensaje de prueba se publicó, pero no se pudo retirar
channel-test-left-text = Retíralo a mano.
channel-test-refused-title = El mensaje de prueba no se publicó
channel-test-refused-text = Corrige los ajustes y prueba otra vez.
channel-test-unknown-title = No se sabe si el mensaje de prueba se publicó
channel-test-unknown-text = Míralo allí y, si está, retíralo.
channel-test-held-title = No se ha enviado ningún mensaje de prueba
channel-test-held-text = La plataforma ha pedido esperar o ha fallado demasiadas veces. Prueba más tarde.
channel-test-posting-title = Mensaje de prueba
channel-test-posting-text = Esto es solo una prueba. Desaparecerá en un momento.
done-channel-created-paused = Todo está guardado, pero la conexión todavía no funciona.
done-channel-saved-paused = Guardado, pero la conexión no funciona.
audit-channel-test = Se envió un mensaje de prueba
plugins-install = Instalar un plugin
plugins-install-text = Sube un plugin, u otra versión de uno que ya está. Verás lo que pide, y no se le concede nada hasta que aceptes.
plugins-upload-file = El archivo del plugin
plugins-upload-help = Un archivo .wasm de { $mb } MB como máximo, tal como lo publica su autor.
plugins-upload = Subir y revisar
plugins-upload-problem = { $file } no se puede usar
plugins-upload-none = Elige antes un archivo.
plugins-review-title = ¿Instalar { $plugin } { $version }?
plugins-review-replaces = Ocupa el lugar de la versión { $version }.
plugins-review-replaces-bundled = Ocupa el lugar del plugin que forma parte de Tablón, con sus canales y los secretos de estos.
plugins-review-channels = { $count ->
    [0] Ningún canal lo usa.
    [one] Un canal lo usa.
   *[other] { $count } canales lo usan.
}
plugins-review-asks = Podría
plugins-review-new = Nuevo
plugins-review-help = Lo que no marques, no se le concede. Un destino que empieza por «setting:» o «secret:» es el que escriban los administradores de un tablón.
plugins-review-nothing = No pide nada: no puede comunicarse con nadie.
plugins-review-button = Conceder lo marcado e instalar
plugins-review-discard = No instalarlo
plugins-disable = Desactivar
plugins-enable = Activar
plugins-rollback = Volver a la versión { $version }
plugins-rollback-text = No tendrá más permisos que la versión que se usa ahora.
plugins-rollback-lost = Antes también tenía esto:
plugins-rollback-again = Concedérselo otra vez
plugins-rollback-button = Volver a { $version }
plugins-remove = Quitar
plugins-remove-text = Sus canales se quedan, con lo que han publicado, y esperan.
plugins-remove-understood = { $count ->
    [one] Un canal lo usa; lo que ha publicado ya no se mantendrá al día
   *[other] { $count } canales lo usan; lo que han publicado ya no se mantendrá al día
}
done-plugin-installed = El plugin está instalado y en uso.
done-plugin-discarded = El archivo se ha descartado. No se ha instalado nada.
done-plugin-disabled = El plugin está desactivado. Sus canales esperan.
done-plugin-enabled = El plugin está activado.
done-plugin-rolled-back = Se usa otra vez la versión anterior.
done-plugin-removed = El plugin se ha quitado.

## Correos sobre cuentas

notice-why-account = Recibes este correo porque hay una cuenta con esta dirección.
notice-why-invited = Recibes este correo porque alguien de { $board } escribió tu dirección. Si no quieres participar, no tienes que hacer nada.
notice-account-action = Abrir mi cuenta
notice-account-invitation-subject = Invitación a { $board }
notice-account-invitation-text = { $maker } te invita a { $board }. Tu rol: { $role }. El enlace sirve una vez y durante una semana.
notice-account-invitation-action = Ver la invitación
notice-account-reset-subject = Una contraseña nueva
notice-account-reset-text = Alguien, seguramente tú, pidió una contraseña nueva. El enlace sirve una vez y durante una hora. Si no fuiste tú, no tienes que hacer nada: tu contraseña sigue igual.
notice-account-reset-action = Elegir una contraseña nueva
notice-account-password-changed-subject = Tu contraseña ha cambiado
notice-account-password-changed-text = La contraseña de tu cuenta ha cambiado y todas las sesiones se han cerrado. Si no fuiste tú, pide enseguida una contraseña nueva o avisa a quien lleva este servidor.
notice-account-totp-on-subject = La verificación en dos pasos está activada
notice-account-totp-on-text = A partir de ahora, para entrar en tu cuenta también se pide un código. Si no fuiste tú, avisa a quien lleva este servidor.
notice-account-totp-off-subject = La verificación en dos pasos está desactivada
notice-account-totp-off-text = Para entrar en tu cuenta ya no se pide ningún código. Si no fuiste tú, cambia enseguida la contraseña.
notice-account-recovery-code-subject = Se ha usado un código de recuperación
notice-account-recovery-code-text = Alguien entró en tu cuenta con uno de sus códigos de recuperación. Si no fuiste tú, cambia enseguida la contraseña.
notifications-kind-account-invitation = Invitación a un tablón
notifications-kind-account-reset = Petición de una contraseña nueva
notifications-kind-account-password_changed = Contraseña cambiada
notifications-kind-account-totp_on = Verificación en dos pasos activada
notifications-kind-account-totp_off = Verificación en dos pasos desactivada
notifications-kind-account-recovery_code = Código de recuperación usado

## Otro correo para la cuenta y registro de miembros

error-same-address = Ese ya es el correo de tu cuenta.
field-new_email = Correo nuevo
account-address = Correo
account-address-text = Enviamos un enlace al correo nuevo. Tu cuenta cambia cuando lo abres y lo confirmas.
account-address-asked = Hemos enviado un enlace a { $email }. Mira también en la carpeta de spam. Vale hasta el { $until } (UTC).
account-address-prove = Envíame un enlace para confirmarlo
account-address-button = Enviar el enlace
account-address-no-mail = Este servidor no envía correos, así que no puede comprobar direcciones. Quien lo lleva puede cambiar la tuya: tablon user email { $email } NUEVO
account-address-many = Has pedido varios enlaces. Vuelve a intentarlo dentro de { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
}.
address-link-title = Confirma tu correo
address-link-text = A partir de ahora entrarás con { $email } en lugar de { $present } y recibirás ahí todos los mensajes.
address-link-present = Confirmas que { $email } es tu correo.
address-link-button = Confirmar el correo
address-link-over-title = Este enlace ya no vale
address-link-over = Cada enlace vale una sola vez y durante un día, y solo vale el último. Pide otro en tu cuenta.
address-link-other = Este enlace lo pidió otra cuenta. Sal y entra con ella.
address-link-taken = Mientras tanto, otra cuenta ha pasado a tener ese correo. El tuyo sigue siendo { $email }.
done-address-asked = Si ese correo se puede usar, le llegará un enlace. Vale durante un día.
done-address-changed = Tu correo ha cambiado. Entra con él a partir de ahora.
done-address-confirmed = Tu correo está confirmado.
register-title = Registrarse como miembro
register-lead = Hazte miembro de { $board }.
register-text = Escribe tu correo y te enviamos un enlace para elegir un nombre y una contraseña.
register-sent = Te hemos enviado un mensaje a ese correo. Su enlace vale durante un día.
register-no-mail = Este servidor no envía correos, así que nadie puede registrarse aquí. Si tienes una cuenta, entra y únete con ella.
register-member = Ya perteneces a { $board }.
register-unconfirmed = Todavía no se ha confirmado que el correo de tu cuenta sea tuyo. Confírmalo antes en tu cuenta.
register-link-over = Cada enlace vale una sola vez y durante un día. Pide otro.
register-link-taken = { $email } ya tiene una cuenta. Entra con ella y únete aquí.
team-given-by = Lo dio { $name }
team-many-open = Tienes { $count } invitaciones abiertas y no puede haber más. Anula alguna o espera a que las acepten.
team-many-made = Has creado { $count } invitaciones en una hora. Crea las demás más tarde.
settings-registration = Cualquiera puede registrarse como miembro
settings-registration-help = Quien demuestre que su correo es suyo puede crear una cuenta y hacerse miembro, sin permisos. Las páginas del tablón enlazan al registro.
settings-registration-no-mail = Esta instalación no tiene servidor de correo, así que nadie puede registrarse, se marque lo que se marque aquí. Quien tenga una cuenta sí puede unirse.
notifications-unconfirmed = Todavía no se ha confirmado que este correo sea tuyo. Hasta entonces no se envía nada ahí.
notice-why-typed = Recibes este correo porque alguien escribió esta dirección. Si no fuiste tú, no tienes que hacer nada.
notice-why-had-account = Recibes este correo porque una cuenta tenía esta dirección hasta ahora.
notice-account-address-subject = Confirma tu correo
notice-account-address-text = Alguien, seguramente tú, quiere usar esta dirección en su cuenta. Entra con la cuenta y confírmalo. El enlace sirve una vez y durante un día.
notice-account-address-action = Confirmar el correo
notice-account-address-taken-subject = Alguien escribió tu correo para otra cuenta
notice-account-address-taken-text = Alguien quiso usar esta dirección para otra cuenta. No ha cambiado nada: la dirección es la de tu cuenta. Si fuiste tú, entra con ella.
notice-account-address-changed-subject = Tu cuenta tiene otro correo
notice-account-address-changed-text = Tu cuenta tiene ahora otro correo y aquí ya no llegarán mensajes. Si no fuiste tú, avisa enseguida a quien lleva este servidor.
notice-account-registration-subject = Regístrate en { $board }
notice-account-registration-text = Alguien, seguramente tú, quiere hacerse miembro de { $board } con esta dirección. En la página del enlace eliges un nombre y una contraseña. El enlace sirve una vez y durante un día.
notice-account-registration-action = Hacerme miembro
notice-account-registered-before-subject = Ya tienes una cuenta
notice-account-registered-before-text = Alguien, seguramente tú, quiso registrarse en { $board } con esta dirección, que ya tiene una cuenta. Entra con ella y únete con un clic. Si no fuiste tú, no tienes que hacer nada.
notice-account-registered-before-action = Entrar y unirme
notifications-kind-account-address = Confirmación de un correo
notifications-kind-account-address_taken = Correo pedido para otra cuenta
notifications-kind-account-address_changed = Correo cambiado
notifications-kind-account-registration = Registro
notifications-kind-account-registered_before = Registro de quien ya tiene cuenta
## The board's own mail server

mail-server-title = Servidor de correo del tablón
mail-server-lead = Los correos a quienes publican y al equipo salen por este servidor. Los que tratan de cuentas, como los enlaces para cambiar la contraseña y las invitaciones, nunca.
mail-server-otherwise = Sin él se usa el servidor de correo de la instalación.
mail-server-otherwise-none = Sin él nadie recibe correos: la instalación no tiene servidor de correo.
mail-server-instead = Quien administra el tablón también puede darle su propio servidor de correo en la página Correos.
mail-server-now = Servidor
mail-server-sender = Remitente
mail-server-sender-help = De quién son los correos: empleo@example.org, o Empleo Acme <empleo@example.org>. Si lo dejas vacío, el usuario de la dirección.
mail-server-url = Dirección con usuario y contraseña
mail-server-url-help = smtps://usuario:contraseña@mail.example.org:465, o smtp://…:587 para STARTTLS. En el usuario y la contraseña escribe %40 en lugar de @ y %2F en lugar de /. Se guarda cifrada y no se vuelve a mostrar.
mail-server-check = Antes de guardarlo se comprueba que el servidor responde y que acepta el usuario y la contraseña. Tarda diez segundos como mucho.
mail-server-save = Comprobar y guardar
mail-server-remove = Quitar el servidor
mail-server-remove-help = Los correos que esperan saldrán por el servidor de la instalación.
mail-server-remove-help-none = Los correos que esperan se descartarán, porque la instalación no tiene servidor de correo.
mail-server-trouble-title = El servidor de correo del tablón no funciona
mail-server-trouble-text = { $count ->
    [0] Ningún correo lo está esperando. Nada sale por otro servidor.
    [one] Un correo lo está esperando y se volverá a intentar. Nada sale por otro servidor.
   *[other] { $count } correos lo están esperando y se volverán a intentar. Nada sale por otro servidor.
}
mail-server-trouble-since = Desde
done-mail-server-saved = El servidor ha aceptado el inicio de sesión y queda guardado. Desde ahora los correos salen por él.
done-mail-server-removed = El tablón ya no tiene servidor de correo propio.
error-not-mail-server = Escribe una dirección como smtps://usuario:contraseña@mail.example.org:465 («{ $why }»).
error-mail-server-unusable = Este servidor no se puede usar, así que no se ha guardado nada. Vuelve a escribir la dirección. La respuesta: { $words }
notice-digest-more = { $count ->
    [one] Y una cosa más en la cola
   *[other] Y { $count } cosas más en la cola
}
