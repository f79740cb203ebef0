// graphile-worker: one runner with so many jobs at once. Arguments: the port of PostgreSQL; `one` or `many`, jobs that are
// taken and given back at once.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { payload, produce, serve, tally, timed } from './driver.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const version = (name) =>
  JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
const logger = new Logger(() => () => {});
const connectionString = `postgres://bench@127.0.0.1:${process.argv[2]}/postgres`;
const many = process.argv[3] === 'many';
const pgPool = new pg.Pool({ connectionString, max: 90 });
pgPool.on('error', () => {}); // an idle connection that the server closes at its end
const show = async (name) => (await pgPool.query(`SHOW ${name}`)).rows[0][name];
const utils = await makeWorkerUtils({ pgPool, logger });
await utils.migrate();

/** The event of a completion comes before its commit; a job that is committed as completed is gone from the table. */
async function untilNoneIsLeft() {
  while ((await pgPool.query('SELECT 1 FROM graphile_worker._private_jobs LIMIT 1')).rowCount > 0);
}

await serve({
  about: {
    versions: `graphile-worker ${version('graphile-worker')}, PostgreSQL ${(await show('server_version')).split(' ')[0]}, Node ${process.versions.node}`,
    settings: `fsync ${await show('fsync')}, synchronous_commit ${await show('synchronous_commit')}, wal_sync_method ${await show('wal_sync_method')}`,
  },
  async round(load) {
    const completed = tally(load.jobs);
    const runner = await run({
      pgPool,
      logger,
      noHandleSignals: true,
      concurrency: load.workers,
      taskList: { job: async () => {} },
      preset: many
        ? { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } }
        : undefined,
    });
    runner.events.on('job:complete', completed.one);
    runner.events.on('job:error', ({ error }) => completed.fail(error));
    const nanos = await timed(async () => {
      await Promise.all([
        produce(load, (count) =>
          utils.addJobs(Array.from({ length: count }, () => ({ identifier: 'job', payload: { payload } }))),
        ),
        completed.all,
      ]);
      await untilNoneIsLeft();
    });
    await runner.stop();
    return nanos;
  },
  async close() {
    await utils.release();
    await pgPool.end();
  },
});
