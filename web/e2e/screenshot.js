/**
 * Makes the picture of two people talking:
 *
 *   node e2e/screenshot.js OUT.png [--width N] [--height N] [--dark] [--language fr|en] [--state talk|empty|lost|failed|share|about]
 */

import { parseArgs } from 'node:util';
import { openBrowser, Person, Server } from './harness.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '1360' },
    height: { type: 'string', default: '800' },
    dark: { type: 'boolean', default: false },
    language: { type: 'string', default: 'fr' },
    state: { type: 'string', default: 'talk' },
  },
});
const [path] = positionals;
if (path === undefined) throw new Error('Say where the picture goes: node e2e/screenshot.js OUT.png');

/** @type {Record<string, [who: string, what: string][]>} */
const talks = {
  fr: [
    ['Moussa Diop', 'Bonsoir à tous ! Qui apporte les chaises demain ?'],
    ['Moussa Diop', 'Il nous en faut une vingtaine, et une rallonge de 10 m.'],
    ['Aïcha Ba', 'Moi ! J’en ai douze dans la camionnette.'],
    ['Aïcha Ba', 'Léa, tu complètes ?'],
    ['Léa', 'Oui, huit de plus. Je passe les prendre à l’école avec Jonas, on sera là vers 9 h 30 pour tout installer sous l’arbre.'],
    ['Moussa Diop', 'Parfait 🌳'],
    ['Aïcha Ba', 'J’arrive à 10 h avec le café.\nEt des beignets, s’il en reste.'],
  ],
  en: [
    ['Moussa Diop', 'Good evening, all. Who brings the chairs tomorrow?'],
    ['Moussa Diop', 'We need about twenty, and a 10 m extension lead.'],
    ['Aïcha Ba', 'I do. I have twelve in the van.'],
    ['Aïcha Ba', 'Léa, can you bring the rest?'],
    ['Léa', 'Yes, eight more. I fetch them from the school with Jonas; we will be there around 9:30 to set everything up under the tree.'],
    ['Moussa Diop', 'Perfect 🌳'],
    ['Aïcha Ba', 'I come at 10 with the coffee.\nAnd doughnuts, if any are left.'],
  ],
};

const server = await Server.start();
const browser = await openBrowser();
try {
  const { language, state } = values;
  /** @type {import('playwright-core').BrowserContextOptions} */
  const options = {
    locale: language === 'fr' ? 'fr-FR' : 'en-GB',
    colorScheme: values.dark ? 'dark' : 'light',
    viewport: { width: Number(values.width), height: Number(values.height) },
  };
  const aicha = await Person.open(browser, server.url, { ...options, name: 'Aïcha Ba' });
  const other = await Person.open(browser, server.url);

  if (state === 'about') {
    await aicha.page.goto(new URL('about', server.url).href);
  } else if (state !== 'empty') {
    for (const [who, what] of talks[language] ?? []) {
      const person = who === 'Aïcha Ba' ? aicha : other;
      await person.nameField.fill(who);
      await person.say(what);
      await aicha.sees(who, what);
    }
    if (state === 'failed') {
      await aicha.nameField.fill('Aïcha '.repeat(12));
      await aicha.say(language === 'fr' ? 'On se retrouve où ?' : 'Where do we meet?');
      await aicha.page.locator('.message[data-state="failed"]').waitFor();
    }
    if (state === 'lost') {
      await server.kill();
      await aicha.isOffline();
      await aicha.say(language === 'fr' ? 'On se retrouve où ?' : 'Where do we meet?');
    }
    if (state === 'share') await aicha.page.locator('#share-open').click();
    else await aicha.field.focus();
  }
  await aicha.page.screenshot({ path, animations: 'disabled' });
  await other.close();
} finally {
  await browser.close();
  await server.stop();
}
