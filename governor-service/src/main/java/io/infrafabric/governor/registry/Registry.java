package io.infrafabric.governor.registry;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Changed;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.registry.ManifestTrust.Verdict.Trusted;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.GetSwarmResponse;
import io.infrafabric.governor.v1.ListManifestsRequest;
import io.infrafabric.governor.v1.ListManifestsResponse;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.ListSwarmsResponse;
import io.infrafabric.governor.v1.ManifestVersion;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegisterSwarmResponse;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import io.infrafabric.governor.v1.UnregisterSwarmResponse;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.manifest.SignedText;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Registers swarms and tells of them. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class Registry implements AutoCloseable {
  private static final Duration KEYS_LOOKED_AT = Duration.ofSeconds(5);

  private final ReplicaBooks books;
  private final PriceList prices;
  private final ManifestTrust trust;
  private final ManifestRejections rejections;
  private final Optional<Periodic> keys;
  private final InstantSource clock;

  /** A registry that looks at its file of keys again and again, until it is closed. */
  public Registry(ReplicaBooks books, ManifestSettings settings, ManifestRejections rejections, InstantSource clock) {
    this.books = books;
    this.prices = settings.priceList();
    this.rejections = rejections;
    this.clock = clock;
    Optional<ManifestKeyFile> file = settings.keys().map(ManifestKeyFile::new);
    this.trust = new ManifestTrust(settings.signatures(), () -> file.orElseThrow().keys());
    this.keys = file.map(found -> Periodic.start("manifest-keys", KEYS_LOOKED_AT, found::runOnce));
  }

  /** Registers a swarm or replaces its manifest, once per request id; or only says what would become of it. */
  public CompletableFuture<RegisterSwarmResponse> register(RegisterSwarmRequest request) {
    Optional<Refusal> refusal = RegistryRules.validate(request, prices);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return switch (trust.judge(request.getManifest())) {
      case ManifestTrust.Verdict.Trusted trusted -> register(request, trusted);
      case ManifestTrust.Verdict.Refused(Refusal untrusted) -> CompletableFuture.failedFuture(told(request, untrusted).asException());
    };
  }

  private CompletableFuture<RegisterSwarmResponse> register(RegisterSwarmRequest request, Trusted trusted) {
    SwarmId swarm = new SwarmId(request.getManifest().getSwarmId());
    if (request.getDryRun()) {
      return books.refresh(swarm).thenApply(done -> tried(books.get(swarm), request, trusted));
    }
    // One that looks unchanged here may have been unregistered elsewhere, and nothing would be written: the store is asked then.
    return change(swarm, request, trusted)
        .thenCompose(
            changed ->
                changed.answer().unchanged()
                    ? books.refresh(swarm).thenCompose(done -> change(swarm, request, trusted))
                    : CompletableFuture.completedFuture(changed))
        .thenApply(changed -> registered(changed.books(), changed.answer()))
        .whenComplete(
            (done, failure) -> {
              if (failure instanceof CompletionException wrapped && wrapped.getCause() instanceof RefusedException refused) {
                told(request, refused.refusal());
              }
            });
  }

  /** The refusal, which is told to whoever watches unless the request only asked. */
  private Refusal told(RegisterSwarmRequest request, Refusal refusal) {
    if (!request.getDryRun()) {
      rejections.refused(request.getManifest(), refusal);
    }
    return refusal;
  }

  private CompletableFuture<Changed<RegistryRules.Registered>> change(SwarmId swarm, RegisterSwarmRequest request, Trusted trusted) {
    return books.changeManifest(swarm, known -> RegistryRules.register(known, request, trusted, clock.instant()));
  }

  private RegisterSwarmResponse tried(Optional<Books> known, RegisterSwarmRequest request, Trusted trusted) {
    return switch (RegistryRules.register(known, request, trusted, clock.instant())) {
      case Ruling.Write<RegistryRules.Registered>(Books next, RegistryRules.Registered answer) -> registered(next, answer);
      case Ruling.Keep<RegistryRules.Registered>(Books found, RegistryRules.Registered answer) -> registered(found, answer);
      case Ruling.Refuse<RegistryRules.Registered>(Refusal refusal) -> throw refusal.asException();
    };
  }

  private static RegisterSwarmResponse registered(Books books, RegistryRules.Registered answer) {
    return RegisterSwarmResponse.newBuilder()
        .setStanding(books.standing())
        .setCreated(answer.created())
        .setUnchanged(answer.unchanged())
        .setVersion(books.registration().getVersion())
        .addAllNotes(answer.notes())
        .build();
  }

  /** Takes a swarm out of the registry; one that is out already stays so. */
  public CompletableFuture<UnregisterSwarmResponse> unregister(UnregisterSwarmRequest request) {
    Optional<Refusal> refusal = RegistryRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    SwarmId swarm = new SwarmId(request.getSwarmId());
    // Looks at the store first: one that is out here may have been registered again elsewhere, and nothing would be written.
    return books
        .refresh(swarm)
        .thenCompose(
            done ->
                books.change(
                    swarm,
                    known ->
                        known
                            .map(found -> RegistryRules.unregister(found, request, clock.instant()))
                            .orElseGet(() -> new Ruling.Refuse<>(Unregistered.swarm(swarm.value())))))
        .thenApply(
            changed ->
                UnregisterSwarmResponse.newBuilder()
                    .setStanding(changed.books().standing())
                    .setOpenClaims(Commitments.openClaims(books.commitments(swarm)))
                    .build());
  }

  /** One registered swarm as it is in the store now. */
  public CompletableFuture<GetSwarmResponse> get(GetSwarmRequest request) {
    Optional<Refusal> refusal = new Findings("no swarm is shown").id("swarm_id", request.getSwarmId()).refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    SwarmId swarm = new SwarmId(request.getSwarmId());
    return books
        .refresh(swarm)
        .thenApply(
            done ->
                books.get(swarm)
                    .filter(found -> !found.standing().getUnregistered())
                    .map(Registry::shown)
                    .orElseThrow(() -> Unregistered.swarm(swarm.value()).asException()));
  }

  /** The manifests that a registered swarm had, as they are in the store now. */
  public CompletableFuture<ListManifestsResponse> manifests(ListManifestsRequest request) {
    return get(GetSwarmRequest.newBuilder().setSwarmId(request.getSwarmId()).build())
        .thenCompose(found -> books.versions(new SwarmId(request.getSwarmId())).thenApply(versions -> told(found, versions)));
  }

  /** A swarm that was registered before versions were kept has one only. */
  private static ListManifestsResponse told(GetSwarmResponse found, List<ManifestVersion> versions) {
    ListManifestsResponse.Builder all = ListManifestsResponse.newBuilder();
    if (versions.stream().noneMatch(version -> version.getVersion() == found.getVersion())) {
      ManifestVersion only = ManifestVersion.newBuilder().setManifest(found.getManifest()).setVersion(found.getVersion()).setSignedBy(found.getSignedBy()).build();
      all.addVersions(only.toBuilder().setDigest(SignedText.digest(only.getManifest())));
    }
    versions.forEach(version -> all.addVersions(version.toBuilder().setDigest(SignedText.digest(version.getManifest()))));
    return all.build();
  }

  /** A page of the registered swarms by id, or of all that ever were, as far as they are known here. */
  public CompletableFuture<ListSwarmsResponse> list(ListSwarmsRequest request) {
    if (!request.getPageToken().isEmpty() && !Ids.isId(request.getPageToken())) {
      return CompletableFuture.failedFuture(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "page_token is not one that this method answered: begin without one")
              .withField("page_token", "the next_page_token of the page before, or nothing")
              .asException());
    }
    int size = pageSize(request.getPageSize());
    List<Standing> standings = books.standingsAfter(request.getPageToken(), size + 1, request.getIncludeUnregistered());
    ListSwarmsResponse.Builder page = ListSwarmsResponse.newBuilder();
    if (standings.size() > size) {
      standings = standings.subList(0, size);
      page.setNextPageToken(standings.getLast().getSwarmId());
    }
    return CompletableFuture.completedFuture(page.addAllStandings(standings).build());
  }

  private static int pageSize(int asked) {
    if (asked == 0) {
      return Limits.PAGE_SIZE_DEFAULT;
    }
    return Integer.compareUnsigned(asked, Limits.PAGE_SIZE) > 0 ? Limits.PAGE_SIZE : asked;
  }

  private static GetSwarmResponse shown(Books books) {
    return GetSwarmResponse.newBuilder()
        .setManifest(books.registration().getManifest())
        .setStanding(books.standing())
        .setVersion(books.registration().getVersion())
        .setSignedBy(books.registration().getSignedBy())
        .build();
  }

  @Override
  public void close() {
    keys.ifPresent(Periodic::close);
  }
}
