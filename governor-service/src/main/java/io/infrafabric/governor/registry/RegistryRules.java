package io.infrafabric.governor.registry;

import com.google.protobuf.Timestamp;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmRecord;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Registers a swarm or replaces its manifest. */
final class RegistryRules {
  /** What a swarm has before anything was measured (spec, decision 10). */
  static final int NEUTRAL_REPUTATION_MILLIS = 700;

  /** The policy that a new swarm stands under. */
  static final int FIRST_POLICY_REVISION = 1;

  /**
   * What the caller learns beside the standing.
   *
   * @param created false when the swarm was registered already
   * @param notes what was ignored, in words
   */
  record Registered(boolean created, List<String> notes) {}

  private RegistryRules() {}

  /** Decides on a request that {@link ManifestRules#validate} found well. */
  static Ruling<Registered> register(Optional<Books> books, RegisterSwarmRequest request, Instant now) {
    List<String> notes = ManifestRules.notes(request.getManifest());
    Manifest manifest = ManifestRules.normalize(request.getManifest());
    return books.isPresent()
        ? again(books.get(), manifest, request.getRequestId(), notes)
        : new Ruling.Write<>(first(manifest, request.getRequestId(), now), new Registered(true, notes));
  }

  private static Ruling<Registered> again(Books books, Manifest manifest, String requestId, List<String> notes) {
    SwarmRecord known = books.registration();
    if (known.getRequestId().equals(requestId)) {
      return known.getManifest().equals(manifest)
          ? new Ruling.Keep<>(books, new Registered(known.getVersion() == 1, notes))
          : new Ruling.Refuse<>(reused(books.swarmId(), requestId));
    }
    Books next =
        books
            .with(registration(manifest, requestId, known.getVersion() + 1, known.getRegisteredAt()))
            .with(describe(books.standing().toBuilder(), manifest));
    return new Ruling.Write<>(next, new Registered(false, notes));
  }

  private static Books first(Manifest manifest, String requestId, Instant now) {
    Timestamp at = Times.toProto(now);
    String swarm = manifest.getSwarmId();
    Standing.Builder standing =
        Standing.newBuilder()
            .setSwarmId(swarm)
            .setBreaker(BreakerState.BREAKER_STATE_CLOSED)
            .setReputationMillis(NEUTRAL_REPUTATION_MILLIS)
            .setPolicyRevision(FIRST_POLICY_REVISION);
    return new Books(
        registration(manifest, requestId, 1, at),
        describe(standing, manifest),
        Account.newBuilder().setAccountId(swarm).build(),
        Breaker.newBuilder().setSwarmId(swarm).setState(BreakerState.BREAKER_STATE_CLOSED).setSince(at).build());
  }

  private static SwarmRecord registration(Manifest manifest, String requestId, int version, Timestamp at) {
    return SwarmRecord.newBuilder()
        .setManifest(manifest)
        .setRegisteredAt(at)
        .setVersion(version)
        .setRequestId(requestId)
        .build();
  }

  /** The part of the standing that the swarm itself decides. */
  private static Standing describe(Standing.Builder standing, Manifest manifest) {
    return standing
        .clearCapabilities()
        .addAllCapabilities(manifest.getCapabilitiesList())
        .setModel(manifest.getModel())
        .setCostPerHourMicros(manifest.getCostPerHourMicros())
        .setMaxConcurrent(manifest.getMaxConcurrent())
        .build();
  }

  private static Refusal reused(String swarm, String requestId) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
            "swarm %s was registered by request %s with another manifest: send this one with a new request id"
                .formatted(swarm, requestId))
        .with("swarm_id", swarm)
        .with("request_id", requestId);
  }
}
