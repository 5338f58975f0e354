// What axe calls serious or critical, in sentences.
import { AxeBuilder } from '@axe-core/playwright';

export async function serious(page) {
  // Without frames of other origins the extra page of the usual mode has nothing to do.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] }).analyze();
  return violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${one.id} (${one.impact}): ${one.nodes.slice(0, 6).map((node) => `${node.target.join(' ')}${node.any[0]?.message ? `: ${node.any[0].message}` : ''}`).join('; ')}`);
}
