package io.infrafabric.chassis.contract;

import io.infrafabric.chassis.sandbox.Engine;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.chassis.v1.ListContractsResponse;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.chassis.v1.LoadedSwarm;
import io.infrafabric.chassis.v1.UnloadSwarmRequest;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Loads, unloads and lists contracts. Calls block; failures are {@link RefusedException}s. */
public final class Contracts {
  private final ContractStore store;
  private final ObjectShelf objects;
  private final Engine engine;
  private final Registrations registrations;
  private final Workload workload;
  private final InstantSource clock;

  public Contracts(
      ContractStore store,
      ObjectShelf objects,
      Engine engine,
      Registrations registrations,
      Workload workload,
      InstantSource clock) {
    this.store = store;
    this.objects = objects;
    this.engine = engine;
    this.registrations = registrations;
    this.workload = workload;
    this.clock = clock;
  }

  /** Checks contract, module and registration, and writes module and contract. Once per request id. */
  public Contract load(LoadSwarmRequest request) {
    refuse(ContractRules.validateRequestId(request.getRequestId()));
    refuse(ContractRules.validate(request.getContract()));
    byte[] module = module(request);
    String sha256 = Objects.sha256(module);
    refuse(ContractRules.digest(request.getContract(), sha256));
    Contract contract = ContractRules.normalize(request.getContract(), sha256);
    engine.load(module, ContractRules.limits(contract));
    SwarmId swarm = new SwarmId(contract.getSwarmId());
    refuse(ContractRules.registered(contract, registrations.capabilities(swarm)));
    objects.put(module);
    ContractRecord stored =
        answer(
            store.load(
                swarm,
                known -> ContractRules.load(known, contract, request.getRequestId(), Times.toProto(clock.instant()))));
    return stored.getContract();
  }

  /** Deletes a contract; running tasks finish. A repeated request may find nothing any more: CONTRACT_NOT_FOUND. */
  public void unload(UnloadSwarmRequest request) {
    refuse(ContractRules.validateRequestId(request.getRequestId()));
    Ids.require("swarm_id", request.getSwarmId());
    answer(store.unload(new SwarmId(request.getSwarmId())));
  }

  /** Every contract with what was done under it since this process began. */
  public ListContractsResponse list() {
    ListContractsResponse.Builder response = ListContractsResponse.newBuilder();
    for (Contract contract : store.all()) {
      Workload.Counts counts = workload.of(new SwarmId(contract.getSwarmId()));
      response.addSwarms(
          LoadedSwarm.newBuilder()
              .setContract(contract)
              .setRunning(counts.running())
              .setSucceeded(counts.succeeded())
              .setFailed(counts.failed()));
    }
    return response.build();
  }

  private byte[] module(LoadSwarmRequest request) {
    if (!request.getModule().isEmpty()) {
      return request.getModule().toByteArray();
    }
    if (request.getContract().getModuleSha256().isEmpty()) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "the contract comes without a module")
          .withField("module", "the bytes of the module, or contract.module_sha256 of one in the object store")
          .asException();
    }
    return objects.get(request.getContract().getModuleSha256());
  }

  private static void refuse(Optional<Refusal> refusal) {
    if (refusal.isPresent()) {
      throw refusal.get().asException();
    }
  }

  private static <T> T answer(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      throw failure;
    }
  }
}
