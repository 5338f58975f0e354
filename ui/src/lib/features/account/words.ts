//! How accounts stand, in words.

import type { AccountView, Ended } from '../../host';
import { m } from '../../i18n';

export const standingWords = (account: AccountView): string => {
  switch (account.standing.is) {
    case 'signed_in':
      return m.account_signed_in_note();
    case 'unreached':
      return m.account_unreached_note({ host: account.host });
    case 'keyring_waits':
      return m.account_keyring_waits();
    case 'signed_out':
      return m.account_signed_out_note();
  }
};

export const endedWords = (ended: Ended): string =>
  ({
    here: m.account_ended_here,
    elsewhere_here: m.account_ended_elsewhere_here,
    by_server: m.account_ended_by_server,
    copied: m.account_ended_copied,
    closed: m.account_ended_closed,
    key_lost: m.account_ended_key_lost,
    not_kept: m.account_ended_not_kept
  })[ended]();

export const isIn = (account: AccountView): boolean => account.standing.is === 'signed_in' || account.standing.is === 'unreached';

/** What to call the person. */
export const called = (account: AccountView): string => account.profile?.name || account.profile?.email || account.label;

const NAMES: Record<string, string> = { github: 'GitHub', google: 'Google', gitlab: 'GitLab', azure: 'Microsoft', apple: 'Apple', bitbucket: 'Bitbucket', linkedin_oidc: 'LinkedIn' };

/** The name of a way to sign in; those without one of their own are written as the server writes them. */
export const wayName = (provider: string): string => {
  const bare = provider.replace(/^custom:/, '');
  return NAMES[bare] ?? bare.charAt(0).toUpperCase() + bare.slice(1);
};

/** Minutes and seconds. */
export const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
