// What the drivers have in common. One line of JSON on stdin asks for one round, one line on stdout answers it:
// {"workers":16,"jobs":1000,"batch":100,"producers":4} -> {"nanos":123}. The end of stdin ends the driver.
import { createInterface } from 'node:readline';

const answer = (value) => process.stdout.write(JSON.stringify(value) + '\n');

/**
 * Says what the rival is, then runs rounds until stdin ends.
 * rival: {about: {...}, round(load, progress) -> Promise, close()}; a round resolves when its last job is completed.
 */
export async function serve(rival) {
  answer(rival.about);
  for await (const line of createInterface({ input: process.stdin })) {
    const load = JSON.parse(line);
    answer({ nanos: await rival.round(load) });
  }
  await rival.close();
}

/** The same bytes for every rival. */
export const payload = 'x'.repeat(256);

/** Submits the jobs in batches, so many batches at once, and resolves when all are acknowledged. */
export async function produce({ jobs, batch, producers }, submit) {
  let next = 0;
  const one = async () => {
    while (next < jobs) {
      const count = Math.min(batch, jobs - next);
      next += count;
      await submit(count);
    }
  };
  await Promise.all(Array.from({ length: producers }, one));
}

/** Counts completions; `all` resolves at the last. */
export function tally(jobs) {
  let open = jobs;
  let done;
  let fail;
  const all = new Promise((resolve, reject) => {
    done = resolve;
    fail = reject;
  });
  return {
    all,
    one: () => {
      if (--open === 0) done();
    },
    fail,
  };
}

/** Nanoseconds that an action takes. */
export async function timed(action) {
  const begin = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - begin);
}
