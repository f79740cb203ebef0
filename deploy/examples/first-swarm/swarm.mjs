import { connect } from "@nats-io/transport-node";
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
let n = 0;
const call = async (service, method, body) => {
  const reply = await nc.request(`if.v1.rpc.${service}.${method}`, JSON.stringify({ requestId: `first-${Date.now()}-${n++}`, ...body }));
  const answer = reply.json();
  if (answer.error) throw new Error(`${answer.error.code}: ${answer.error.message}`);
  return answer;
};
const swarmId = "first";
await call("governor", "RegisterSwarm", { manifest: { swarmId, capabilities: ["text:shout"], model: "haiku", costPerHourMicros: "0" } });
const { sessionId, offerSubject } = await call("coordinator", "OpenSession", { swarmId, replace: true });
setInterval(() => nc.publish(`if.v1.swarm.${swarmId}.heartbeat`, sessionId), 3000);
for await (const offer of nc.subscribe(offerSubject)) {
  try {
    const { claim } = await call("coordinator", "ClaimTask", { swarmId, sessionId, taskId: offer.json().taskId });
    const text = Buffer.from(claim.spec.payload ?? "", "base64").toString().toUpperCase();
    await call("coordinator", "CompleteTask", { swarmId, taskId: claim.taskId, fence: claim.fence, result: Buffer.from(text).toString("base64") });
  } catch (refused) { console.error(refused.message); }
}
