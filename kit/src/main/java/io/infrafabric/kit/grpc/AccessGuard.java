package io.infrafabric.kit.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.infrafabric.access.Access;
import io.infrafabric.access.AccessTable;
import io.infrafabric.access.Role;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.auth.AccessRules;
import io.infrafabric.kit.auth.AuthWitness;
import io.infrafabric.kit.auth.CallRates;
import io.infrafabric.kit.auth.Principal;
import io.infrafabric.kit.auth.TokenVerifier;
import io.infrafabric.kit.telemetry.WireTrace;
import io.infrafabric.names.Ids;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The door of a service: who calls, whether the role may, whether there are too many calls, and whether the request names the caller and
 * nobody else. A handler is not begun before all of that is known; one that runs finds the caller in {@link #caller}. One guard is shared
 * by all doors to the same services.
 */
public final class AccessGuard implements ServerInterceptor {
  private static final Context.Key<Principal> CALLER = Context.key("if-caller");

  private final Optional<TokenVerifier> verifier;
  private final Optional<CallRates> rates;
  private final AuthWitness witness;
  private final Map<String, Row> rows = new ConcurrentHashMap<>();

  private record Row(Access access, Optional<FieldPath> own, Optional<FieldPath> by) {}

  /**
   * @param verifier none: callers are not asked who they are
   * @param rates none: calls are not limited
   */
  public AccessGuard(Optional<TokenVerifier> verifier, Optional<CallRates> rates, AuthWitness witness) {
    this.verifier = verifier;
    this.rates = rates;
    this.witness = witness;
  }

  /** Who makes the call that this thread serves; empty where tokens are not asked for. */
  public static Optional<Principal> caller() {
    return Optional.ofNullable(CALLER.get());
  }

  /**
   * Refuses services that nobody has thought about.
   *
   * @throws IllegalStateException when a method has no row in {@link AccessTable}
   */
  static void requireRows(Collection<ServerServiceDefinition> services) {
    List<String> without =
        services.stream()
            .flatMap(service -> service.getMethods().stream())
            .map(ServerMethodDefinition::getMethodDescriptor)
            .map(MethodDescriptor::getFullMethodName)
            .filter(method -> AccessTable.of(method).isEmpty())
            .toList();
    if (!without.isEmpty()) {
      throw new IllegalStateException("AccessTable has no row for " + String.join(", ", without));
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    MethodDescriptor<Q, R> method = call.getMethodDescriptor();
    Row row = rows.computeIfAbsent(method.getFullMethodName(), name -> row(method));
    if (row.access().open()) {
      return next.startCall(call, headers);
    }
    Optional<Principal> caller = Optional.empty();
    if (verifier.isPresent()) {
      switch (verifier.get().verify(headers.get(TokenSender.AUTHORIZATION))) {
        case TokenVerifier.Verdict.Unknown(Refusal refusal, Optional<Principal> claimed) -> {
          return refuse(call, refusal, claimed);
        }
        case TokenVerifier.Verdict.Known(Principal principal) -> caller = Optional.of(principal);
      }
      Optional<Refusal> refusal = admit(caller.get(), method.getFullMethodName(), row.access());
      if (refusal.isPresent()) {
        return refuse(call, refusal.get(), caller);
      }
    }
    Context context = caller.isPresent() ? Context.current().withValue(CALLER, caller.get()) : Context.current();
    ServerCallHandler<Q, R> within = (begun, head) -> Contexts.interceptCall(context, begun, head, next);
    if (!dependsOnTheRequest(caller, row)) {
      return within.startCall(call, headers);
    }
    call.request(1);
    Optional<Principal> known = caller;
    return new HeldCall<>(
        () -> within.startCall(call, headers),
        (message, first) -> judge(known, row, message, first),
        refusal -> refuse(call, refusal, known));
  }

  private Optional<Refusal> admit(Principal caller, String method, Access access) {
    return AccessRules.mayCall(caller, method, access).or(() -> rates.flatMap(limits -> limits.take(caller, access)));
  }

  private boolean dependsOnTheRequest(Optional<Principal> caller, Row row) {
    boolean countedByName = rates.isPresent() && row.own().isPresent() && caller.map(Principal::role).filter(role -> role != Role.SERVICE).isEmpty();
    boolean compared =
        caller.isPresent() && caller.get().role() != Role.SERVICE && (row.by().isPresent() || row.own().isPresent() && caller.get().role() == Role.SWARM);
    return countedByName || compared;
  }

  /** The first message says who it is about; a later one of a stream must not say something else. */
  private Optional<Refusal> judge(Optional<Principal> caller, Row row, Object message, boolean first) {
    Optional<String> own = row.own().map(path -> path.read(message)).filter(name -> first || !name.isEmpty());
    Optional<String> by = row.by().map(path -> path.read(message));
    Optional<Refusal> refusal = caller.flatMap(one -> AccessRules.isOwn(one, row.access(), own, by));
    if (refusal.isPresent() || !first || caller.filter(one -> one.role() != Role.SERVICE).isPresent()) {
      return refusal;
    }
    return own.filter(Ids::isId).flatMap(name -> rates.flatMap(limits -> limits.takeFor(name, row.access())));
  }

  private <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, Refusal refusal, Optional<Principal> caller) {
    witness.refused(
        call.getMethodDescriptor().getFullMethodName(), refusal, caller, WireTrace.toProto(io.opentelemetry.context.Context.current()));
    StatusRuntimeException status = Errors.toStatus(refusal);
    call.close(status.getStatus(), status.getTrailers() == null ? new Metadata() : status.getTrailers());
    return new ServerCall.Listener<>() {};
  }

  private static Row row(MethodDescriptor<?, ?> method) {
    Access access = AccessTable.of(method.getFullMethodName()).orElseThrow(() -> new IllegalStateException("no row for " + method.getFullMethodName()));
    return new Row(access, access.own().map(path -> FieldPath.of(method, path)), access.by().map(path -> FieldPath.of(method, path)));
  }
}
