import type { MockRange } from './mockLanguages.ts';

/** The editor's own values, as far as the extension makes or reads them. */

export class MockTreeItem {
  label: string;
  collapsibleState: number;
  id = '';
  description = '';
  contextValue = '';
  iconPath: { id: string; color?: { id: string } } | undefined;
  tooltip: { value: string } | undefined;
  checkboxState: { state: number } | undefined;
  command: { command: string; arguments: unknown[] } | undefined;

  constructor(label: string, collapsibleState: number) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

export class MockEventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

export class MockMarkdown {
  value: string;
  isTrusted: unknown = undefined;
  supportHtml = false;

  constructor(value = '') {
    this.value = value;
  }
}

export class MockTextPart {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

export class MockToolResult {
  readonly content: readonly MockTextPart[];

  constructor(content: readonly MockTextPart[]) {
    this.content = content;
  }
}

export class MockThemeColor {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

export class MockThemeIcon {
  readonly id: string;
  readonly color: MockThemeColor | undefined;

  constructor(id: string, color?: MockThemeColor) {
    this.id = id;
    this.color = color;
  }
}

export class MockDocumentLink {
  tooltip: string | undefined;
  readonly range: MockRange;
  readonly target: MockUri;

  constructor(range: MockRange, target: MockUri) {
    this.range = range;
    this.target = target;
  }
}

export class MockUri {
  readonly scheme: string;
  readonly path: string;
  readonly query: string;

  constructor(scheme: string, path: string, query = '') {
    this.scheme = scheme;
    this.path = path;
    this.query = query;
  }

  static file(path: string): MockUri {
    return new MockUri('file', path);
  }

  static from({ scheme, path, query }: { scheme: string; path: string; query?: string }): MockUri {
    return new MockUri(scheme, path, query);
  }

  static parse(text: string): MockUri {
    return new MockUri(text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1));
  }

  static joinPath({ scheme, path }: MockUri, ...parts: readonly string[]): MockUri {
    return new MockUri(scheme, [path, ...parts].join('/'));
  }

  get fsPath(): string {
    return this.path;
  }

  with({ scheme }: { scheme: string }): MockUri {
    return new MockUri(scheme, this.path);
  }

  toString(): string {
    return `${this.scheme}:${this.path}${this.query === '' ? '' : `?${this.query}`}`;
  }
}

/** The input of a tab that shows a diff. */
export class MockDiffInput {
  readonly original: MockUri;
  readonly modified: MockUri;

  constructor(original: MockUri, modified: MockUri) {
    this.original = original;
    this.modified = modified;
  }
}
