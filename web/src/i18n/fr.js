/**
 * What the page says in French. \u202f is the narrow no-break space that French
 * puts inside « » and before : ; ! ? so that the sign never starts a line.
 */
export const fr = Object.freeze({
  'skip': 'Aller au champ du message',
  'about': 'Comment ça marche (nouvel onglet)',
  'about.title': 'Comment ça marche',
  'about.skip': 'Aller au texte',
  'about.talk': 'Aller parler',
  'conversation': 'Conversation',
  'messages': 'Messages',
  'room.general': 'Salon général',
  'room.wrong':
    'Ce nom de salon n’est pas possible\u202f: des lettres, des chiffres, «\u202f-\u202f», «\u202f_\u202f» et «\u202f.\u202f», 64 caractères au plus.',
  'room.home': 'Aller au salon général',
  'state.connecting': 'Connexion…',
  'state.open': 'En direct',
  'state.waiting': 'Hors ligne',
  'lost': 'Connexion perdue. Vos messages partiront dès son retour.',
  'lost.retry': {
    one: 'Nouvel essai dans {n} seconde.',
    other: 'Nouvel essai dans {n} secondes.',
  },
  'lost.connecting': 'Nouvel essai…',
  'lost.now': 'Réessayer',
  'lost.back': 'La connexion est revenue.',
  'share': 'Partager le salon',
  'share.link': 'Lien du salon',
  'share.hint': 'Qui ouvre ce lien entre dans ce salon, sans compte.',
  'share.local':
    'Ce lien ne mène qu’à cet ordinateur. Pour inviter d’autres personnes, ouvrez d’abord cette page par l’adresse de la machine sur votre réseau.',
  'share.copy': 'Copier le lien',
  'share.copied': 'Lien copié',
  'share.close': 'Fermer',
  'welcome.title': 'Bienvenue sous l’arbre',
  'welcome.lead':
    'Dites votre nom, écrivez un message\u202f: toutes les personnes qui ont cette page ouverte le lisent dans l’instant. Sans compte, sans rien installer.',
  'welcome.invite':
    'Pour inviter quelqu’un, envoyez-lui le lien de ce salon. Pour essayer seul, ouvrez-le dans une seconde fenêtre.',
  'welcome.kept':
    'Rien n’est gardé pour l’instant\u202f: on lit ce qui se dit pendant qu’on est là.',
  'welcome.developers': 'Vous développez\u202f? Dix lignes suffisent',
  'welcome.code':
    'Un WebSocket et deux champs, depuis n’importe quelle page ou la console du navigateur. Votre programme parle alors dans ce salon.',
  'name': 'Votre nom',
  'name.too-long': 'Ce nom est trop long\u202f: 64 caractères au plus.',
  'message': 'Message',
  'message.placeholder': 'Écrire un message…',
  'message.hint': 'Entrée envoie, Maj + Entrée va à la ligne.',
  'message.too-long':
    'Ce message est trop long\u202f: 16\u202f000 caractères au plus. Envoyez-le en plusieurs fois.',
  'send': 'Envoyer',
  'pending': 'Envoi…',
  'pending.offline': 'En attente du réseau…',
  'failed': 'Non envoyé\u202f: {why}',
  'failed.retry': 'Réessayer',
  'failed.discard': 'Retirer',
  'error.sender-too-long': 'le nom dépasse 64 caractères. Raccourcissez-le, puis réessayez.',
  'error.sender-invalid': 'ce nom n’est pas accepté. Choisissez-en un autre, puis réessayez.',
  'error.message-empty': 'le message est vide.',
  'error.message-too-long': 'le message est trop long, 16\u202f000 caractères au plus.',
  'error.rate-limited': 'trop de messages à la fois. Attendez un instant, puis réessayez.',
  'error.other': 'le serveur l’a refusé. {reason}',
  'gap': {
    one: 'Un message vous a échappé pendant la coupure.',
    other: '{n} messages vous ont échappé pendant la coupure.',
  },
  'gap.unknown': 'Le serveur a redémarré. Des messages ont pu vous échapper.',
  'new': {
    one: '{n} nouveau message',
    other: '{n} nouveaux messages',
  },
  'latest': 'Aux derniers messages',
  'title.unread': '({n}) {title}',
  'language.other': 'English',
  'language.short': 'EN',
});
