/** The page's one way out, and in. */
export interface HostPort<Message> {
  send(message: Message): void;
  /** The state that the page stored before it was hidden or reloaded. */
  stored(): unknown;
  store(state: unknown): void;
}

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

/**
 * May be called once in the life of a page; the API object stays in here. `parts`: the parts that a message of each type
 * must have. Only its outside is checked: its inside comes from the daemon's own checked views.
 */
export function openHostPort<Heard extends { readonly type: string }, Sent>(
  parts: { readonly [Type in Heard['type']]: readonly string[] },
  receive: (message: Heard) => void,
): HostPort<Sent> {
  const api = acquireVsCodeApi();
  const isHeard = (data: unknown): data is Heard => {
    if (typeof data !== 'object' || data === null || !('type' in data)) return false;
    const wanted = Object.entries<readonly string[]>(parts).find(([type]) => type === data.type)?.[1];
    return wanted?.every((part) => part in data) === true;
  };
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isHeard(data)) receive(data);
  });
  return {
    send: (message) => api.postMessage(message),
    stored: () => api.getState(),
    store: (state) => api.setState(state),
  };
}
