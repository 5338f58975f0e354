//! Which sizes to offer for a model that lets one choose.

import type { Size, SizeRule } from '../../host';

export const ASPECTS = ['1:1', '4:3', '3:2', '16:9', '3:4', '2:3', '9:16'] as const;
export type Aspect = (typeof ASPECTS)[number] | 'screen';

export const SCALES = ['small', 'medium', 'large'] as const;
export type Scale = (typeof SCALES)[number];
const FACTOR: Record<Scale, number> = { small: 0.5, medium: 1, large: 2 };

/** The size with the wanted proportions and about `factor` times the sides of the model's usual size, as far as the rule allows. */
export function sizeFor(rule: SizeRule, aspect: Aspect, scale: Scale, screen: Size): Size {
  const [across, down] = aspect === 'screen' ? [screen.width, screen.height] : (aspect.split(':').map(Number) as [number, number]);
  const side = Math.sqrt(rule.default.width * rule.default.height) * FACTOR[scale];
  const ratio = across / down;
  let width = side * Math.sqrt(ratio);
  let height = side / Math.sqrt(ratio);
  const over = Math.max(width, height) / rule.max_side;
  if (over > 1) {
    width /= over;
    height /= over;
  }
  const fit = (value: number) => {
    const step = rule.multiple_of;
    const least = Math.ceil(rule.min_side / step) * step;
    const most = Math.floor(rule.max_side / step) * step;
    return Math.min(most, Math.max(least, Math.round(value / step) * step));
  };
  return { width: fit(width), height: fit(height) };
}
