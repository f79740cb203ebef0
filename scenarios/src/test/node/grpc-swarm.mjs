// A swarm over gRPC alone: registers, waits to be granted money, takes whatever is next, completes.
// Environment: PROTO (folder of the .proto files), GOVERNOR, COORDINATOR (host:port), SWARM, CAPABILITY, TASKS.
import { createInterface } from "node:readline/promises";
import { setTimeout } from "node:timers/promises";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const { PROTO, GOVERNOR, COORDINATOR, SWARM: swarmId, CAPABILITY, TASKS } = process.env;
const files = ["governor/v1/registry_service", "coordinator/v1/session_service", "coordinator/v1/claim_service"];
const definition = loader.loadSync(
  files.map((file) => `infrafabric/${file}.proto`),
  { includeDirs: [PROTO], longs: String },
);
const { governor, coordinator } = grpc.loadPackageDefinition(definition).infrafabric;
const plain = grpc.credentials.createInsecure();
const registry = new governor.v1.RegistryService(GOVERNOR, plain);
const sessions = new coordinator.v1.SessionService(COORDINATOR, plain);
const claims = new coordinator.v1.ClaimService(COORDINATOR, plain);
let requests = 0;

function call(service, method, body) {
  const request = { requestId: `${swarmId}-${Date.now()}-${requests++}`, ...body };
  return new Promise((resolve, reject) =>
    service[method](request, { deadline: Date.now() + 10_000 }, (error, answer) => (error ? reject(error) : resolve(answer))),
  );
}

await call(registry, "registerSwarm", { manifest: { swarmId, capabilities: [CAPABILITY], model: "haiku", costPerHourMicros: "2000000" } });
console.log("registered");
await createInterface({ input: process.stdin }).question("");
const { sessionId } = await call(sessions, "openSession", { swarmId });
console.log("listening");

for (let done = 0; done < Number(TASKS); ) {
  try {
    const { claim } = await call(claims, "claimNext", { swarmId, sessionId });
    const result = Buffer.from(`${claim.taskId} by ${swarmId}`);
    await call(claims, "completeTask", { swarmId, taskId: claim.taskId, fence: claim.fence, result, costMicros: "100" });
    console.log(`completed ${claim.taskId}`);
    done++;
  } catch (refused) {
    if (refused.code !== grpc.status.NOT_FOUND) throw refused;
    await setTimeout(100);
  }
}
await call(sessions, "closeSession", { swarmId, sessionId });
process.exit(0);
