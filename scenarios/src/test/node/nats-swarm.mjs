// A swarm over NATS alone: registers, waits to be granted money, takes offers, reports, completes.
// Environment: NATS_URL, SWARM, CAPABILITY, TASKS (how many to complete), TTL (of the session, as "2s").
import { createInterface } from "node:readline/promises";
import { connect, headers } from "@nats-io/transport-node";

const { NATS_URL, SWARM: swarmId, CAPABILITY, TASKS, TTL: ttl } = process.env;
const nats = await connect({ servers: NATS_URL });
let requests = 0;

async function call(service, method, body) {
  const requestId = `${swarmId}-${Date.now()}-${requests++}`;
  const reply = await nats.request(`if.v1.rpc.${service}.${method}`, JSON.stringify({ requestId, ...body }), {
    timeout: 10_000,
    headers: headers(),
  });
  if (reply.headers?.has("Nats-Service-Error")) {
    throw new Error(`${reply.headers.get("Nats-Service-Error-Code")} ${reply.headers.get("Nats-Service-Error")}`);
  }
  return reply.json();
}

await call("governor", "RegisterSwarm", { manifest: { swarmId, capabilities: [CAPABILITY], model: "haiku", costPerHourMicros: "2000000" } });
console.log("registered");
await createInterface({ input: process.stdin }).question("");

const { sessionId, offerSubject } = await call("coordinator", "OpenSession", { swarmId, ttl });
const offers = nats.subscribe(offerSubject);
const heart = setInterval(() => nats.publish(`if.v1.swarm.${swarmId}.heartbeat`, sessionId), 500);
await nats.flush();
console.log("listening");

let done = 0;
for await (const offer of offers) {
  const { taskId } = offer.json();
  try {
    const { claim } = await call("coordinator", "ClaimTask", { swarmId, sessionId, taskId });
    await call("coordinator", "ReportProgress", { swarmId, taskId, fence: claim.fence, percent: 50 });
    const result = Buffer.from(`${taskId} by ${swarmId}`).toString("base64");
    await call("coordinator", "CompleteTask", { swarmId, taskId, fence: claim.fence, result, costMicros: "100" });
    console.log(`completed ${taskId}`);
    if (++done === Number(TASKS)) break;
  } catch (refused) {
    console.log(`refused ${taskId}: ${refused.message}`);
  }
}
clearInterval(heart);
await call("coordinator", "CloseSession", { swarmId, sessionId });
await nats.drain();
process.exit(0);
