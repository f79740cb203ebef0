package io.infrafabric.kit.auth;

import io.infrafabric.access.Access;
import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.util.Optional;

/** Whether a caller may call a method, and whether the request is its own. */
public final class AccessRules {
  private AccessRules() {}

  /** PERMISSION_DENIED; empty when the role may. */
  public static Optional<Refusal> mayCall(Principal caller, String method, Access access) {
    if (access.open() || access.roles().contains(caller.role())) {
      return Optional.empty();
    }
    return Optional.of(
        Refusal.of(
                ErrorCode.ERROR_CODE_PERMISSION_DENIED,
                "%s is %s, and %s is for %s"
                    .formatted(
                        caller.subject(), caller.role().word(), method.substring(method.lastIndexOf('/') + 1), access.roles().stream().sorted().map(Role::word).toList()))
            .with("role", caller.role().word()));
  }

  /**
   * IMPERSONATION, when the request names another than the caller; empty when it does not.
   *
   * @param own what the row's own field says; of a later message of a stream only what is not empty
   * @param by what the row's by field says
   */
  public static Optional<Refusal> isOwn(Principal caller, Access access, Optional<String> own, Optional<String> by) {
    if (caller.role() == Role.SWARM && own.isPresent() && !own.get().equals(caller.subject())) {
      return Optional.of(impersonation(caller, access.own().orElse(""), own.get()));
    }
    if (caller.role() != Role.SERVICE && by.isPresent() && !by.get().isEmpty() && !by.get().equals(caller.subject())) {
      return Optional.of(impersonation(caller, access.by().orElse(""), by.get()));
    }
    return Optional.empty();
  }

  private static Refusal impersonation(Principal caller, String field, String named) {
    String shown = named.isEmpty() ? "nobody" : TokenRules.isName(caller.role(), named) ? named : "another";
    return Refusal.of(
            ErrorCode.ERROR_CODE_IMPERSONATION,
            "the token is of %s, and %s names %s".formatted(caller.subject(), field, shown))
        .with("field", field);
  }
}
