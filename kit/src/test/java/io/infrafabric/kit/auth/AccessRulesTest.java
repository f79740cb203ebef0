package io.infrafabric.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.access.Access;
import io.infrafabric.access.AccessTable;
import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AccessRulesTest {
  private static final String CLAIM = "infrafabric.coordinator.v1.ClaimService/";

  private static Principal caller(String subject, Role role) {
    return new Principal(subject, role, "t", "people", Instant.MAX);
  }

  private static Optional<ErrorCode> code(Optional<Refusal> refusal) {
    return refusal.map(Refusal::code);
  }

  /** Every role and every method: only what the table says. */
  @Test
  void everyRole_mayWhatTheTableSays_andNothingElse() {
    int cells = 0;
    for (Map.Entry<String, Access> row : AccessTable.rows().entrySet()) {
      for (Role role : Role.values()) {
        boolean may = row.getValue().open() || row.getValue().roles().contains(role);
        assertThat(code(AccessRules.mayCall(caller("x", role), row.getKey(), row.getValue())))
            .as(role + " " + row.getKey())
            .isEqualTo(may ? Optional.empty() : Optional.of(ErrorCode.ERROR_CODE_PERMISSION_DENIED));
        cells++;
      }
    }
    assertThat(cells).isGreaterThan(250);
  }

  /** Every role and every method that names somebody: itself, another, nobody. */
  @Test
  void everyCaller_isItselfAndNobodyElse() {
    AccessTable.rows().forEach(
        (method, row) -> {
          for (Role role : row.roles()) {
            for (String named : new String[] {"me", "you", ""}) {
              Optional<String> own = row.own().map(field -> named);
              boolean ownIsFine = role != Role.SWARM || row.own().isEmpty() || named.equals("me");
              assertThat(code(AccessRules.isOwn(caller("me", role), row, own, Optional.empty())))
                  .as("%s as %s, naming the swarm %s", method, role, named)
                  .isEqualTo(ownIsFine ? Optional.empty() : Optional.of(ErrorCode.ERROR_CODE_IMPERSONATION));

              Optional<String> by = row.by().map(field -> named);
              boolean byIsFine = role == Role.SERVICE || row.by().isEmpty() || !named.equals("you");
              assertThat(code(AccessRules.isOwn(caller("me", role), row, row.own().map(field -> "me"), by)))
                  .as("%s as %s, naming the person %s", method, role, named)
                  .isEqualTo(byIsFine ? Optional.empty() : Optional.of(ErrorCode.ERROR_CODE_IMPERSONATION));
            }
          }
        });
  }

  @Test
  void aRefusal_saysWhoAndWhat_andShowsNoStrangeText() {
    Access row = AccessTable.of(CLAIM + "ClaimTask").orElseThrow();
    assertThat(AccessRules.isOwn(caller("b", Role.SWARM), row, Optional.of("a"), Optional.empty()).orElseThrow().message())
        .isEqualTo("the token is of b, and swarm_id names a");
    assertThat(AccessRules.isOwn(caller("b", Role.SWARM), row, Optional.of("\u001b[31m"), Optional.empty()).orElseThrow().message()).endsWith("names another");
    assertThat(AccessRules.mayCall(caller("ann", Role.READONLY), CLAIM + "ClaimTask", row).orElseThrow().message())
        .isEqualTo("ann is readonly, and ClaimTask is for [swarm, service]");
  }
}
