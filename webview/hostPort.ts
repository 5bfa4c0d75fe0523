import type { HostMessage, PageMessage } from '../daemon/protocol/wire/dashboardMessages.ts';

/** The page's one way out, and in. */
export interface HostPort {
  send(message: PageMessage): void;
  /** The state that the page stored before it was hidden or reloaded. */
  stored(): unknown;
  store(navigation: unknown): void;
}

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

/** May be called once in the life of a page; the API object stays in here. */
export function openHostPort(receive: (message: HostMessage) => void): HostPort {
  const api = acquireVsCodeApi();
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isHostMessage(data)) receive(data);
  });
  return {
    send: (message) => api.postMessage(message),
    stored: () => api.getState(),
    store: (navigation) => api.setState(navigation),
  };
}

/** Only the outside of a message: its inside comes from the daemon's own checked views. */
function isHostMessage(data: unknown): data is HostMessage {
  if (typeof data !== 'object' || data === null || !('type' in data)) return false;
  switch (data.type) {
    case 'snapshot':
      return 'rollouts' in data && 'shown' in data && 'link' in data && 'language' in data;
    case 'parts':
      return 'rollout' in data && 'parts' in data;
    case 'link':
      return 'link' in data;
    case 'mark':
      return 'mark' in data && typeof data.mark === 'number';
    case 'series':
      return 'id' in data && 'answer' in data;
    default:
      return false;
  }
}
