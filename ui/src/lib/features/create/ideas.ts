//! Prompts for a person who has none. They are in English in every language of the screen, since that is what Scene reads.

import { chance, expand, type Pick } from './wildcards';

/** What stands in the prompt box at the first start. */
export const FIRST_PROMPT = 'a fox in a snowy forest at night under a full moon';

export const EXAMPLES = [
  'three owls on a branch in an autumn forest',
  'a sailing boat on a stormy sea at sunset',
  'a robot watering flowers in a garden',
  'a castle on a hill under the northern lights'
] as const;

const PATTERN =
  '{{a {red|blue|golden|tiny|giant} {fox|owl|whale|dragon|robot|rabbit|lion|penguin|bicycle|train|castle|lighthouse}' +
  '|{two|three|four} {cats|penguins|owls|rabbits|sailing boats|hot air balloons|mushrooms|robots}}' +
  ' {in a {snowy|misty|sunny|autumn} forest|on a {sandy|stormy} beach|in a {desert|meadow|garden|city}|on a hill|under the sea}' +
  '{ at night under a full moon| at sunset| in the morning| in the rain| in spring|}}';

/** Another idea, made up on the spot. */
export function roll(pick: Pick = chance): string {
  return expand(PATTERN, pick).replaceAll(/[{}]/g, '').trim();
}
