// A swarm over NATS alone that is away while its doorbell rings: it reads what it missed from the stream and does that.
// Environment: NATS_URL, SWARM, CAPABILITY, TASKS (how many to complete).
import { createInterface } from "node:readline/promises";
import { connect } from "@nats-io/transport-node";

const { NATS_URL, SWARM: swarmId, CAPABILITY, TASKS } = process.env;
const STREAM_GET = "$JS.API.STREAM.MSG.GET.IF_OFFERS";
const NO_MORE = 10037;
const input = createInterface({ input: process.stdin });
let nats = await connect({ servers: NATS_URL });
let requests = 0;

async function call(service, method, body) {
  const requestId = `${swarmId}-${Date.now()}-${requests++}`;
  const reply = await nats.request(`if.v1.rpc.${service}.${method}`, JSON.stringify({ requestId, ...body }), { timeout: 10_000 });
  if (reply.headers?.has("Nats-Service-Error")) throw new Error(reply.headers.get("Nats-Service-Error"));
  return reply.json();
}

/** The offers on a subject from a place on, oldest first, as the stream keeps them. */
async function* kept(subject, from) {
  for (let seq = from; ; ) {
    const answer = (await nats.request(STREAM_GET, JSON.stringify({ seq, next_by_subj: subject }), { timeout: 10_000 })).json();
    if (answer.error?.err_code === NO_MORE) return;
    if (answer.error) throw new Error(answer.error.description);
    yield JSON.parse(Buffer.from(answer.message.data, "base64").toString());
    seq = answer.message.seq + 1;
  }
}

await call("governor", "RegisterSwarm", { manifest: { swarmId, capabilities: [CAPABILITY], model: "haiku", costPerHourMicros: "2000000" } });
console.log("registered");
await input.question("");
const { sessionId, offerSubject } = await call("coordinator", "OpenSession", { swarmId, ttl: "60s" });
await nats.close();
console.log("away");
await input.question("");

nats = await connect({ servers: NATS_URL });
const live = nats.subscribe(offerSubject); // first, so that nothing falls between the two
await nats.flush();
console.log("listening");

let done = 0;
const tried = new Set();
async function take({ taskId, revision }) {
  if (tried.has(`${taskId}@${revision}`)) return;
  tried.add(`${taskId}@${revision}`);
  const { claim } = await call("coordinator", "ClaimTask", { swarmId, sessionId, taskId });
  const result = Buffer.from(`${taskId} by ${swarmId}`).toString("base64");
  await call("coordinator", "CompleteTask", { swarmId, taskId, fence: claim.fence, result, costMicros: "100" });
  console.log(`completed ${taskId}`);
  done++;
}

for await (const offer of kept(offerSubject, 1)) {
  console.log(`kept ${offer.taskId}`);
  await take(offer);
}
console.log("caught up");
for await (const offer of live) {
  if (done === Number(TASKS)) break;
  await take(offer.json());
  if (done === Number(TASKS)) break;
}
await call("coordinator", "CloseSession", { swarmId, sessionId });
await nats.drain();
process.exit(0);
