import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { UserError } from '../protocol/domain/userError.ts';
import { redactSecrets } from '../protocol/secrets/secrets.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { AgentPorts } from './agentPorts.ts';
import { planOption, subject } from './agentSubject.ts';

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly mimeType: string;
  read(ports: AgentPorts, rollout: RolloutView): Promise<string>;
}

const kinds: readonly Kind[] = [
  {
    name: 'plan',
    title: 'Plan',
    mimeType: 'application/yaml',
    read: (ports, { plan }) => ports.text(plan.file),
  },
  {
    name: 'journal',
    title: 'Journal',
    mimeType: 'application/json',
    read: (ports, rollout) => ports.run(['journal', '--limit', '200', ...planOption(rollout)]),
  },
  {
    name: 'report',
    title: 'Report',
    mimeType: 'application/json',
    read: (ports, rollout) => ports.run(['report', ...planOption(rollout)]),
  },
];

/** The plan, the journal and the report of each rollout, without what looks like a secret. */
export function addResources(server: McpServer, ports: AgentPorts): void {
  for (const { name, title, mimeType, read } of kinds) {
    const template = new ResourceTemplate(`rampwatch://${name}/{rollout}`, {
      list: async () => ({
        resources: (await ports.view()).rollouts.map(({ rollout, plan }) => ({
          uri: `rampwatch://${name}/${encodeURIComponent(rollout)}`,
          name: `${title} of ${plainText(plan.name, 100)}`,
          mimeType,
        })),
      }),
    });
    server.registerResource(name, template, { title, mimeType }, async (uri, { rollout }) => {
      const id = typeof rollout === 'string' ? decodeURIComponent(rollout) : undefined;
      const text = await read(ports, await subject(ports, id)).catch((error: unknown) => {
        // The protocol passes a message on; a defect's own words stay here.
        throw new Error(error instanceof UserError ? error.message : 'a defect of Rampwatch');
      });
      return { contents: [{ uri: uri.href, mimeType, text: redactSecrets(text).text }] };
    });
  }
}
