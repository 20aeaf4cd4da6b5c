/** The whole IPC surface: one call channel, one subscription pair, one push. */
export const CHANNEL = {
  call: 'akios:call',
  subscribe: 'akios:subscribe',
  unsubscribe: 'akios:unsubscribe',
  event: 'akios:event',
} as const;
