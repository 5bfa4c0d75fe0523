import { logfmtRecord } from '../../../measure/logfmt.ts';
import type { LineParser } from '../lineScanner.ts';

/** `key=value` pairs: slog's text, logrus, Grafana, Heroku. What has none is no record. */
export const logfmtParser: LineParser = (line) => {
  const record = logfmtRecord(line);
  return record === null ? { kind: 'rejected', reason: 'no-match' } : { kind: 'record', record };
};
