package io.infrafabric.governor.registry;

import com.google.protobuf.Timestamp;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.RequestLog;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.books.SkillRules;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.registry.ManifestTrust.Verdict.Trusted;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmRecord;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import io.infrafabric.governor.v1.Unregistration;
import io.infrafabric.kit.time.Times;
import io.infrafabric.manifest.ManifestRules;
import io.infrafabric.names.Ids;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Registers a swarm, replaces its manifest, or takes it out. */
final class RegistryRules {
  /** What a swarm has before anything was measured (spec, decision 10). */
  static final int NEUTRAL_REPUTATION_MILLIS = 700;

  /** The policy that a new swarm stands under. */
  static final int FIRST_POLICY_REVISION = 1;

  /**
   * What the caller learns beside the standing.
   *
   * @param created false when the swarm was registered already
   * @param unchanged true when it was registered with this very manifest
   * @param notes what was ignored, in words
   */
  record Registered(boolean created, boolean unchanged, List<String> notes) {}

  private RegistryRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(RegisterSwarmRequest request, PriceList prices) {
    Manifest manifest = request.getManifest();
    Violations wrong = new Violations();
    wrong.check(
        Ids.isRequestId(request.getRequestId()),
        ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
        "request_id",
        "a request id is 1 to 128 letters, digits, dots, colons, underscores and hyphens");
    ManifestRules.check(manifest, "manifest.", wrong);
    if (!wrong.names("manifest.model")) {
      prices.fault(manifest.getModel()).ifPresent(fault -> wrong.add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "manifest.model", fault));
    }
    return wrong.refusal("the manifest of swarm \"%s\" is not registered".formatted(ManifestRules.shown(manifest.getSwarmId())));
  }

  /** Decides on a request that {@link #validate} found well and whose manifest is trusted. */
  static Ruling<Registered> register(Optional<Books> books, RegisterSwarmRequest request, Trusted trusted, Instant now) {
    Manifest manifest = ManifestRules.normalize(request.getManifest());
    List<String> notes = new ArrayList<>(ManifestRules.notes(request.getManifest()));
    notes.addAll(trusted.notes());
    return books.isPresent()
        ? again(books.get(), manifest, request.getRequestId(), trusted, notes, now)
        : new Ruling.Write<>(first(manifest, request.getRequestId(), trusted, now), new Registered(true, false, notes));
  }

  private static Ruling<Registered> again(Books books, Manifest manifest, String requestId, Trusted trusted, List<String> notes, Instant now) {
    SwarmRecord known = books.registration();
    if (known.getRequestId().equals(requestId)) {
      if (books.standing().getUnregistered()) {
        return new Ruling.Refuse<>(leftSince(books.swarmId(), requestId));
      }
      return known.getManifest().equals(manifest)
          ? new Ruling.Keep<>(books, new Registered(known.getVersion() == 1, false, notes))
          : new Ruling.Refuse<>(reused(books.swarmId(), requestId));
    }
    if (known.getManifest().equals(manifest) && known.getSignedBy().equals(trusted.signedBy()) && !books.standing().getUnregistered()) {
      return new Ruling.Keep<>(books, new Registered(false, true, notes)); // swarms register again whenever they start
    }
    Optional<Refusal> kept = keepsWhatIsThere(known, manifest, trusted);
    if (kept.isPresent()) {
      return new Ruling.Refuse<>(kept.get());
    }
    Books next =
        books
            .with(registration(manifest, requestId, trusted, known.getVersion() + 1, known.getRegisteredAt(), now))
            .with(describe(books.standing().toBuilder(), manifest, books.account()));
    return new Ruling.Write<>(next, new Registered(false, false, notes));
  }

  /** Why a manifest may not take the place of the registered one, if so. */
  private static Optional<Refusal> keepsWhatIsThere(SwarmRecord known, Manifest manifest, Trusted trusted) {
    String swarm = manifest.getSwarmId();
    if (trusted.strict() && trusted.signedBy().isEmpty() && !known.getSignedBy().isEmpty()) {
      return Optional.of(ManifestTrust.unsigned(swarm));
    }
    int newest = known.getManifest().getManifestVersion();
    boolean same = manifest.getManifestVersion() == newest && newest != 0 && !saysTheSame(manifest, known.getManifest());
    if (manifest.getManifestVersion() >= newest && !same) {
      return Optional.empty();
    }
    return Optional.of(
        Refusal.of(
                ErrorCode.ERROR_CODE_MANIFEST_OUTDATED,
                "the manifest of swarm %s counts itself %d, and %s is registered"
                    .formatted(swarm, manifest.getManifestVersion(), same ? "another of that number" : "number " + newest))
            .with("swarm_id", swarm)
            .with("manifest_version", newest)
            .withField("manifest.manifest_version", "above " + newest));
  }

  private static boolean saysTheSame(Manifest one, Manifest other) {
    return one.toBuilder().clearSignature().build().equals(other.toBuilder().clearSignature().build());
  }

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(UnregisterSwarmRequest request) {
    return new Findings("the swarm is not unregistered")
        .requestId(request.getRequestId())
        .id("swarm_id", request.getSwarmId())
        .text("principal", request.getPrincipal())
        .text("reason", request.getReason())
        .refusal();
  }

  /**
   * Takes a swarm out, whose books stay: what it still holds is settled in them, and registering it again finds them as they
   * are. Claims compare the standing, so that none is made after this write. One that is out already stays as it is.
   */
  static Ruling<Void> unregister(Books books, UnregisterSwarmRequest request, Instant now) {
    Optional<Long> done = RequestLog.amountOf(books.account(), request.getRequestId());
    if (done.isPresent() && done.get() != 0) {
      return new Ruling.Refuse<>(RequestLog.reused(books.account(), request.getRequestId()));
    }
    if (done.isPresent() || books.standing().getUnregistered()) {
      return new Ruling.Keep<>(books, null);
    }
    Unregistration why =
        Unregistration.newBuilder().setPrincipal(request.getPrincipal()).setReason(request.getReason()).setAt(Times.toProto(now)).build();
    return new Ruling.Write<>(
        books
            .with(RequestLog.append(books.account(), request.getRequestId(), 0, now))
            .with(books.registration().toBuilder().setUnregistration(why).build())
            .with(books.standing().toBuilder().setUnregistered(true).build()),
        null);
  }

  private static Books first(Manifest manifest, String requestId, Trusted trusted, Instant now) {
    Timestamp at = Times.toProto(now);
    String swarm = manifest.getSwarmId();
    Standing.Builder standing =
        Standing.newBuilder()
            .setSwarmId(swarm)
            .setBreaker(BreakerState.BREAKER_STATE_CLOSED)
            .setReputationMillis(NEUTRAL_REPUTATION_MILLIS)
            .setPolicyRevision(FIRST_POLICY_REVISION);
    Account account = Account.newBuilder().setAccountId(swarm).setKind(AccountKind.ACCOUNT_KIND_SWARM).setOpenedAt(at).build();
    return new Books(
        registration(manifest, requestId, trusted, 1, at, now),
        describe(standing, manifest, account),
        account,
        Breaker.newBuilder().setSwarmId(swarm).setState(BreakerState.BREAKER_STATE_CLOSED).setSince(at).build());
  }

  private static SwarmRecord registration(Manifest manifest, String requestId, Trusted trusted, int version, Timestamp first, Instant now) {
    return SwarmRecord.newBuilder()
        .setManifest(manifest)
        .setRegisteredAt(first)
        .setChangedAt(Times.toProto(now))
        .setSignedBy(trusted.signedBy())
        .setVersion(version)
        .setRequestId(requestId)
        .build();
  }

  /** The part of the standing that the swarm itself decides; of its skills no more than was measured. */
  private static Standing describe(Standing.Builder standing, Manifest manifest, Account account) {
    return standing
        .clearUnregistered()
        .clearCapabilities()
        .addAllCapabilities(manifest.getCapabilitiesList())
        .setModel(manifest.getModel())
        .setCostPerHourMicros(manifest.getCostPerHourMicros())
        .setMaxConcurrent(manifest.getMaxConcurrent())
        .clearSkills()
        .putAllSkills(SkillRules.effective(manifest, account))
        .build();
  }

  private static Refusal leftSince(String swarm, String requestId) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
            "request %s has registered swarm %s, which was unregistered since: register it again with a new request id"
                .formatted(requestId, swarm))
        .with("swarm_id", swarm)
        .with("request_id", requestId);
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
