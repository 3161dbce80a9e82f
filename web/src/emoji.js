/**
 * The emoji that the picker offers, and their names: a short list of our own,
 * of what people do use. Whatever else a keyboard has can be typed all the
 * same. Each line is a sign, the name between colons, and more words that find
 * it, in both languages.
 *
 * Pure.
 */

/**
 * @typedef {{ sign: string, names: string[] }} Emoji the first name is the one between colons
 * @typedef {{ key: import('./i18n.js').Key, emojis: Emoji[] }} Group
 */

const SMILEYS = `
😀 grinning sourire
😄 smile rire heureux
😁 grin dents
😅 sweat_smile ouf
😂 joy mdr lol larmes_de_joie
🤣 rofl ptdr
😊 blush rougir
🙂 slightly_smiling_face léger_sourire
🙃 upside_down à_l’envers
😉 wink clin_d’œil
😌 relieved soulagé
😍 heart_eyes amoureux
🥰 smiling_face_with_hearts amour
😘 kissing_heart bisou
😋 yum miam
😜 zany langue_clin
🤨 raised_eyebrow sourcil doute
🤓 nerd intello
😎 sunglasses cool lunettes
🥳 partying fête
😒 unamused blasé
😔 pensive pensif
😕 confused perplexe
😫 tired fatigué
🥺 pleading pitié
😢 cry pleurer
😭 sob sanglots
😠 angry fâché colère
😡 rage furieux
🤯 exploding_head choc
😳 flushed gêné
🥶 cold froid
😱 scream peur cri
😰 anxious sueur
🤗 hugs câlin
🤔 thinking réfléchir
🫡 salute salut
🤫 shush chut
😶 no_mouth muet
🙄 roll_eyes yeux_au_ciel
😬 grimacing grimace
😴 sleeping dormir
🤒 sick malade
😇 innocent ange
👻 ghost fantôme
💀 skull crâne mort
🤖 robot
💩 poop caca
🙈 see_no_evil singe_aveugle
🙊 speak_no_evil singe_muet`;

const PEOPLE = `
👍 thumbsup +1 pouce oui d’accord yes
👎 thumbsdown -1 non no
✌️ v victoire paix
🤞 crossed_fingers doigts_croisés chance luck
✋ raised_hand main stop
👋 wave bonjour salut coucou hello
👏 clap bravo applaudir
🙌 raised_hands hourra
🤝 handshake accord
🙏 pray merci svp thanks please
✍️ writing écrire
💪 muscle force
🧠 brain cerveau
👀 eyes yeux regard
👶 baby bébé
👩 woman femme
👨 man homme
🙋 raising_hand moi question
🤷 shrug bof sais_pas
🤦 facepalm désespoir
🏃 running courir
👑 crown couronne
🎓 graduate diplôme école`;

const NATURE = `
🌳 tree arbre palabre
🌴 palm_tree palmier
🌱 seedling pousse
🍀 four_leaf_clover trèfle chance
🌸 cherry_blossom fleur printemps
🌻 sunflower tournesol
🐶 dog chien
🐱 cat chat
🐰 rabbit lapin
🦊 fox renard
🐻 bear ours
🐼 panda
🦁 lion
🐷 pig cochon
🐸 frog grenouille
🐔 chicken poule
🐧 penguin pingouin manchot
🐦 bird oiseau
🦉 owl hibou
🐴 horse cheval
🦄 unicorn licorne
🐝 bee abeille
🦋 butterfly papillon
🐞 ladybug coccinelle bug
🐢 turtle tortue
🐍 snake serpent
🐳 whale baleine
🐘 elephant éléphant
☀️ sunny soleil
🌙 moon lune
⭐ star étoile
✨ sparkles brillant magie
⚡ zap éclair
🔥 fire feu
🌈 rainbow arc-en-ciel
☁️ cloud nuage
🌧️ rain pluie
❄️ snowflake neige hiver
🌊 ocean vague mer
🌍 earth terre monde world`;

const FOOD = `
🍌 banana banane
🍓 strawberry fraise
🥭 mango mangue
🍍 pineapple ananas
🥑 avocado avocat
🍅 tomato tomate
🌽 corn maïs
🍞 bread pain
🥐 croissant
🥖 baguette
🧀 cheese fromage
🍔 hamburger
🍟 fries frites
🍕 pizza
🥗 salad salade
🍚 rice riz
🍣 sushi
🍩 doughnut beignet
🍪 cookie biscuit
🎂 birthday anniversaire gâteau
🍫 chocolate chocolat
🍿 popcorn
☕ coffee café
🍵 tea thé
🍺 beer bière
🍷 wine vin
🥂 champagne santé cheers
🍽️ meal repas`;

const THINGS = `
⚽ soccer football
🏀 basketball basket
🎾 tennis
🚴 cycling vélo
🏆 trophy trophée
🎯 dart cible
🎮 video_game jeu_vidéo
🧩 puzzle
🎨 art peinture
🎤 microphone micro
🎧 headphones casque
🎵 music musique
🎉 tada fête bravo party
🎈 balloon ballon
🎁 gift cadeau
🚗 car voiture
🚌 bus
🚲 bike vélo
✈️ airplane avion
🚀 rocket fusée
🏠 house maison
🏫 school école
🏖️ beach plage vacances
⛰️ mountain montagne
⏰ alarm_clock réveil heure time
⏳ hourglass sablier attendre
📅 calendar calendrier date
📌 pushpin épingle
✂️ scissors ciseaux
📝 memo note
📚 books livres
✏️ pencil crayon
📷 camera photo
📱 phone téléphone
💻 computer ordinateur
💡 bulb idée idea
🔍 mag loupe chercher search
🔒 lock cadenas
🔑 key clé
🔧 wrench outil
⚙️ gear réglage
💰 money argent
✉️ envelope lettre mail
📦 package colis
📣 megaphone annonce
🔔 bell cloche`;

const SIGNS = `
❤️ heart cœur amour love
💛 yellow_heart cœur_jaune
💚 green_heart cœur_vert
💙 blue_heart cœur_bleu
💜 purple_heart cœur_violet
💔 broken_heart cœur_brisé
💕 two_hearts cœurs
💯 100 cent
💥 boom explosion
💤 zzz sommeil
✅ white_check_mark fait oui done
✔️ check coche
❌ x non croix
❓ question
❗ exclamation attention
⚠️ warning attention
🚫 no_entry interdit
♻️ recycle recyclage
➡️ arrow_right flèche_droite
⬅️ arrow_left flèche_gauche
⬆️ arrow_up flèche_haut
⬇️ arrow_down flèche_bas
🔴 red_circle rouge
🟡 yellow_circle jaune
🟢 green_circle vert
🔵 blue_circle bleu
🏁 checkered_flag arrivée fini
🏳️‍🌈 rainbow_flag drapeau`;

/** @type {readonly Group[]} */
export const EMOJI_GROUPS = Object.freeze([
  { key: 'emoji.smileys', emojis: lines(SMILEYS) },
  { key: 'emoji.people', emojis: lines(PEOPLE) },
  { key: 'emoji.nature', emojis: lines(NATURE) },
  { key: 'emoji.food', emojis: lines(FOOD) },
  { key: 'emoji.things', emojis: lines(THINGS) },
  { key: 'emoji.signs', emojis: lines(SIGNS) },
]);

const ALL = EMOJI_GROUPS.flatMap(({ emojis }) => emojis);
/** By each name that is one word. The first to have it keeps it. @type {Map<string, string>} */
const BY_NAME = new Map(ALL.toReversed().flatMap(({ sign, names }) => names.toReversed().map((name) => [name.replaceAll(' ', '_'), sign])));
for (const { sign, names: [name = ''] } of ALL) BY_NAME.set(name.replaceAll(' ', '_'), sign);

/** Those whose names begin like this, then those that have it within. Accents and capitals do not count. @param {string} query @returns {Emoji[]} */
export function searchEmoji(query) {
  const wanted = fold(query.trim().replace(/^:|:$/g, '').replaceAll('_', ' '));
  if (wanted === '') return [];
  const begin = ALL.filter(({ names }) => names.some((name) => fold(name).startsWith(wanted)));
  const within = ALL.filter((emoji) => !begin.includes(emoji) && emoji.names.some((name) => fold(name).includes(wanted)));
  return [...begin, ...within];
}

/** `:tada:` becomes 🎉, but in code and where there is no such name. @param {string} text */
export function replaceNames(text) {
  return text.split(/(```[^]*?```|`[^`]*`)/).map((part, at) => (
    at % 2 === 1 ? part : part.replace(/(?<![\p{L}\p{N}:]):([\p{L}\p{N}_+’-]{1,40}):(?![\p{L}\p{N}:])/gu, (typed, name) => BY_NAME.get(name.toLowerCase()) ?? typed)
  )).join('');
}

/** @param {string} text @returns {Emoji[]} */
function lines(text) {
  return text.trim().split('\n').map((line) => {
    const [sign = '', ...names] = line.split(' ');
    return { sign, names: names.map((name) => name.replaceAll('_', ' ')) };
  });
}

/** @param {string} text */
function fold(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('œ', 'oe').toLowerCase();
}
