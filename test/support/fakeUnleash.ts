import { type Answer, type FlagServer, type SeenRequest, startFlagServer } from './flagServer.ts';

interface FakeStrategy {
  readonly id: string;
  readonly name: string;
  readonly constraints: readonly unknown[];
  readonly disabled?: boolean;
  parameters: Readonly<Record<string, string>>;
}

/** The part of Unleash's admin interface that a rollout uses, with its refusals. */
export class FakeUnleash {
  enabled = false;
  strategies: FakeStrategy[] = [
    {
      id: 'one',
      name: 'flexibleRollout',
      constraints: [{ contextName: 'region', operator: 'IN', values: ['eu'] }],
      parameters: { rollout: '0', stickiness: 'default', groupId: 'new-upload' },
    },
  ];
  /** Change requests are on for the environment: every write is refused, as the enterprise edition does. */
  needsRequest = false;
  readonly token: string;

  constructor(token: string) {
    this.token = token;
  }

  get rollout(): string | undefined {
    return this.strategies[0]?.parameters.rollout;
  }

  readonly answer = ({ method, path, headers, body }: SeenRequest): Answer => {
    if (headers.authorization !== this.token)
      return { status: 401, body: { name: 'UnauthorizedError', message: 'You must log in to use Unleash.' } };
    const base = '/api/admin/projects/default/features/new-upload/environments/production';
    if (!path.startsWith(base)) return { status: 404, body: { name: 'NotFoundError', message: 'No feature found' } };
    const rest = path.slice(base.length);
    if (method === 'GET' && rest === '')
      return { status: 200, body: { name: 'production', enabled: this.enabled, strategies: this.strategies } };
    if (this.needsRequest) {
      const message = 'Change requests are enabled in production for this project';
      return { status: 403, body: { name: 'NoAccessError', message } };
    }
    if (method === 'POST' && (rest === '/on' || rest === '/off')) {
      this.enabled = rest === '/on';
      return { status: 200 };
    }
    const [, id] = /^\/strategies\/(.+)$/.exec(rest) ?? [];
    if (method !== 'PUT' || id === undefined) return { status: 404 };
    const index = this.strategies.findIndex((strategy) => strategy.id === id);
    if (index === -1) return { status: 404, body: { message: 'No such strategy' } };
    // A write replaces the strategy: what it leaves out is gone.
    this.strategies[index] = { constraints: [], ...JSON.parse(body), id };
    return { status: 200, body: this.strategies[index] };
  };

  start(finished: (clean: () => Promise<void>) => void): Promise<FlagServer> {
    return startFlagServer(this.answer, finished);
  }
}
