/**
 * What the page says in French from the start; `later-fr.js` has the rest.
 * \u202f is the narrow no-break space that French
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
  'room.private': 'Salon privé {name}',
  'rooms': 'Salons',
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
  'closed': 'Le serveur a fermé la connexion. {reason}',
  'people': 'Personnes',
  'people.here': {
    one: '{n} personne ici',
    other: '{n} personnes ici',
  },
  'name': 'Votre nom',
  'message': 'Message',
  'message.placeholder': 'Écrire un message…',
  'message.hint': 'Entrée envoie, Maj + Entrée va à la ligne.',
  'send': 'Envoyer',
  'pending': 'Envoi…',
  'pending.offline': 'En attente du réseau…',
  'failed': 'Non envoyé\u202f: {why}',
  'failed.retry': 'Réessayer',
  'failed.discard': 'Retirer',
  'gap': {
    one: 'Un message vous a échappé pendant la coupure.',
    other: '{n} messages vous ont échappé pendant la coupure.',
  },
  'gap.unknown': 'Des messages ont pu vous échapper pendant la coupure.',
  'since': 'Pendant votre absence',
  'start': 'Le salon commence ici',
  'older': 'Messages plus anciens',
  'older.loading': 'Chargement…',
  'new': {
    one: '{n} nouveau message',
    other: '{n} nouveaux messages',
  },
  'latest': 'Aux derniers messages',
  'title.unread': '({n}) {title}',
  'language.other': 'English',
  'language.short': 'EN',
});
