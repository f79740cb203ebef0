// BullMQ: one Worker with so many jobs at once, as its documentation shows it. Argument: the port of Redis.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { Queue, Worker } from 'bullmq';
import { payload, produce, serve, tally, timed } from './driver.mjs';

const version = (name) =>
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`${name}/package.json`), 'utf8')).version;
const connection = { host: '127.0.0.1', port: Number(process.argv[2]), maxRetriesPerRequest: null };
const redis = new Redis(connection);
const setting = async (name) => (await redis.config('GET', name))[1];
const server = /redis_version:(\S+)/.exec(await redis.info('server'))[1];
let rounds = 0;

await serve({
  about: {
    versions: `BullMQ ${version('bullmq')}, Redis ${server}, Node ${process.versions.node}`,
    settings: `appendonly ${await setting('appendonly')}, appendfsync ${await setting('appendfsync')}`,
  },
  async round(load) {
    const name = `round-${++rounds}`;
    const queue = new Queue(name, { connection });
    const worker = new Worker(name, async () => payload.length, { connection, concurrency: load.workers });
    const completed = tally(load.jobs);
    worker.on('completed', completed.one);
    worker.on('failed', (job, error) => completed.fail(error));
    worker.on('error', completed.fail);
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
    const nanos = await timed(() =>
      Promise.all([
        produce(load, (count) =>
          queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data: { payload } }))),
        ),
        completed.all,
      ]),
    );
    await worker.close();
    await queue.obliterate({ force: true });
    await queue.close();
    return nanos;
  },
  close: () => redis.quit(),
});
