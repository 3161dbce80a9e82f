/** The texts that come with `extras.js`, in all languages. */

import { en } from './later-en.js';
import { fr } from './later-fr.js';

export const later = { fr, en };
