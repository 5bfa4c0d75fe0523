export function percentInForce(
  flag: { readonly enabled?: string; readonly percent?: string; readonly expires?: string },
  now?: number,
): number;
