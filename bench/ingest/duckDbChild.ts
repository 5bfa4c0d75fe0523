import { createRequire } from 'node:module';

/**
 * DuckDB on the same file, with the columns named and the order of rows let go, as it is fastest. `counts`: by minute and
 * arm, and by cells of the durations' logarithm, in one pass. `judges`: the trigger at every record of the treatment, the
 * trailing five minutes, at least 20 records, below 95 %.
 */
const [installed = '', work, file = ''] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(import.meta.url)(installed);
const instance = await DuckDBInstance.create(':memory:', { threads: '2', preserve_insertion_order: 'false' });
const connection = await instance.connect();
const columns =
  "{event_type: 'VARCHAR', execution_type: 'VARCHAR', success: 'BOOLEAN', fallback_used: 'BOOLEAN', duration_ms: 'DOUBLE', timestamp: 'VARCHAR'}";
const log = `read_ndjson('${file.replaceAll("'", "''")}', columns=${columns})`;
const rowsOf = async (query: string): Promise<readonly (readonly (string | number | null)[])[]> =>
  (await connection.runAndReadAll(query)).getRowsJson();

const answer = work === 'judges' ? await judged() : await counted();
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit(0);

async function counted() {
  const rows = await rowsOf(`
    with read as (
      select execution_type arm, success and not fallback_used good, timestamp[1:16] as minute,
        floor(log2(duration_ms) * 64)::int as cell
      from ${log} where event_type is null)
    select arm, minute, cell, count(*)::double n, (count(*) filter (good))::double as good
    from read group by grouping sets ((arm, minute), (arm, cell))`);
  const total = { treatment: 0, good: 0, control: 0 };
  for (const [arm, minute, , n, good] of rows) {
    if (minute === null) continue;
    if (arm === 'sync') total.control += Number(n);
    else {
      total.treatment += Number(n);
      total.good += Number(good);
    }
  }
  return total;
}

async function judged() {
  const [row = []] = await rowsOf(`
    with read as (
      select epoch_us(timestamp::timestamp) as moment, execution_type <> 'sync' as treated, (success and not fallback_used)::int as good
      from ${log} where event_type is null),
    summed as (
      select moment, treated, good, count(*) over win n, sum(good) over win g from read where treated
      window win as (order by moment range between 299999999 preceding and current row)),
    fires as (select moment, good, n >= 20 and g < 0.95 * n as fires from summed),
    steps as (select *, lag(fires) over (order by moment) as earlier from fires)
    select count(*)::double, sum(good)::double, (min(moment) filter (fires))::varchar,
      (count(*) filter (fires and not coalesce(earlier, false)))::double,
      (select count(*)::double from read where not treated)
    from steps`);
  const [treatment, good, first, episodes, control] = row;
  // To the nearest millisecond, as a report writes it.
  const at = first == null ? null : new Date(Math.round(Number(first) / 1000)).toISOString();
  return { treatment, good, control, firing: { first: at, episodes } };
}
