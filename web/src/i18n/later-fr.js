/** What the page says in French once `extras.js` is there: all that the first messages do not need. */
export const fr = Object.freeze({
  'rooms.public': 'Salons publics',
  'room.open': 'Ouvrir ou créer un salon',
  'room.open.example': 'nom-du-salon',
  'room.go': 'Y aller',
  'room.leave': 'Quitter {room}',
  'room.private.new': 'Nouveau salon privé',
  'room.private.hint': 'Dans aucune liste\u202f: qui a son lien y entre.',
  'room.unread': {
    one: '{n} message non lu',
    other: '{n} messages non lus',
  },
  'people.title': 'Ici ({n})',
  'people.you': 'vous',
  'people.more': {
    one: 'et {n} autre',
    other: 'et {n} autres',
  },
  'share': 'Partager le salon',
  'share.link': 'Lien du salon',
  'share.hint': 'Qui ouvre ce lien entre dans ce salon, sans compte.',
  'share.local':
    'Ce lien ne mène qu’à cet ordinateur. Pour inviter d’autres personnes, ouvrez d’abord cette page par l’adresse de la machine sur votre réseau.',
  'share.copy': 'Copier le lien',
  'share.copied': 'Lien copié',
  'close': 'Fermer',
  'welcome.title': 'Bienvenue sous l’arbre',
  'welcome.lead':
    'Dites votre nom, écrivez un message\u202f: toutes les personnes qui ont cette page ouverte le lisent dans l’instant. Sans compte, sans rien installer.',
  'welcome.invite':
    'Pour inviter quelqu’un, envoyez-lui le lien de ce salon. Pour essayer seul, ouvrez-le dans une seconde fenêtre.',
  'welcome.kept':
    'Ce qui se dit ici est gardé\u202f: qui ouvre ce salon plus tard peut le lire.',
  'welcome.developers': 'Vous développez\u202f? Dix lignes suffisent',
  'welcome.code':
    'Un WebSocket et deux champs, depuis n’importe quelle page ou la console du navigateur. Votre programme parle alors dans ce salon.',
  'message.marks': '**gras**, *italique*, `code`, > citation, - liste',
  'name.too-long': 'Ce nom est trop long\u202f: 64 caractères au plus.',
  'message.too-long':
    'Ce message est trop long\u202f: 16\u202f000 caractères au plus. Envoyez-le en plusieurs fois.',
  'error.sender-too-long': 'le nom dépasse 64 caractères. Raccourcissez-le, puis réessayez.',
  'error.sender-invalid': 'ce nom n’est pas accepté. Choisissez-en un autre, puis réessayez.',
  'error.message-too-long': 'le message est trop long, 16\u202f000 caractères au plus.',
  'error.rate-limited': 'trop de messages à la fois. Attendez un instant, puis réessayez.',
  'error.queue-full': 'trop de messages attendent déjà le réseau. Réessayez quand il sera revenu.',
  'error.internal': 'le serveur n’a pas pu le garder. Réessayez dans un instant.',
  'error.denied': 'vous ne pouvez pas écrire ici.',
  'error.other': 'le serveur l’a refusé. {reason}',
});
